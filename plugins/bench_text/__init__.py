"""Text plugins: pretrained encoders, the docstrings data set, and text classification."""
