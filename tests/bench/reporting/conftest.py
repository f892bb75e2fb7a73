"""Records to make reports of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest

from bench.records.record import Record

FACTS = {
    "accuracy": {"better": "higher", "mean_of": "correct"},
    "loss": {"better": "lower"},
    "samples_per_s": {"unit": "samples/s", "better": "higher", "headline": 1},
    "samples_per_s_q25": {"unit": "samples/s", "better": "higher"},
    "cached": {"headline": 1, "role": "cached"},
    "latency_ms": {"unit": "ms", "better": "lower", "headline": 2},
    "peak_mib": {"unit": "MiB", "better": "lower", "headline": 3},
    "parameters": {"headline": 4},
    "other_cores": {"unit": "cores", "better": "lower", "role": "disturbance"},
}
"""What is known of figures, wherever a record holds them; nothing is of others."""


def digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]


def facts(quality: dict[str, Any], resources: dict[str, Any]) -> dict[str, Any]:
    tables = {"quality": quality, **resources}
    return {
        table: {name: FACTS.get(name, {}) for reading in readings.values() for name in reading}
        for table, readings in tables.items()
    }


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
    status = "failed" if accuracy is None and "quality" not in fields else "done"
    fields.setdefault("quality", {} if accuracy is None else {"test": {"accuracy": accuracy}})
    defaults = {
        "id": digest(identity),
        "suite": "vision",
        "status": status,
        "row": digest([labels, {**identity, "seed": None, "parent": None}]),
        "labels": labels,
        "seed": seed,
        "reason": None if status == "done" else "out of memory",
        "primary": "accuracy",
        "figures": facts(fields["quality"], fields.get("resources", {})),
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


def whole(**reading: Any) -> dict[str, Any]:
    """Return readings of a cell as a whole."""
    return {"": reading}


@pytest.fixture(scope="session")
def record() -> Callable[..., Record]:
    """The maker of records."""
    return make
