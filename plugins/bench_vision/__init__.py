"""Image plugins: backbones, the digits, image classification, and objectives that need no labels."""
