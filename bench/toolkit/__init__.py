"""What authors of plugins reuse: the training loop, heads, processors, and bases of tasks and objectives."""
