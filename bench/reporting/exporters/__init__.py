"""The built-in formats of other programs, one a file; they use the public API alone, as a stranger's do."""
