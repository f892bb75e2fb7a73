"""Further metrics for classification, one a file."""
