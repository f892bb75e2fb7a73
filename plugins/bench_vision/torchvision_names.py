"""The names of torchvision's classification models, weights and classes, known without importing torchvision.

They are read from the sources of the version that is installed. Where these are not as expected, nothing is
known, and nothing is refused.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from functools import lru_cache

from bench.toolkit.packages import sources

MODEL = re.compile(
    r"^@register_model\(\)\n(?:@.*\n)*def (\w+)\([^)]*?weights: \S*?(\w+_Weights)", re.MULTILINE
)
CATALOGUE = re.compile(r"^class (\w+)\(WeightsEnum\):\n((?:(?: .*)?\n)*)", re.MULTILINE)
ENTRY = re.compile(r"^    (\w+) = ", re.MULTILINE)
CATEGORIES = re.compile(r"^_IMAGENET_CATEGORIES = (\[.*?^\])", re.MULTILINE | re.DOTALL)


@lru_cache(maxsize=1)
def models() -> Mapping[str, frozenset[str]]:
    """Return all models, with the tags of weights of each."""
    texts = list(sources("torchvision", "models"))
    tags = {name: ENTRY.findall(body) for text in texts for name, body in CATALOGUE.findall(text)}
    return {
        model: frozenset(tags.get(catalogue, ()))
        for text in texts
        for model, catalogue in MODEL.findall(text)
    }


@lru_cache(maxsize=1)
def class_names() -> frozenset[str]:
    """Return the names of ImageNet's classes, as all of its classification weights have them."""
    lists = [found for text in sources("torchvision", "models") for found in CATEGORIES.findall(text)]
    return frozenset(name for found in lists for name in ast.literal_eval(found))
