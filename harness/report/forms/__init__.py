"""The forms of a report: Markdown, LaTeX, the terminal, CSV and JSON."""
