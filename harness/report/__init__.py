"""What a person reads of a run: its scores as a table for the terminal, Markdown, CSV and JSON."""
