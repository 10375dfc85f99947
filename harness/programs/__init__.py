"""Programs that models wrote: where they run, and what their values are as answers."""
