"""What is kept of every problem, and what it is worth."""
