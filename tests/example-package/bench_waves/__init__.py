"""Plugins of `bench` for series of numbers."""
