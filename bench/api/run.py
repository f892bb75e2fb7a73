"""What an objective is given to work with, and what it yields."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from .backbone import Encoder, Features
from .examples import DatasetInfo, Split
from .figures import Figure
from .settings import Limits, Settings
from .task import Batch, Predictions, Targets, Task

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray
    from torch import Tensor, nn

T = TypeVar("T")
Module = TypeVar("Module", bound="nn.Module")


@dataclass(frozen=True)
class Step:
    """One unit of work that has been done: how many examples, and the loss where there is one.

    The loss stays a tensor on its device, as reading it would make the device wait. It is read some steps
    later, for the course of the training, and must not change until then.
    """

    examples: int
    loss: Tensor | None = None


Steps = Generator[Step, None, T]
"""Yields each step once it is done, and returns a T at the end."""


@dataclass(frozen=True)
class Cost:
    """What something took when it was computed: examples, and seconds without the first batch's warm-up."""

    examples: int
    seconds: float


@dataclass
class Position:
    """Where a training loop is. The loop counts its `steps`, each before it yields it.

    One that is `finished` came to its end in an earlier attempt at the cell, and must do nothing.
    """

    steps: int = 0
    finished: bool = False


class Stateful(Protocol):
    """Something that can be put back as it was: an optimiser, a schedule, ..."""

    def state_dict(self) -> dict[str, Any]:
        """Return the state as tensors, numbers, texts, and lists and dicts of these."""
        ...

    def load_state_dict(self, state_dict: dict[str, Any]) -> Any:
        """Take over a state."""
        ...


class Data(Protocol):
    """The examples of a split, prepared, or already encoded by a frozen encoder."""

    def __len__(self) -> int:
        """Return the number of examples."""
        ...

    @property
    def steps(self) -> int:
        """The number of batches in an epoch."""
        ...

    @property
    def lengths(self) -> NDArray[Any] | None:
        """The length of each example; None where all are alike."""
        ...

    def take(self, indices: Sequence[int]) -> Batch:
        """Return the examples at these positions as one batch on the run's device."""
        ...

    def targets(self) -> Iterator[Targets]:
        """Give what is asked of all examples, in their order, many at a time, without their inputs."""
        ...

    def batches(self, epoch: int | None = None, first: int = 0) -> Iterator[Batch]:
        """Give each example once, in batches on the run's device, from the batch of number `first` on.

        With an epoch: shuffled and augmented, differently for each epoch and seed. Without: as it is,
        in the order that encodes fastest; `Batch.indices` says which examples they are.
        """
        ...


class Run(Protocol):
    """One cell, live. The objective says what is done; the core keeps clock, budget and records."""

    head: nn.Module
    """Made by the task on first use; an objective may set another before that."""
    task: Task
    settings: Settings
    limits: Limits
    device: torch.device
    precision: str
    """What is really used: `fp32`, `bf16` or `fp16`."""
    generator: torch.Generator
    """For random draws of the objective's own (CPU), seeded by the cell's seed."""
    micro_batches: int
    """In how many parts a training step takes its batch; more than one where memory was lacking otherwise
    (`Settings.on_oom`). `bench.toolkit.micro_batches.backward` does so; see `Objective.indivisible`."""

    @property
    def primary(self) -> Figure:
        """The figure to choose by."""
        ...

    @property
    def waited(self) -> float:
        """Seconds so far that were spent waiting for batches to be put together."""
        ...

    @property
    def added(self) -> Mapping[str, nn.Module]:
        """The objective's own modules, as `add` took them in."""
        ...

    @property
    def encoder(self) -> Encoder:
        """The backbone; loaded on first use, in evaluation mode."""
        ...

    @property
    def info(self) -> DatasetInfo:
        """What is known of the data set."""
        ...

    @property
    def cached(self) -> Mapping[str, Cost]:
        """What was found on disk instead of computed: by phase, what computing it had cost."""
        ...

    @property
    def splits(self) -> tuple[Split, ...]:
        """The splits to report on, `val` before `test`, of those there are."""
        ...

    def data(self, split: Split, of: str | None = None) -> Data:
        """Return a split, prepared; with `of`, as the processor of that further backbone prepares it."""
        ...

    def encode(self, split: Split, of: str | None = None) -> Steps[Data]:
        """Run the encoder, as it is now, once over a split; return the split with its features.

        With `of`, the name of a setting in `Objective.backbones`, it is that further backbone which reads the
        same examples, by its own processor; of its features there is what `Objective.reads` names.

        Features are kept on disk: the same encoder, processor and data are not encoded twice. Yields
        the steps of the encoding: `data = yield from run.encode("train")`. Features too large to be kept
        are not there: the batches have inputs, never augmented, which `forward` encodes each time. Raises
        UnsuitableError where those of a further backbone are too large.
        """
        ...

    def forward(self, batch: Batch) -> Features:
        """Return the batch's features: the ones it carries, or what the encoder makes of its inputs."""
        ...

    def loss(self, batch: Batch) -> Tensor:
        """Return the task's loss on a batch, through encoder and head."""
        ...

    def predict(self, batch: Batch) -> Predictions:
        """Return what the objective predicts for a batch, in evaluation mode and without gradients.

        This is what evaluation scores. On kept features a head computes in fp32, whatever the precision,
        unless its task reads maps.
        """
        ...

    def evaluate(self, split: Split, data: Data | None = None) -> Steps[None]:
        """Report the task's metrics, and all installed ones that suit, of what `predict` gives on a split.

        What each example contributes to them is kept beside the record.
        """
        ...

    def metrics(self, split: Split, data: Data | None = None) -> Steps[Mapping[str, float]]:
        """Return the task's metrics on a split without reporting them, so that a choice can be made."""
        ...

    def report(self, split: Split, metrics: Mapping[str, float]) -> None:
        """Report further figures of quality on a split.

        Raises UnsuitableError for one that is not finite.
        """
        ...

    def track(self, split: Split, metrics: Mapping[str, float]) -> None:
        """Let figures on a split join the course of the training, such as those that an epoch is judged by.

        The course is kept in the record, thinned, beside that of the loss. It reports nothing.
        """
        ...

    def modules(self) -> Iterator[nn.Module]:
        """Give encoder, head (if it was made), and what was added."""
        ...

    def resume(self, **parts: Stateful) -> Position:
        """Return where a training loop begins; call it right before the loop, once all modules are there.

        That is at step 0, unless an earlier attempt at the cell was cut off: then modules, random numbers
        and the named parts (optimiser, schedule, ...) are put back as they were at its last checkpoint.
        A recipe of several loops calls it for each, and always in the same order.
        """
        ...

    def expect(self, steps: int) -> None:
        """Say that so many more steps of training are to come, so that people see how far it is.

        `bench.toolkit.training.epochs_of` says so for its loop; a recipe of several loops says before the
        first how many steps they all take. The most that was said counts. A training that may end early says
        what it takes at most, and one that cannot know says nothing.
        """
        ...

    def attach(self, name: str, content: bytes) -> None:
        """Keep a file beside the record: `samples.png`. The name must be a plain file name."""
        ...

    def remember(self, what: str, key: Mapping[str, Any], compute: Callable[[], T]) -> T:
        """Return what `compute` gives, plain JSON data; it is computed once for a key, and kept in the cache.

        `what` is a plain file name, and names the kind of thing.
        """
        ...

    def add(self, name: str, module: Module) -> Module:
        """Take in a module of the objective's own (a decoder, a second network): moves it to the device."""
        ...

    def discard(self, name: str) -> None:
        """Let go of a module that was taken in, if it was: it is no part of what is kept of the model."""
        ...

    def autocast(self) -> AbstractContextManager[object]:
        """Return a context in which arithmetic runs in the run's precision."""
        ...

    def synchronize(self) -> None:
        """Wait until the device has done all that was asked of it."""
        ...

    def mark(self) -> Callable[[], None] | None:
        """Return what waits until the device has done what it was asked for so far, and for no more.

        None if it has, as CPUs do things at once.
        """
        ...

    def phase(self, name: str) -> AbstractContextManager[None]:
        """Return a context whose time and memory are measured separately under this name.

        `encode` and `evaluate` do this themselves; whatever else happens in `train` counts as `train`. The
        steps and seconds of a phase of the objective's own are training too: they count towards the limits,
        and are kept in checkpoints. Those within phases that the core opens (`bench.api.APART`) are not.
        """
        ...
