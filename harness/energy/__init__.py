"""What runs take of energy: counters of the machine, the share of each reply, and the carbon behind it."""
