"""The built-in output formats, one a file; they use the public API alone, as a stranger's would."""
