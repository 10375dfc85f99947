"""Which problems a run takes, and with which worked examples."""
