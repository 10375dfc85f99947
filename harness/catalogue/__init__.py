"""A name becomes a task or a strategy: marks, options, specs, and finding."""
