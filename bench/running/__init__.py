"""Many cells: what is missing of a plan, run where an executor runs it."""
