"""The record of a cell, and the store that keeps them."""
