"""An order to run one cell: all that an executor needs, also in another process or on another machine."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from ..api import Bounds
from ..feeding.cache import Cache
from ..planning.cell import Cell
from ..records.record import Failure
from ..records.store import Store
from ..registry import Registry
from .bounds import NONE
from .options import RunOptions

ATTENTIVE_SECONDS = 1.0
"""A wait for a job starts over after so long: an interrupt that comes just before a wait does not end it."""

ORIGIN = "origin.safetensors"
"""Where a job that was moved finds the encoder that its cell starts from."""


@dataclass(frozen=True)
class Job:
    """A cell and what differs from cell to cell in how it is run; a `bench.Job` to executors.

    `failures` are those of earlier attempts. `run` is 1, or the number of a further run of a cell that is
    done: of that only speeds are wanted, so it leaves no files and finds none of its own. `home` is the
    results folder that the files of a moved job come back to. `bounds` are what it is ended by;
    `expected_seconds` is how long it takes, as far as that is known, and `waiting` how many cells have not
    begun yet, this one included. Where memory was lacking, training batches are taken in `micro_batches`
    parts, and those of evaluation are so much smaller.
    """

    cell: Cell
    options: RunOptions
    keep_encoder: bool = False
    failures: tuple[Failure, ...] = ()
    run: int = 1
    shared: bool = False
    home: Path | None = None
    bounds: Bounds = NONE
    expected_seconds: float | None = None
    waiting: int = 1
    micro_batches: int = 1

    @property
    def id(self) -> str:
        """The id of the cell."""
        return self.cell.id

    @property
    def title(self) -> str:
        """What people call the cell."""
        return self.cell.title

    @property
    def repeats(self) -> bool:
        """Whether this is a further run."""
        return self.run > 1

    @property
    def computed(self) -> Cell:
        """The cell with the settings that it is computed with."""
        if self.micro_batches == 1:
            return self.cell
        settings = self.cell.settings
        size = max(1, settings.eval_batch_size // self.micro_batches)
        return replace(self.cell, settings=settings.model_copy(update={"eval_batch_size": size}))

    @property
    def threads(self) -> int | None:
        """The CPU threads asked for; one where other cells run at the same time."""
        return self.cell.settings.threads or (1 if self.shared else None)

    @property
    def device(self) -> str:
        """The device asked for."""
        return self.cell.device

    @property
    def folder(self) -> Path:
        """The folder of `store`."""
        return self.options.folder

    @property
    def store(self) -> Store:
        """The results folder that it works in."""
        return Store(self.folder)

    @property
    def cache(self) -> Cache:
        """The cache folder, limited to `cache_limit` bytes."""
        return Cache(self.options.cache_folder, self.options.cache_limit)

    @property
    def log_path(self) -> Path:
        """Where the output of this run is written."""
        return self._log(self.store)

    @property
    def kept_log_path(self) -> Path:
        """Where people find that output in the end."""
        return self._log(Store(self.home or self.folder))

    def _log(self, store: Store) -> Path:
        return store.log_path(f"{self.id}-run{self.run}" if self.repeats else self.id)

    @property
    def origin(self) -> Path | None:
        """The file of the encoder that the cell starts from, if it does from another cell's."""
        if self.cell.artifact is None and self.cell.parent is None:
            return None
        if self.home is not None:
            return self.folder / ORIGIN
        if self.cell.artifact is not None:
            return Path(self.cell.artifact.path)
        return self.store.artifact_path(self.cell.parent.id) if self.cell.parent else None

    @property
    def checkpoint(self) -> Path | None:
        """Where its training is kept while it is under way; a further run starts from the beginning."""
        return None if self.repeats else self.store.checkpoint_path(self.id)

    @property
    def earlier(self) -> tuple[int, Path] | None:
        """The largest smaller budget of its training whose end was kept, and the checkpoint, if any."""
        training = self.cell.training
        if training is None or self.repeats:
            return None
        kept = self.store.kept_checkpoints(training.id)
        return max((pair for pair in kept.items() if pair[0] < training.budget), default=None)

    @property
    def kept_checkpoint(self) -> Path | None:
        """Where the end of its training is to be kept for larger budgets, if it is."""
        training = self.cell.training
        if training is None or self.repeats or not self.options.keep_checkpoints:
            return None
        return self.store.kept_checkpoint_path(*training)

    @property
    def needs(self) -> Mapping[str, Path]:
        """Those files it starts from that exist, by their places in the folder of a moved job."""
        checkpoints = [self.checkpoint, self.earlier and self.earlier[1]]
        wanted = {ORIGIN: self.origin}
        wanted |= {str(path.relative_to(self.folder)): path for path in checkpoints if path is not None}
        return {place: path for place, path in wanted.items() if path is not None and path.is_file()}

    def moved(self, folder: Path, cache: Path | None = None) -> Job:
        """Return the same job for another folder, with its cache there too unless another is named."""
        options = self.options.moved(folder, cache or folder / ".cache")
        return replace(self, options=options, home=self.home or self.folder)

    def to_json(self) -> str:
        """Return the job as text, for another process."""
        return json.dumps(
            {
                "cell": self.cell.spec(),
                "options": self.options.model_dump(mode="json"),
                "keep_encoder": self.keep_encoder,
                "failures": [failure.model_dump() for failure in self.failures],
                "run": self.run,
                "shared": self.shared,
                "home": str(self.home) if self.home else None,
                "bounds": asdict(self.bounds),
                "expected_seconds": self.expected_seconds,
                "waiting": self.waiting,
                "micro_batches": self.micro_batches,
                "log": str(self.log_path),
            }
        )

    @classmethod
    def from_json(cls, text: str, registry: Registry) -> Job:
        """Return the job that `to_json` wrote.

        Raises BenchError if one of its plugins is not installed.
        """
        data = json.loads(text)
        return cls(
            cell=Cell.from_spec(data["cell"], registry),
            options=RunOptions.model_validate(data["options"]),
            keep_encoder=data["keep_encoder"],
            failures=tuple(Failure.model_validate(failure) for failure in data["failures"]),
            run=data["run"],
            shared=data["shared"],
            home=Path(data["home"]) if data["home"] else None,
            bounds=Bounds(**data["bounds"]),
            expected_seconds=data["expected_seconds"],
            waiting=data["waiting"],
            micro_batches=data["micro_batches"],
        )
