"""Data sets that read users' files, and those of the Hugging Face hub."""
