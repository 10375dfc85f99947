"""Formulas: found in a text, brought to one form, and compared."""
