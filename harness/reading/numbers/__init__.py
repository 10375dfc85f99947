"""Numbers: found in a text, read from words, and brought to one form."""
