"""Tasks: how examples are prepared, what a head looks like, and how its predictions are judged."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from .backbone import Encoder, Features, Processor
from .dataset import DatasetInfo, Example
from .figures import Figure
from .plugin import Plugin

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray
    from torch import Tensor, nn

Predictions = Mapping[str, "Tensor"]
"""Named tensors with a leading batch axis, as `Metrics.statistics` of the same task expects them."""


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
    """Figures of quality, in two halves: what each example contributes, and what many of them amount to.

    Nothing is remembered in between. The core gathers the statistics and keeps them, so that figures can
    later be computed for any part of the examples, and for resamples of them.
    """

    def statistics(self, predictions: Predictions, targets: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """Return what each of N examples contributes: named tensors `[N, ...]` of numbers or truth values.

        They are kept on disk for each example, so they should be small. Names are lower case letters,
        digits and `_`; the shape of an example's statistic is the same for all examples.
        """
        ...

    def compute(
        self, statistics: Mapping[str, NDArray[Any]], weights: NDArray[Any] | None = None
    ) -> dict[str, float]:
        """Return the figures, by name, of examples with these statistics, `[N, ...]` each.

        Each example counts as often as its weight says (`weights` is `[N]`, fractions too), once by default.
        A figure that is undefined for these examples is left out.
        """
        ...


class Task(Plugin):
    """A kind of problem."""

    modality: ClassVar[str]
    """What its inputs are: `image`, `text`, ..."""

    figures: ClassVar[tuple[Figure, ...]]
    """What its metrics compute."""

    primary: ClassVar[Figure]
    """Which of these to choose and rank by; it must say which way is better."""

    labelled: ClassVar[bool] = True
    """Whether its examples have targets; without them only objectives that need none can be used."""

    reads: ClassVar[frozenset[str]] = frozenset({"pooled"})
    """Which parts of `Features` its head looks at; only these are kept when features are."""

    @abstractmethod
    def prepare(self, example: Example, processor: Processor) -> Sample:
        """Turn a raw example into arrays; the same every time, as the result is kept on disk.

        There are no targets where `example.target` is None: it is a new input, for `bench predict`.
        """

    def collate(self, samples: Sequence[Sample]) -> Batch:
        """Return samples as a batch: here each array stacked. A task whose arrays differ in shape pads them.

        The samples have no inputs, only targets, where features stand for the inputs. Targets of one shape
        must always be stacked, so that what a batch holds of an example does not depend on the others.
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

    def postprocess(
        self, predictions: Predictions, info: DatasetInfo, inputs: Sequence[Any], processor: Processor
    ) -> Sequence[Mapping[str, Any]]:
        """Return predictions for people: for each example values by name, the chief one first.

        They are plain JSON data: a class and its probability, spans of a text, a text, a number. `inputs`
        are the N raw inputs, and `processor` is what prepared them, for what is to be said in their terms.
        By default the predictions are shown as they are.
        """
        rows = {name: tensor.tolist() for name, tensor in predictions.items()}
        return [{name: values[at] for name, values in rows.items()} for at in range(len(inputs))]

    @abstractmethod
    def metrics(self, info: DatasetInfo) -> Metrics:
        """Return what computes its figures of quality for a data set."""


def _stack(items: Sequence[Mapping[str, np.ndarray]]) -> dict[str, Tensor]:
    import numpy as np
    import torch

    return {name: torch.from_numpy(np.stack([item[name] for item in items])) for name in items[0]}
