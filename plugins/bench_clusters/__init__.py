"""Executors that run cells on clusters, one file each."""
