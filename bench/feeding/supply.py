"""What a cell is fed with: the examples of its splits, prepared and encoded; once where they can be kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from functools import cache, partial
from pathlib import Path
from time import perf_counter

import numpy as np
import torch

from ..api import Backbone, Cost, Encoder, Split, Step, Steps
from ..errors import UnsuitableError
from ..toolkit.training import evaluating
from . import device as devices
from .arrays import ArraysWriter
from .cache import TooLarge
from .context import Context
from .data import EncodedSource, PreparedSource, Source, SplitData, UnencodedSource
from .examples import Examples, FreshExamples, KeptExamples
from .features import FORMAT, FeatureReader, FeatureWriter, encode, encoder_digest
from .prepared import Preparation, keep
from .seeding import seeded
from .selection import Selection


class Supply:
    """The data of a cell; `encoder` returns the one that it is for, and is called only when needed.

    That is `backbone`, by default the cell's own, made live; `of` gives the supply for another, of whose
    features those parts are kept that the objective reads.

    `cached` is what was found on disk, and its cost. `fresh` are the kinds of things that are too large
    to be kept and are made for each batch; `notes` explains each. With `again` what is in the cache is
    encoded as well (once), so that its speed is measured.
    """

    def __init__(
        self,
        context: Context,
        encoder: Callable[[], Encoder],
        backbone: Backbone | None = None,
        *,
        again: bool = False,
    ) -> None:
        self.context = context
        self.encoder = encoder
        self.backbone = backbone or context.cell.backbone
        self.parts = context.task.reads if backbone is None else context.cell.objective.reads()
        self.again = again
        self.cached: dict[str, Cost] = {}
        self.fresh: set[str] = set()
        self.notes: list[str] = []
        self.selection = Selection(context, self.notes)
        self._preparations: dict[Split, Preparation] = {}
        self._prepared: dict[Split, PreparedSource] = {}
        self._encoded: dict[Path, Source] = {}
        self._beside: dict[str, Supply] = {}
        self._open = ExitStack()

    def close(self) -> None:
        """Let go of threads; nothing that is made for each batch can be asked for any more."""
        self._open.close()

    def of(self, name: str | None) -> Supply:
        """Return the supply of the same examples for a further backbone of the cell; of None this one."""
        if name is None:
            return self
        if name not in self._beside:
            other = Supply(self.context, cache(partial(self._load, name)), self.context.cell.further[name])
            other.selection, other.notes = self.selection, self.notes
            other.cached, other.fresh = self.cached, self.fresh
            self._beside[name] = self._open.enter_context(closing(other))
        return self._beside[name]

    def _load(self, name: str) -> Encoder:
        with self.context.stopwatch.phase("load"), seeded(self.context.seed, name):
            encoder = self.context.cell.further[name].load()
        return encoder.to(self.context.device).eval()

    def prepared(self, split: Split) -> PreparedSource:
        """Return a split, prepared; raises UnsuitableError if the data set does not have it."""
        if split not in self._prepared:
            preparation = self._preparation(split)
            with self.context.stopwatch.phase("prepare", len(preparation)):
                self._prepared[split] = PreparedSource(self._examples(split, preparation), self.context.task)
        return self._prepared[split]

    def _examples(self, split: Split, preparation: Preparation) -> Examples:
        try:
            kept = KeptExamples(keep(preparation, self.context.cache, self.context.stopwatch.went_through))
            self._note(split, kept.remarks)
            return kept
        except TooLarge as fault:
            self.fresh.add("examples")
            fresh = self._open.enter_context(closing(FreshExamples(preparation)))
            unsorted = " and not sorted by length" if fresh.ragged else ""
            self.notes.append(
                f"{split}: prepared again for each batch{unsorted}, as it would take {_against(fault)}"
            )
            return fresh

    def _preparation(self, split: Split) -> Preparation:
        if split not in self.selection.subsets:
            raise UnsuitableError(f"data set '{self.context.cell.dataset.spelled()}' has no {split} examples")
        if split not in self._preparations:
            self._preparations[split] = Preparation(
                self.context.cell.dataset,
                self.context.task,
                self.encoder().processor,
                self.selection.subsets[split],
                self._versions("backbone", "dataset", "task"),
                torch.get_num_threads(),
            )
        return self._preparations[split]

    def encoded(self, split: Split) -> Steps[Source]:
        """Run the encoder over a split, unless its features are on disk, and return them.

        They are found again only by a cell that would compute them in the same way on the same kind of
        device: otherwise their last bits, and the speed they were made at, would be those of another setting.
        Where they would be too large to be kept, the prepared examples are returned instead.
        """
        entry = self.context.cache.entry(
            "features",
            {
                "format": FORMAT,
                "encoder": encoder_digest(self.encoder()),
                "backbone": self.context.cell.identities.of(self.backbone),
                "version": self._versions("backbone"),
                "data": self._preparation(split).key,
                "parts": sorted(self.parts),
                "levels": sorted(self.encoder().levels),
                "precision": self.context.precision,
                "compile": self.context.settings.compile,
                "device": [self.context.device.type, devices.device_name(self.context.device)],
                "threads": torch.get_num_threads(),
                "batch_size": self.context.settings.eval_batch_size,
            },
        )
        if entry not in self._encoded:
            if self.again or not self.context.cache.has(entry):
                prepared = self.prepared(split)
                count = len(self._preparation(split))
                with self.context.stopwatch.phase("encode", count), self.context.cache.claim(entry):
                    self._encoded[entry] = yield from self._encode(split, prepared, entry)
            else:
                self._encoded[entry] = self._found(split, entry)
        return self._encoded[entry]

    def _encode(self, split: Split, prepared: PreparedSource, entry: Path) -> Steps[Source]:
        if self.context.cache.has(entry) and not self.again:  # another process was at it
            return self._found(split, entry)
        try:
            yield from self._write_features(prepared, entry)
        except TooLarge as fault:
            against = _against(fault)
            if self.backbone is not self.context.cell.backbone:
                raise UnsuitableError(
                    f"features of {self.backbone.spelled()} would take {against}"
                ) from fault
            self.fresh.add("features")
            self.notes.append(f"{split}: encoded again for each batch, as features would take {against}")
            return UnencodedSource(prepared.examples, self.context.task)
        return EncodedSource(FeatureReader(entry), self.context.task)

    def _write_features(self, prepared: PreparedSource, entry: Path) -> Steps[None]:
        data = SplitData(self.context, prepared)
        encoder = self.encoder()
        alone = len(data) <= self.context.settings.eval_batch_size
        with (
            self.context.cache.building(entry) as folder,
            ArraysWriter(folder) as arrays,
            evaluating(encoder),
        ):
            writer = FeatureWriter(arrays, self.parts)
            examples, began = 0, perf_counter()
            for number, batch in enumerate(data.batches()):
                with torch.inference_mode(), self.context.autocast():
                    features = encode(encoder, batch)
                writer.add(batch.indices, features, prepared.examples.targets(np.asarray(batch.indices)))
                if number == 0:
                    self.context.cache.check(writer.estimate(len(data), data.lengths))
                if number == 0 and not alone:
                    began = perf_counter()
                else:
                    examples += batch.size
                yield Step(batch.size)
            writer.close(Cost(examples, perf_counter() - began), prepared.examples.remarks)

    def _found(self, split: Split, entry: Path) -> EncodedSource:
        features = FeatureReader(entry)
        self._note(split, features.remarks)
        before = self.cached.get("encode", Cost(0, 0.0))
        examples, seconds = before.examples + features.cost.examples, before.seconds + features.cost.seconds
        self.cached["encode"] = Cost(examples, seconds)
        return EncodedSource(features, self.context.task)

    def _note(self, split: Split, remarks: Mapping[str, int]) -> None:
        count = len(self.selection.subsets[split].positions)
        who = "" if self.backbone is self.context.cell.backbone else f"{self.backbone.spelled()}, "
        for remark, number in remarks.items():
            note = f"{who}{split}: {number} of {count} examples were {remark}"
            self.notes += [note] if note not in self.notes else []

    def _versions(self, *kinds: str) -> dict[str, str]:
        """Return the versions of the cell's plugins of these kinds: what is kept depends on no others."""
        cell = self.context.cell
        values = {"backbone": self.backbone, "dataset": cell.dataset, "task": cell.task}
        keys = [f"{kind}/{values[kind].name}" for kind in kinds]
        return {key: cell.versions[key] for key in keys if key in cell.versions}


def _against(fault: TooLarge) -> str:
    size, limit = (f"{value / 2**30:.3g} GiB" for value in (fault.size, fault.limit))
    return f"about {size} and the cache may take {limit} (--cache-limit)"
