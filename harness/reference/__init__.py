"""The bundled reference model and the program that trained it."""
