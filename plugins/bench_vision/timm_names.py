"""The names of timm's models, weights and classes, known without importing timm.

They are read from the sources of the version that is installed. Where these are not as expected, nothing is
known, and nothing is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from bench.toolkit.packages import package_folder, sources

MODEL = re.compile(r"^@register_model\b.*\n(?:@.*\n)*def (\w+)", re.MULTILINE)
RENAMED = re.compile(r"^register_model_deprecations\(__name__, \{(.*?)^\}\)", re.MULTILINE | re.DOTALL)
OLD_NAME = re.compile(r"""^\s+['"](\w+)['"] *:""", re.MULTILINE)
CONFIGURED = re.compile(r"""^\s+['"](\w+)(?:\.([\w.-]+))?\*?['"] *:""", re.MULTILINE)

LEMMAS = "data/_info/imagenet_synset_to_lemma.txt"


@lru_cache(maxsize=1)
def models() -> Mapping[str, frozenset[str]]:
    """Return all models, with the tags of weights that the sources list for each, usable or not.

    A few models take over those of others as timm is imported: theirs are not listed.
    """
    found: dict[str, frozenset[str]] = {}
    for text in sources("timm", "models"):
        tags: dict[str, set[str]] = {}
        for model, tag in CONFIGURED.findall(text):
            tags.setdefault(model, set()).update([tag] if tag else [])
        found |= {model: frozenset(tags.get(model, ())) for model in MODEL.findall(text)}
    return found


@lru_cache(maxsize=1)
def old_names() -> frozenset[str]:
    """Return the names that models had in earlier versions, and that timm still understands."""
    return frozenset(
        name
        for text in sources("timm", "models")
        for names in RENAMED.findall(text)
        for name in OLD_NAME.findall(names)
    )


@lru_cache(maxsize=1)
def class_names() -> frozenset[str]:
    """Return the names of all classes that timm knows, whichever part of ImageNet: synsets and lemmas."""
    package = package_folder("timm")
    file = package / LEMMAS if package else None
    if file is None or not file.is_file():
        return frozenset()
    described = [line.split("\t", 1) for line in file.read_text(encoding="utf-8").splitlines()]
    return frozenset(name for synset, lemmas in described for name in (synset, lemmas, *lemmas.split(", ")))
