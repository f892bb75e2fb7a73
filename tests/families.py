"""Small image models of many architectures, with a side that each reads, for backbones and their export."""

from __future__ import annotations

# Residual and other convolutions, a transformer with a class token and one without, a convolution as
# classifier, two classifiers, and a head with layers before its classifier.
TIMM = [
    ("test_resnet", 64),
    ("test_convnext", 64),
    ("test_vit", 64),
    ("gmlp_ti16_224", 32),
    ("dpn48b", 32),
    ("deit_tiny_distilled_patch16_224", 32),
    ("mobilenetv3_small_050", 32),
]
