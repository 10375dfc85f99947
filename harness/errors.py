"""The error for bad input: what the command line shows as one line instead of a traceback."""


class UserError(Exception):
    """What was asked for cannot be done; the message names the thing, the value and the remedy."""
