"""What other programs generated: read from their files, and scored like a run."""
