"""One run: its plan, the checks before it starts, its columns and its folder."""
