"""Tasks: how examples are prepared, what a head looks like, what is lost and how well it is done."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, NamedTuple, Protocol

from .backbone import Encoder, Features, Processor
from .dataset import DatasetInfo, Example
from .plugin import Plugin

if TYPE_CHECKING:
    import numpy as np
    import torch
    from torch import Tensor, nn

Predictions = Mapping[str, "Tensor"]
"""Named tensors with a leading batch axis, as `Metrics.update` of the same task expects them."""


class Primary(NamedTuple):
    """The metric that ranks, and which way is better."""

    metric: str
    higher_is_better: bool = True


@dataclass(frozen=True)
class Sample:
    """A prepared example: named arrays without a batch axis. Kept on disk, so no Python objects.

    An array's first axis may differ from sample to sample (tokens, boxes); its others may not.
    """

    inputs: Mapping[str, np.ndarray]
    targets: Mapping[str, np.ndarray]


@dataclass
class Batch:
    """N prepared examples as tensors, or as the features that a frozen encoder made of them.

    `indices` are the positions of the examples in their split, `[N]`.
    """

    inputs: dict[str, Tensor]
    targets: dict[str, Tensor]
    indices: Sequence[int] = field(default_factory=list)
    features: Features | None = None

    @property
    def size(self) -> int:
        """The number of examples."""
        return len(self.indices)


class Metrics(Protocol):
    """Gathers predictions over a split."""

    def update(self, predictions: Predictions, targets: Mapping[str, Tensor]) -> Sequence[float]:
        """Take in a batch; return a score for each of its examples (1 or 0 for right or wrong)."""
        ...

    def compute(self) -> dict[str, float]:
        """Return the metrics over all batches so far, by name."""
        ...


class Task(Plugin):
    """A kind of problem."""

    modality: ClassVar[str]
    """What its inputs are: `image`, `text`, ..."""

    primary: ClassVar[Primary]
    """The metric to choose and rank by."""

    labelled: ClassVar[bool] = True
    """Whether its examples have targets; without them only objectives that need none can be used."""

    reads: ClassVar[frozenset[str]] = frozenset({"pooled"})
    """Which parts of `Features` its head looks at; only these are kept when features are."""

    @abstractmethod
    def prepare(self, example: Example, processor: Processor) -> Sample:
        """Turn a raw example into arrays; the same every time, as the result is kept on disk."""

    def collate(self, samples: Sequence[Sample]) -> Batch:
        """Return samples as a batch: here each array stacked. A task whose arrays differ in shape pads them.

        The samples have no inputs, only targets, where features stand for the inputs. Targets of one shape
        must be stacked in any case: what a batch says of an example then does not depend on the others.
        """
        return Batch(
            inputs=_stack([sample.inputs for sample in samples]),
            targets=_stack([sample.targets for sample in samples]),
            indices=range(len(samples)),
        )

    def augment(self, batch: Batch, generator: torch.Generator) -> Batch:
        """Return a randomly changed batch for training; random numbers come from `generator` (CPU)."""
        return batch

    @abstractmethod
    def head(self, encoder: Encoder, info: DatasetInfo) -> nn.Module:
        """Return an untrained head for the encoder's features; it must look at `Features` only."""

    def native_head(self, encoder: Encoder, info: DatasetInfo) -> nn.Module | None:
        """Return a head made of what the encoder was pretrained with, `Encoder.native`; None if none fits."""
        return None

    @abstractmethod
    def loss(self, head: nn.Module, features: Features, targets: Mapping[str, Tensor]) -> Tensor:
        """Return the mean loss of a batch, a scalar."""

    @abstractmethod
    def predict(self, head: nn.Module, features: Features) -> Predictions:
        """Return what the head makes of the features, with a leading batch axis."""

    @abstractmethod
    def metrics(self, info: DatasetInfo) -> Metrics:
        """Return a fresh collector of predictions."""


def _stack(items: Sequence[Mapping[str, np.ndarray]]) -> dict[str, Tensor]:
    import numpy as np
    import torch

    return {name: torch.from_numpy(np.stack([item[name] for item in items])) for name in items[0]}
