"""A folder of results in the browser: its runs, their reports, every chain, and runs on their way."""
