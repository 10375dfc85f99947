"""What others generated: read from the files of other programs, and scored like a run."""
