"""An order to run one cell: all that an executor needs, also in another process."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..api import Value
from ..feeding.cache import Cache
from ..planning.cell import Cell
from ..records.record import Failure
from ..records.store import Store
from ..registry import Registry

ATTENTIVE_SECONDS = 1.0
"""After so long a wait for a job begins anew: an interrupt that comes just before a wait does not end it."""


@dataclass(frozen=True)
class Job:
    """A cell, where its files go, whether its encoder is to be kept, and how earlier attempts failed.

    A training that goes on for longer than `checkpoint_seconds` leaves a checkpoint each time they are over.
    `run` is 1, or the number of a further run of a cell that is done: of that only speeds are wanted, so it
    leaves no files and finds none of its own. `threads` is its share of the CPU where other cells run at the
    same time; None where it has the machine for itself.
    """

    cell: Cell
    suite: str
    folder: Path
    cache_folder: Path
    keep_encoder: bool
    failures: tuple[Failure, ...]
    git: Mapping[str, Value]
    checkpoint_seconds: float = 60.0
    run: int = 1
    threads: int | None = None
    cache_limit: int | None = None

    @property
    def repeats(self) -> bool:
        """Whether this is a further run."""
        return self.run > 1

    @property
    def shared(self) -> bool:
        """Whether other cells run at the same time, so that speeds would say nothing."""
        return self.threads is not None

    @property
    def log_path(self) -> Path:
        """Where the output of this run is kept."""
        return self.store.log_path(f"{self.cell.id}-run{self.run}" if self.repeats else self.cell.id)

    @property
    def store(self) -> Store:
        """The results folder."""
        return Store(self.folder)

    @property
    def cache(self) -> Cache:
        """The cache folder, bound to `cache_limit` bytes."""
        return Cache(self.cache_folder, self.cache_limit)

    def to_json(self) -> str:
        """Return the job as text, for another process."""
        return json.dumps(
            {
                "cell": self.cell.spec(),
                "suite": self.suite,
                "folder": str(self.folder),
                "cache_folder": str(self.cache_folder),
                "keep_encoder": self.keep_encoder,
                "failures": [failure.model_dump() for failure in self.failures],
                "git": dict(self.git),
                "checkpoint_seconds": self.checkpoint_seconds,
                "run": self.run,
                "threads": self.threads,
                "cache_limit": self.cache_limit,
            }
        )

    @classmethod
    def from_json(cls, text: str, registry: Registry) -> Job:
        """Return the job that `to_json` wrote."""
        data = json.loads(text)
        return cls(
            cell=Cell.from_spec(data["cell"], registry),
            suite=data["suite"],
            folder=Path(data["folder"]),
            cache_folder=Path(data["cache_folder"]),
            keep_encoder=data["keep_encoder"],
            failures=tuple(Failure.model_validate(failure) for failure in data["failures"]),
            git=data["git"],
            checkpoint_seconds=data["checkpoint_seconds"],
            run=data["run"],
            threads=data["threads"],
            cache_limit=data["cache_limit"],
        )


@dataclass(frozen=True)
class Progress:
    """How far a cell is: its phase, the steps done in it, and the latest loss."""

    phase: str
    steps: int = 0
    loss: float | None = None
