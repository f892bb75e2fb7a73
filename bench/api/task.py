"""Tasks: how examples are prepared, what a head looks like, and how its predictions are judged."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from .backbone import Backbone, Encoder, Features, FeatureSpec, Processor
from .breakdown import Breakdown
from .examples import DatasetInfo, Example
from .figures import Figure
from .plugin import Plugin

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray
    from torch import Tensor, nn

Predictions = Mapping[str, Any]
"""By name, tensors with a leading batch axis, or lists of N texts, as `Metrics.statistics` expects them."""

Targets = Mapping[str, Any]
"""By name, what is asked of N examples: tensors with a leading batch axis, or lists of N texts."""


@dataclass(frozen=True)
class Sample:
    """A prepared example: named arrays without a batch axis. Kept on disk, so no Python objects.

    An array's first axis may differ from sample to sample (tokens, boxes); its others may not. A target may
    be a text.
    """

    inputs: Mapping[str, np.ndarray]
    targets: Mapping[str, np.ndarray | str]


@dataclass
class Batch:
    """N prepared examples as tensors, or as the features that a frozen encoder made of them.

    `indices` are the positions of the examples in their split, `[N]`. An example may be several rows of the
    inputs (windows of a long text, two texts that are encoded each by itself): `rows` then says how many,
    int64 `[N]`, and the leading axis of inputs is their sum. Targets that are texts are lists.
    """

    inputs: dict[str, Tensor]
    targets: dict[str, Any]
    indices: Sequence[int] = field(default_factory=list)
    features: Features | None = None
    rows: Tensor | None = None

    @property
    def size(self) -> int:
        """The number of examples."""
        return len(self.indices)


class Metrics(Protocol):
    """Figures of quality, in two halves: what each example contributes, and what many of them amount to.

    Nothing is remembered in between. The core gathers the statistics and keeps them, so that figures can
    later be computed for any part of the examples, and for resamples of them.
    """

    def statistics(self, predictions: Predictions, targets: Targets) -> Mapping[str, Any]:
        """Return what each of N examples contributes: named tensors `[N, ...]` of numbers or truth values.

        They are kept on disk for each example, so they should be small. Names are lower case letters,
        digits and `_`; the shape of an example's statistic is the same for all examples. A list of N texts
        is kept as well, for people to read: the answer that was found, the translation.
        """
        ...

    def settle(self, statistics: Mapping[str, NDArray[Any]]) -> Mapping[str, NDArray[Any]]:
        """Return what is kept of the statistics of all examples of a split, `[N, ...]` each, in its order.

        By default all as it is. Metrics that can score no example alone, as it is ranked among the others,
        score them here.
        """
        return statistics

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
    """What its inputs are: `image`, `text`, `audio`, ..."""

    figures: ClassVar[tuple[Figure, ...]]
    """What its metrics compute."""

    primary: ClassVar[Figure]
    """Which of these to choose and rank by; it must say which way is better."""

    target: ClassVar[str | None]
    """The kind of target that it asks for (`Example`); None where examples have none, so that only objectives
    that need none can be used."""

    columns: ClassVar[Mapping[str, Sequence[str | tuple[str, ...]]]] = {}
    """What columns of tables with such data are usually called, likely names first, by the setting that names
    them: `{"text": (("question", "context"),), "label": ("answers",)}`."""

    reads: ClassVar[frozenset[str]] = frozenset({"pooled"})
    """Which parts of `Features` its head looks at; only these are kept when features are.

    Where `maps` are among them, planning skips backbones that give none."""

    by_class: ClassVar[bool] = True
    """Whether a head that a backbone brings along serves only if it knows the data's classes (`native_head`).

    Planning then asks the backbone for the classes that it knows, where the objective trains no head."""

    asks: ClassVar[frozenset[str]] = frozenset()
    """Which of its targets its head is shown with the features, as `Features.asked`: what is to be judged, as
    which tokens, never what is right. New inputs have these targets, too."""

    def skip(self, backbone: Backbone) -> str | None:
        """Return why a backbone cannot be used for it, or None. Asked when planning; such cells never run."""
        return None

    def indivisible(self) -> str | None:
        """Return why its loss cannot be computed for parts of a batch; None if it can.

        It cannot where the examples of a batch are compared with each other.
        """
        return None

    def levels(self, spec: FeatureSpec) -> Sequence[int]:
        """Return which maps its head looks at, where it reads maps, by their positions in `spec.strides`.

        By default the deepest alone. Only these are made and kept, and the deepest.
        """
        return range(len(spec.strides))[-1:]

    @abstractmethod
    def prepare(self, example: Example, processor: Processor) -> Sample:
        """Turn a raw example into arrays; the same every time, as the result is kept on disk.

        Raises UnsuitableError for one that it cannot use; the message need not say which. There are no
        targets where `example.target` is None: it is a new input, for `bench predict`.
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
        """Return a randomly changed batch for training; random numbers come from `generator` (CPU).

        What targets say of places in the input (masks, boxes) is changed with it, in the same way.
        """
        return batch

    @abstractmethod
    def head(self, encoder: Encoder, info: DatasetInfo) -> nn.Module:
        """Return an untrained head for the encoder's features; it must look at `Features` only."""

    def native_head(self, encoder: Encoder, info: DatasetInfo) -> nn.Module | None:
        """Return a head made of what the encoder was pretrained with, `Encoder.native`; None if none fits."""
        return None

    @abstractmethod
    def loss(self, head: nn.Module, features: Features, targets: Targets) -> Tensor:
        """Return the mean loss of a batch, a scalar."""

    @abstractmethod
    def predict(self, head: nn.Module, features: Features) -> Predictions:
        """Return what the head makes of the features, with a leading axis of N examples.

        Where an example is several rows, `Features.rows` says which are one's.
        """

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

    def breakdown(self, info: DatasetInfo) -> Breakdown | None:
        """Return what takes its figures apart, by class for example; None if they have no parts."""
        return None


def _stack(items: Sequence[Mapping[str, np.ndarray | str]]) -> dict[str, Any]:
    return {name: _stacked([item[name] for item in items]) for name in items[0]}


def _stacked(values: Sequence[Any]) -> Any:
    import numpy as np
    import torch

    return values if isinstance(values[0], str) else torch.from_numpy(np.stack(values))
