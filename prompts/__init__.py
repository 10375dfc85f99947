"""Strategies: one file per method, named for it."""
