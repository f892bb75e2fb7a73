"""What authors of backbones reuse: models of transformers, whose faults are each said in one line."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import transformers
from huggingface_hub.errors import StrictDataclassError
from safetensors import SafetensorError

from ..errors import WeightsError
from .fitting import choose_part
from .messages import did_you_mean, one_line
from .weights import read_weights, weights_part, weights_path

# What transformers raises for faults of input; a missing optional package is an ImportError.
FAULTS = (OSError, ValueError, RuntimeError, ImportError, StrictDataclassError, SafetensorError)
NAMED = 3


@dataclass(frozen=True)
class Loaded:
    """A model; whether the weights of its spare parts were found; and notes on how all were read."""

    model: Any
    whole: bool
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Checkpoint:
    """Where a model comes from.

    `source` is a hub id or a folder; or a type of model, if `shape` holds the settings of its config.
    `title` is what messages call it. `classes` are those of its classifier, if the user has named them.
    """

    title: str
    source: str
    revision: str | None = None
    shape: Mapping[str, Any] | None = None
    weights: str = "default"
    classes: Sequence[str] | None = None

    @property
    def untrained(self) -> bool:
        """Whether no weights are to be read."""
        return self.weights == "none" or (self.shape is not None and self.weights == "default")

    @property
    def origin(self) -> dict[str, Any]:
        """The arguments of every `from_pretrained`: code that comes with a model is never run."""
        return {"revision": self.revision or "main", "trust_remote_code": False}

    def config(self) -> Any:
        """Return a fresh config; raises WeightsError where there is none, or it has no such setting."""
        if self.shape is not None:
            return self._new_config(self.shape)
        with reading(self.title):
            return transformers.AutoConfig.from_pretrained(self.source, **self.origin)

    def class_names(self, config: Any) -> list[list[str]]:
        """Return all names of each class of its classifier: ImageNet's come as `tench, Tinca tinca`.

        Empty if nobody has named them: which output is which class would be a guess. Raises WeightsError if
        the user has named more or fewer than there are.
        """
        count = config.num_labels
        if self.classes is not None and len(self.classes) != count:
            raise WeightsError(
                f"{self.title}: `classes` names {len(self.classes)}, but its classifier has {count}"
            )
        names = list(self.classes or (config.id2label[number] for number in range(count)))
        if names == [f"LABEL_{number}" for number in range(count)]:
            return []
        return [[name, *name.split(", ")] for name in names]

    def _new_config(self, shape: Mapping[str, Any]) -> Any:
        with reading(self.title):
            standard = transformers.AutoConfig.for_model(self.source)
            known = {*standard.to_dict(), *standard.attribute_map}
            for setting in shape:
                if setting not in known:
                    hint = did_you_mean(setting, known)
                    raise WeightsError(f"{self.title}: its config has no '{setting}'{hint}")
            return transformers.AutoConfig.for_model(self.source, **shape)

    def model(self, auto: Any, config: Any, *, spare: Sequence[str] = (), **options: Any) -> Loaded:
        """Return a model with its weights.

        `auto` is the class of transformers that chooses the architecture by the config, `spare` begins
        the names of parameters that need not be in the file. Raises WeightsError if others are missing.
        """
        # Without dtype the numbers would be of the kind they are stored in, float16 for some.
        options |= {"dtype": torch.float32}
        faults: list[str] = []
        with reading(self.title):
            if self.untrained:
                return Loaded(auto.from_config(config, **options), whole=False)
            for model, report, notes in self._readings(auto, config, **options):
                unfilled = report["missing_keys"] | {name for name, *_ in report["mismatched_keys"]}
                spared = (*spare, *_computed(model))
                unfit = [name for name in sorted(unfilled) if not name.startswith(spared)]
                if not unfit:
                    return Loaded(model, not unfilled, notes)
                faults = faults or unfit
        more = f" and {len(faults) - NAMED} more" if len(faults) > NAMED else ""
        names = ", ".join(faults[:NAMED]) + more
        raise WeightsError(f"{self.title}: missing from the weights, or of another shape: {names}")

    @property
    def local(self) -> Path | None:
        """The file or folder that the weights are in; None if they are on the hub."""
        return weights_path(self.weights) or (Path(self.source) if Path(self.source).is_dir() else None)

    def _readings(self, auto: Any, config: Any, **options: Any) -> Iterator[tuple[Any, Any, tuple[str, ...]]]:
        """Give a model, transformers' report of what it lacks, and notes; again, if there is another way.

        What is on this machine is read by the rule of `bench.toolkit.fitting`. Some models are renamed as
        they are written, so that what names begin with may be needed to read them.
        """
        options |= {"config": config, "output_loading_info": True, "ignore_mismatched_sizes": True}
        if self.local is None:
            yield *auto.from_pretrained(self.source, **self.origin, **options), ()
            return
        with torch.device("meta"):
            bare = auto.from_config(config)
        own = {name: tensor.shape for name, tensor in bare.state_dict().items()}
        sets = read_weights(self.local)
        source = f"{self.title}: the weights in {self.local}"
        part = choose_part(own, sets, source, weights_part(self.weights))
        for tensors, notes in ((part.tensors, part.notes), *((whole, ()) for whole in sets.values())):
            yield *type(bare).from_pretrained(None, state_dict=dict(tensors), **options), notes


def _computed(model: Any) -> Iterator[str]:
    """Give the names of tables that are computed, not read: Marian's files leave out its positions."""
    for name, module in model.named_modules():
        if "Sinusoidal" in type(module).__name__:
            yield f"{name}."


@contextmanager
def reading(title: str) -> Iterator[None]:
    """Silence transformers, and turn what it raises for faults of input into one line."""
    log: Any = transformers.utils.logging
    level, bars = log.get_verbosity(), log.is_progress_bar_enabled()
    log.set_verbosity_error()
    log.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except FAULTS as error:
        raise WeightsError(f"{title}: {_explained(error)}") from error
    finally:
        log.set_verbosity(level)
        if bars:
            log.enable_progress_bar()


def _explained(error: Exception) -> str:
    text = one_line(error)
    if "couldn't connect" in text:
        return (
            "neither in the cache nor reachable (no network, or HF_HUB_OFFLINE is set); "
            "download it where there is a network, or give a folder, './FOLDER'"
        )
    return text.partition(". ")[0][:300]
