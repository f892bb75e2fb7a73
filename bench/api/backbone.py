"""Backbones: pretrained (or untrained) encoders, their input processors and their features."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ..errors import WeightsError
from .plugin import Plugin

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor, nn
    from torch.nn import Module
else:
    Module = object


@dataclass(frozen=True)
class FeatureSpec:
    """The shape of what an encoder gives.

    `pooled` is the width of the pooled vector. `channels` and `strides` describe each map of
    `Features.maps`, shallow to deep, whether it is read or not; a stride is in input positions (pixels,
    tokens) per map position, along both sides.
    """

    pooled: int
    channels: tuple[int, ...] = ()
    strides: tuple[int, ...] = ()


@dataclass
class Features:
    """What an encoder makes of a batch of N examples; all that a head ever sees.

    pooled: `[N, D]`. maps: shallow to deep, `[N, C, H, W]` for images and `[N, L, C]` for sequences; those
    that are not read may be empty, `[0]`, but for the deepest.
    size: of images height and width in pixels, the same for all of a batch.
    mask: `[N, L]`, true where a sequence holds something and false where it is padding, at its end.
    rows: where an example is several rows, how many, int64 `[N]`; the others' leading axis is then their sum.
    asked: what heads are asked about the examples, by name: the targets that `Task.asks` names.
    memory: of causal models, keys and values of each layer, shallow to deep, `[N, L, 2, heads, W]`; text that
    follows is read with these in place of the tokens before it. Given only where it is read.
    """

    pooled: Tensor
    maps: tuple[Tensor, ...] = ()
    mask: Tensor | None = None
    rows: Tensor | None = None
    asked: Mapping[str, Tensor] = field(default_factory=dict)
    memory: tuple[Tensor, ...] = ()
    size: tuple[int, int] | None = None


class Inputs(dict[str, "np.ndarray"]):
    """The named arrays for one raw input, with a `remark` on what they lack of it: `cut to 128 tokens`.

    Examples are counted by their remarks when they are prepared, and the record's notes give the counts.
    """

    def __init__(self, arrays: Mapping[str, np.ndarray], remark: str = "") -> None:
        super().__init__(arrays)
        self.remark = remark


class Processor(Protocol):
    """Turns one raw input into arrays, always in the same way; it belongs to the weights.

    Its results are kept on disk, so they should be small: bytes rather than floats for pixels. What takes
    no time but makes them larger, such as normalising, is left to the encoder.
    """

    @property
    def digest(self) -> str:
        """A text that changes whenever the arrays for some input would change."""
        ...

    def __call__(self, raw: Any) -> Mapping[str, np.ndarray]:
        """Return the named arrays for one raw input (a PIL image, a text, ...), without a batch axis.

        Where something of the input is left out that readers of results should know of, they are `Inputs`.
        """
        ...


@dataclass(frozen=True)
class NativePart:
    """What weights were pretrained with on top of the encoder; tasks use what fits them as a head.

    role: what it is: a `classifier` gives logits `[N, outputs]`, a `tagger` one for each token,
    `[N, L, outputs]`; `spans` are logits of being the first and the last token of an answer, `[N, L, 2]`; a
    `language-model` gives logits of the token that follows each, `[N, L, outputs]`; a `decoder` writes texts
    and is a `bench.toolkit.generation.Decoder`; a `transcriber` writes what is said and is a
    `bench.toolkit.transcribing.Transcriber`. A `segmenter` gives logits of places in images,
    `[N, H, W, outputs]`. A `detector` gives a list of what it finds in each of N images, by name: `boxes`
    `[K, 4]` (left, top, right, bottom in prepared pixels), `scores`, best first, and `labels`, `[K]` each. An
    `enlarger` gives images `[N, 3, H, W]` in 0..1, larger versions of the bytes in `Features.asked["small"]`.
    A `similarity` compares images with texts, and is a `bench.toolkit.image_text.Similarity`.
    outputs: how many classes, or tokens, it tells apart; of an enlarger how many times as high images become.
    build: returns a new module that computes these from `Features`, or None if it turns out to be missing.
    It is called only when the part is used, so that what few runs need is not read by all.
    classes: for each output, all names that its class goes by; empty where they are not known. None for
    untrained outputs, which stand for no classes yet, so that any as many will do.
    """

    role: str
    outputs: int
    build: Callable[[], nn.Module | None]
    classes: Sequence[Collection[str]] | None = ()


@dataclass(frozen=True)
class Classifier:
    """A linear map from an encoder's pooled features to logits, and the names of the classes, in order."""

    layer: nn.Linear
    classes: tuple[str, ...]


class Encoder(Module):
    """A live backbone. It is a `torch.nn.Module` too: `class Mine(bench.Encoder, nn.Module)`.

    To a type checker this class is one already; at run time it is not, as importing it must not load torch.
    """

    spec: FeatureSpec
    processor: Processor
    native: Sequence[NativePart] = ()
    reads: frozenset[str] = frozenset({"pooled", "maps"})
    """Which parts of `Features` are looked at (`Task.reads`), set before it is used: `memory` costs time."""
    levels: frozenset[int] = frozenset()
    """Which maps are looked at beside the deepest (`Task.levels`), set before it is used: their positions in
    `spec.strides`. Others need not be made."""
    notes: Sequence[str] = ()
    """What readers of results should know of how it was read; joins the notes of the record."""

    if TYPE_CHECKING:

        def __call__(self, inputs: Mapping[str, Tensor]) -> Features:
            """Encode a batch of the processor's arrays; an encoder implements it as `forward`."""
            ...

    @abstractmethod
    def blocks(self) -> Sequence[nn.Module]:
        """Return modules, shallow to deep, that together hold each parameter exactly once."""
        raise NotImplementedError


class Backbone(Plugin):
    """An architecture and where its weights come from."""

    @abstractmethod
    def modalities(self) -> frozenset[str]:
        """Return what it can read: `image`, `text`, `audio`, ...; known without loading it."""

    def check(self) -> None:
        """Raise WeightsError for what can be seen at a glance: an unknown model, a missing file of weights.

        Called when planning, so it must be quick, without network, and must not import torch. What only
        loading can tell, as whether weights fit, is left to that.
        """

    def class_names(self) -> frozenset[str] | None:
        """Return all names of classes that its own classifier may know; None if only loading can tell.

        Empty if it surely has no classifier, or one whose classes nobody has named. Known when planning, so
        quick, and without torch. There may be names of classes that the weights turn out not to know.
        """
        return None

    def native_roles(self) -> frozenset[str] | None:
        """Return the roles that its native parts may have (`NativePart`); None if only loading can tell.

        Known when planning, so quick, and without torch. A part may turn out to be missing.
        """
        return None

    def strides(self) -> tuple[int, ...] | None:
        """Return the strides of the maps that its encoder gives, shallow to deep (`FeatureSpec.strides`).

        Empty if it gives none: tasks that read maps then skip it. None if only loading can tell. Known when
        planning, so quick, and without torch.
        """
        return None

    @abstractmethod
    def load(self) -> Encoder:
        """Build the encoder on the CPU, with its weights.

        Untrained weights are drawn from torch's global generator, which the caller has seeded.
        Raises WeightsError where weights cannot be had or do not fit.
        """

    def export(self, encoder: Encoder, folder: Path, classifier: Classifier | None = None) -> str:
        """Write a trained encoder, and its classifier, so that others can load them; return Python that does.

        The Python is run beside the folder, and needs no `bench`. With a classifier it prepares an input of
        its own (`image.png`, `"a text"`) and gives its `logits`, `[1, C]`. Weights belong in
        `folder / "model.safetensors"`, under the names that the backbone's own library uses, the classifier's
        among them if the library's model has a place for just such a one, otherwise in a file of their own.
        By default the Python gives the encoder's state as it is, and the classifier's.
        Raises UnsuitableError if that library could not load them.
        """
        from safetensors.torch import save_file

        state = encoder.state_dict()
        # Tied weights share memory, which the format refuses; copies load just as well.
        copies = {name: tensor.detach().cpu().clone().contiguous() for name, tensor in state.items()}
        save_file(copies, folder / "model.safetensors", metadata={"format": "pt"})
        python = (
            "from safetensors.torch import load_file\n\n"
            f"state = load_file({f'{folder.name}/model.safetensors'!r})"
        )
        if classifier is None:
            return python
        save_file(classifier.layer.state_dict(), folder / "head.safetensors")
        return (
            f"{python}\n"
            "# The linear layer over the pooled features: weight [C, D], bias [C].\n"
            f"head = load_file({f'{folder.name}/head.safetensors'!r})\n"
            f"classes = {list(classifier.classes)!r}"
        )

    def load_exported(self, folder: Path) -> Encoder:
        """Return the encoder that `export` wrote into a folder.

        Raises WeightsError where it cannot be read, or does not fit.
        """
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        encoder, file = self.load(), folder / "model.safetensors"
        try:
            encoder.load_state_dict(load_file(file))
        except (SafetensorError, OSError, RuntimeError) as error:
            raise WeightsError(f"{file}: not the weights of {self.spelled()}") from error
        return encoder
