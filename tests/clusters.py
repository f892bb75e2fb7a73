"""Clusters to rehearse on: the stub of Slurm, and a Ray of this machine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import slurm_stub

SETTINGS: dict[str, dict[str, Any]] = {
    "slurm": {"name": "slurm", "jobs": 2, "poll": 1},
    "ray": {"name": "ray"},
}
"""The executors, with settings that suit this machine."""

NEEDED = {"slurm": "submitit", "ray": "ray"}


def need(executor: str) -> None:
    """Skip a test whose executor is not installed here."""
    if executor in NEEDED:
        pytest.importorskip(NEEDED[executor], reason=f"{NEEDED[executor]} is not installed")


def environment(executor: str, folder: Path, minute: float = 60) -> dict[str, str]:
    """The variables with which an executor finds its cluster."""
    return slurm_stub.install(folder, minute) if executor == "slurm" else {}


def spelled(executor: str, **settings: Any) -> str:
    """An executor in a suite, with settings that suit this machine."""
    return json.dumps({**SETTINGS.get(executor, {"name": executor}), **settings})
