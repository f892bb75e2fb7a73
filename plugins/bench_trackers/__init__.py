"""Observers that carry curves and figures to other tools, one file each."""
