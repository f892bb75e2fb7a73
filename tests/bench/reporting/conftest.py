"""Records to make tables of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest

from bench.records.record import Record


def make(
    backbone: str = "timm/resnet18",
    objective: str = "fine-tune",
    dataset: str = "digits",
    seed: int = 0,
    accuracy: float | None = None,
    **fields: Any,
) -> Record:
    """Return a record; with an accuracy (on test) it is done."""
    labels = {"backbone": backbone, "objective": objective, "dataset": dataset, **fields.pop("axes", {})}
    identity = {"format": 1, "labels": labels, "seed": seed, "settings": {}, "parent": None}
    identity |= fields.pop("identity", {})
    quality = {} if accuracy is None else {"test": {"accuracy": accuracy}}
    status = "done" if quality or "quality" in fields else "failed"
    defaults = {
        "id": hashlib.sha256(json.dumps(identity).encode()).hexdigest()[:16],
        "suite": "vision",
        "status": status,
        "labels": labels,
        "seed": seed,
        "reason": None if status == "done" else "out of memory",
        "primary": "accuracy",
        "quality": quality,
        "effective": {"device": "cpu", "device_name": "a CPU", "precision": "fp32", "batch_size": 32},
        "cell": {"seed": seed, "parent": None},
        "identity": identity,
        "machine": {"id": "aaa", "processor": "A"},
        "software": {"python": "3.12"},
        "git": {"commit": "abc", "dirty": True},
        "started": "2030-01-01T00:00:00+00:00",
        "seconds": 1.5,
    }
    return Record.model_validate({**defaults, **fields})


@pytest.fixture(scope="session")
def record() -> Callable[..., Record]:
    """The maker of records."""
    return make
