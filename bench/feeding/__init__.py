"""From a split to batches on a device: which examples, prepared and encoded once, in which order."""
