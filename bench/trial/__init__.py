"""One cell, from its seed to its record."""
