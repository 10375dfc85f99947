"""From several answers to one: votes, weights, and when enough paths are drawn."""
