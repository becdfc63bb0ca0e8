"""The commands, one a file: thin over the Python API."""
