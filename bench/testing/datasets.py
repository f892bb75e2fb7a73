"""Does a data set keep its contract?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import numpy as np

from ..api import SPLITS, Dataset, DatasetInfo, Split
from ..registry import Registry
from .partners import FEW, task_of


def check_dataset(dataset: Dataset, registry: Registry) -> Iterator[str]:
    """Give what is wrong with a data set: its task, its info, and the first examples of each split."""
    dataset = dataset.serving(task_of(dataset, registry))
    dataset.check()
    yield from _check_fingerprint(dataset)
    info = dataset.info()
    yield from _check_info(info)
    for split in SPLITS:
        if split in info.sizes:
            yield from _check_split(dataset, info, split)


def _check_fingerprint(dataset: Dataset) -> Iterator[str]:
    fingerprint = dataset.fingerprint()
    if not isinstance(fingerprint, str) or not fingerprint:
        yield "has no fingerprint"
    elif fingerprint != type(dataset).model_validate(dataset.model_dump()).fingerprint():
        yield "equal values have different fingerprints"


def _check_info(info: DatasetInfo) -> Iterator[str]:
    if not info.sizes:
        yield "its info lists no split"
    for split in info.sizes:
        if split not in SPLITS:
            yield f"its info lists a split '{split}'; there are train, val and test"
    try:
        json.dumps(asdict(info))
    except TypeError as error:
        yield f"its info must be plain JSON data, to be kept on disk: {error}"


def _check_split(dataset: Dataset, info: DatasetInfo, split: Split) -> Iterator[str]:
    examples, again = dataset.load(split), dataset.load(split)
    if len(examples) != info.sizes[split]:
        yield f"{split}: has {len(examples)} examples, its info says {info.sizes[split]}"
    for index in range(min(FEW, len(examples))):
        target = examples[index].target
        if not _equal(target, again[index].target) or not _equal(examples[index].input, again[index].input):
            yield f"{split}: example {index} is another one in a second load"
        if not isinstance(dataset.where(split, index), str):
            yield f"{split}: what messages call example {index} must be a text"
        if info.classes and isinstance(target, int) and not 0 <= target < len(info.classes):
            yield f"{split}: target {target} is no index into its {len(info.classes)} classes"
    yield from _check_groups(dataset, info, split)
    yield from _check_candidates(dataset, info, split)
    yield from _check_contents(dataset, info, split)


def _check_groups(dataset: Dataset, info: DatasetInfo, split: Split) -> Iterator[str]:
    groups = dataset.groups(split)
    if groups is None:
        return
    if len(groups) != info.sizes[split]:
        yield f"{split}: has groups of {len(groups)} examples, its info says {info.sizes[split]}"
    if not all(isinstance(group, str | int) for group in groups):
        yield f"{split}: a group must be a text or a whole number"
    if list(groups) != list(dataset.groups(split) or ()):
        yield f"{split}: its groups are others when asked again"


def _check_candidates(dataset: Dataset, info: DatasetInfo, split: Split) -> Iterator[str]:
    candidates = dataset.candidates(split)
    if candidates is None:
        return
    if len(candidates) != info.sizes[split]:
        yield f"{split}: marks candidates among {len(candidates)} examples, its info says {info.sizes[split]}"
    if all(candidates):
        yield f"{split}: all its examples are candidates, so there is nothing to rank them for"


def _check_contents(dataset: Dataset, info: DatasetInfo, split: Split) -> Iterator[str]:
    contents = dataset.contents(split)
    if contents is None:
        return
    found = list(contents)
    if len(found) != info.sizes[split]:
        yield f"{split}: has contents of {len(found)} examples, its info says {info.sizes[split]}"
    if not all(isinstance(content, str | bytes) for content in found):
        yield f"{split}: contents must be texts or bytes"


def _equal(first: Any, second: Any) -> bool:
    """Compare inputs or targets of any make: numbers, texts, arrays, images, nests of these."""
    if isinstance(first, dict):
        return first.keys() == second.keys() and all(_equal(first[key], second[key]) for key in first)
    if isinstance(first, list | tuple):
        return len(first) == len(second) and all(map(_equal, first, second))
    return bool(np.array_equal(np.asarray(first), np.asarray(second)))
