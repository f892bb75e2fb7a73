"""Meters, and what machine this is."""
