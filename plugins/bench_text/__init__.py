"""Text plugins: backbones, the docstrings, two tasks, and objectives that learn language."""
