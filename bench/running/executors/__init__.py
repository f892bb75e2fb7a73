"""The executors that come with bench, one a file; they are found as a stranger's are."""
