"""The formats: what the records of each program say, turned into rows."""
