"""Plan to records: runner, executors, trial, features, batches."""
