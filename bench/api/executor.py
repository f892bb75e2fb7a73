"""Executors: where cells run. All that is handed from the core to such a place, and back, is defined here.

A job is self-contained text (`Job.to_json`) and the files in `Job.needs`. Wherever `bench`, the plugins and
the data are installed, this runs it:

    python -m bench.trial [--modules MODULE,...] [PLUGIN_FILE ...] < job.json

It prints lines of JSON on stdout: `{"progress": {...}}` as it goes on, and at the end `{"record": {...}}`,
or `{"end": {"cause": ..., "reason": ...}}` where the cell's process ended without one. The cell's files lie
in the job's folder. So an executor on another machine copies the needs of a job there, runs the job `moved`
to that folder, and brings the folder back.

It takes any number of jobs, a line each, and runs one after another until stdin ends. Libraries that every
cell needs, and the modules named, are loaded once, so that each further cell starts in no time.

The cell has a process of its own under this one, which holds it to its limits. SIGTERM ends both, and all
that the cell has started; so does the end of whoever reads its stdout.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol

from pydantic.dataclasses import dataclass as validated

from .plugin import Plugin
from .trace import Point


@validated(frozen=True)
class Progress:
    """How far a cell is: its phase, the training steps done so far, and the latest loss if finite.

    `points` are those that the course of its training has gained since they were last told, about once a
    second. `total_steps` are those that the training takes, as far as its objective says (`Run.expect`);
    `seconds_left` is how long the rest of them takes, judged by those so far. A phase that does not train has
    gone through `examples` of `total_examples`. What nobody knows is None. From a message of JSON it is made
    by `Progress(**message["progress"])`.
    """

    phase: str
    steps: int = 0
    loss: float | None = None
    points: tuple[Point, ...] = ()
    total_steps: int | None = None
    seconds_left: float | None = None
    examples: int = 0
    total_examples: int | None = None


Cause = Literal[
    "exception", "memory", "device", "signal", "exit", "deadline", "silence", "garbage", "executor", "lost"
]
"""What a cell failed by.

`exception`: it raised one. `memory`: there was not enough, or it took more than it may. `device`: a GPU or
its libraries failed, as an assertion of a kernel does, which shows later than it arose. `signal`: its process
was ended by one. `exit`: its process ended without a result. `deadline`, `silence`: it took too long, or
nothing was heard of it for too long. `garbage`: what it sent was no message. `executor`: the executor failed.
`lost`: the place where it ran is gone, which is no fault of the cell, so it is run again.
"""

Listen = Callable[[Progress], None]
"""Called with the progress of a cell whenever there is news of it."""


@dataclass(frozen=True)
class Bounds:
    """What ends a cell: seconds it takes, seconds without news of it, MiB of memory; None for no bound."""

    cell_seconds: float | None = None
    silent_seconds: float | None = None
    memory: float | None = None

    def later(self, seconds: float) -> Bounds:
        """Return bounds of time that are so much wider, for who watches the cell's watcher."""
        times = (self.cell_seconds, self.silent_seconds)
        return Bounds(*(None if time is None else time + seconds for time in times))


class Job(Protocol):
    """An order to run one cell, as executors see it."""

    @property
    def id(self) -> str:
        """The id of the cell; of the jobs under way at once, no two have the same."""

    @property
    def title(self) -> str:
        """What people call the cell."""

    @property
    def shared(self) -> bool:
        """Whether other cells may run beside it on the same machine; otherwise it is timed alone."""

    @property
    def threads(self) -> int | None:
        """The CPU threads it uses; None for as many as torch takes."""

    @property
    def device(self) -> str:
        """The device asked for: auto, cpu, cuda, cuda:N or mps."""

    @property
    def bounds(self) -> Bounds:
        """What ends it where it runs."""

    @property
    def expected_seconds(self) -> float | None:
        """How long it takes, judged by cells like it; None if none is known."""

    @property
    def waiting(self) -> int:
        """How many cells of the run have not begun yet, this one included: what is left to spread."""

    @property
    def folder(self) -> Path:
        """Where its files are left: log, checkpoint, predictions, ..., laid out as a results folder."""

    @property
    def needs(self) -> Mapping[str, Path]:
        """The files it starts from, by their places in the folder of a moved job.

        They are the encoder of another cell, and the checkpoints of an attempt that was cut off and of a
        smaller budget. The data sets and weights that plugins name are not among them.
        """

    def moved(self, folder: Path, cache: Path | None = None) -> Job:
        """Return the same job for another folder. Its needs are there, and its cache unless it is named."""

    def to_json(self) -> str:
        """Return it as text for `python -m bench.trial`."""


@validated(frozen=True)
class Result:
    """The outcome of a job.

    `folder` is where its files lie now, laid out as a results folder. `record` is the cell's record as plain
    JSON data, also if the cell failed; None if there is none because the cell's process died, in which case
    `cause` and `reason` say why: `the cell's process was ended by SIGKILL`.
    """

    folder: Path
    record: Mapping[str, Any] | None = None
    cause: Cause = "lost"
    reason: str = "no record came"


class Handle(Protocol):
    """A job under way."""

    def result(self, listen: Listen) -> Result:
        """Wait for the end, and pass progress on until then. Called once; an error fails the cell."""

    def close(self) -> None:
        """Release what the job holds: its files have been taken over, or nobody waits for it any longer."""


class Pool(Protocol):
    """A place where cells run, open for the duration of a run."""

    def takes(self, job: Job) -> bool:
        """Tell whether a job can begin now, beside those under way; not asked when there are none."""

    def submit(self, job: Job) -> Handle:
        """Begin a job, and return without waiting for it."""


class Executor(Plugin):
    """A way to run cells; a suite names one under `executor`."""

    concurrent: ClassVar[bool] = True
    """Whether several jobs may be under way at once; each is then waited for in a thread of its own."""

    isolated: ClassVar[bool] = True
    """Whether the run goes on when the process of a cell dies."""

    @abstractmethod
    def open(self, files: Sequence[Path], modules: Sequence[str]) -> AbstractContextManager[Pool]:
        """Open the place for a run; leaving the context ends the cells that still run there.

        `files` are the plugin files that cells need beside what is installed. `modules` are those that the
        plugins of the jobs import in their verbs: they may be loaded in advance.
        """
