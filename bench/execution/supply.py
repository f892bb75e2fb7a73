"""What a cell is fed with: the examples of its splits, prepared and encoded, once where they can be kept."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, cast

import numpy as np
import torch
from torch import nn

from ..api import Cost, DatasetInfo, Split, Step, Steps
from ..errors import UnsuitableError
from ..training import evaluating
from . import device as devices
from .arrays import Array, ArraysWriter
from .cache import TooLarge
from .data import EncodedSource, PreparedSource, Source, SplitData, UnencodedSource
from .examples import Examples, FreshExamples, KeptExamples
from .features import FORMAT, FeatureReader, FeatureWriter, encoder_digest
from .prepared import Preparation, dataset_info, dataset_strata, keep
from .splits import Selection, select

if TYPE_CHECKING:
    from .live import LiveRun


class Supply:
    """The data of a run.

    `cached` is what was found on disk, and its cost. `anew` are the kinds of things that are too large
    to be kept and are made for each batch; `notes` tells of each.
    """

    def __init__(self, run: LiveRun) -> None:
        self.run = run
        self.cached: dict[str, Cost] = {}
        self.anew: set[str] = set()
        self.notes: list[str] = []
        self._preparations: dict[Split, Preparation] = {}
        self._prepared: dict[Split, PreparedSource] = {}
        self._encoded: dict[Path, Source] = {}

    @cached_property
    def info(self) -> DatasetInfo:
        """What is known of the data set."""
        return dataset_info(self.run.cell.dataset, self._versions("dataset"), self.run.cache)

    @cached_property
    def selections(self) -> dict[Split, Selection]:
        """The examples of each split."""
        return select(self.info, self.run.limits, self._strata)

    def _strata(self, split: Split) -> Array | None:
        return dataset_strata(self.run.cell.dataset, split, self._versions("dataset"), self.run.cache)

    def prepared(self, split: Split) -> PreparedSource:
        """Return a split, prepared; raises UnsuitableError if the data set does not have it."""
        if split not in self._prepared:
            preparation = self._preparation(split)
            with self.run.phase("prepare"):
                self._prepared[split] = PreparedSource(self._examples(split, preparation), self.run.task)
        return self._prepared[split]

    def _examples(self, split: Split, preparation: Preparation) -> Examples:
        try:
            return KeptExamples(keep(preparation, self.run.cache))
        except TooLarge as fault:
            self.anew.add("examples")
            fresh = FreshExamples(preparation)
            unsorted = " and not sorted by length" if fresh.ragged else ""
            self.notes.append(
                f"{split}: prepared anew for each batch{unsorted}, as it would take {_against(fault)}"
            )
            return fresh

    def _preparation(self, split: Split) -> Preparation:
        if split not in self.selections:
            raise UnsuitableError(f"data set '{self.run.cell.dataset.spelled()}' has no {split} examples")
        if split not in self._preparations:
            self._preparations[split] = Preparation(
                self.run.cell.dataset,
                self.run.task,
                self.run.encoder.processor,
                self.selections[split],
                self._versions("backbone", "dataset", "task"),
                torch.get_num_threads(),
            )
        return self._preparations[split]

    def encoded(self, split: Split) -> Steps[Source]:
        """Run the encoder over a split, unless its features are on disk, and return them.

        They are found again only by a cell that would compute them in the same way on the same kind of
        device: else their last bits, and the speed they were made at, would be another cell's. Where they
        would be too large to be kept, it is the prepared examples that are returned.
        """
        entry = self.run.cache.entry(
            "features",
            {
                "format": FORMAT,
                "encoder": encoder_digest(cast(nn.Module, self.run.encoder)),
                "backbone": self.run.cell.identities.of(self.run.cell.backbone),
                "version": self._versions("backbone"),
                "data": self._preparation(split).key,
                "parts": sorted(self.run.task.reads),
                "precision": self.run.precision,
                "compile": self.run.settings.compile,
                "device": [self.run.device.type, devices.device_name(self.run.device)],
                "threads": torch.get_num_threads(),
                "batch_size": self.run.settings.eval_batch_size,
            },
        )
        if entry not in self._encoded:
            if self.run.anew or not self.run.cache.has(entry):
                prepared = self.prepared(split)
                with self.run.phase("encode"), self.run.cache.claim(entry):
                    self._encoded[entry] = yield from self._encode(split, prepared, entry)
            else:
                self._encoded[entry] = self._found(entry)
        return self._encoded[entry]

    def _encode(self, split: Split, prepared: PreparedSource, entry: Path) -> Steps[Source]:
        if self.run.cache.has(entry) and not self.run.anew:  # another process was at it
            return self._found(entry)
        try:
            yield from self._write_features(prepared, entry)
        except TooLarge as fault:
            self.anew.add("features")
            self.notes.append(
                f"{split}: encoded anew for each batch, as features would take {_against(fault)}"
            )
            return UnencodedSource(prepared.examples, self.run.task)
        return EncodedSource(FeatureReader(entry), self.run.task)

    def _write_features(self, prepared: PreparedSource, entry: Path) -> Steps[None]:
        data = SplitData(self.run, prepared)
        encoder = cast(nn.Module, self.run.encoder)
        alone = len(data) <= self.run.settings.eval_batch_size
        with self.run.cache.building(entry) as folder, ArraysWriter(folder) as arrays, evaluating(encoder):
            writer = FeatureWriter(arrays, self.run.task.reads)
            examples, began = 0, perf_counter()
            for number, batch in enumerate(data.batches()):
                with torch.inference_mode(), self.run.autocast():
                    features = self.run.encoder(batch.inputs)
                writer.add(batch.indices, features, prepared.examples.targets(np.asarray(batch.indices)))
                if number == 0:
                    self.run.cache.check(writer.estimate(len(data), data.lengths))
                if number == 0 and not alone:
                    began = perf_counter()
                else:
                    examples += batch.size
                yield Step(batch.size)
            writer.close(Cost(examples, perf_counter() - began))

    def _found(self, entry: Path) -> EncodedSource:
        features = FeatureReader(entry)
        before = self.cached.get("encode", Cost(0, 0.0))
        examples, seconds = before.examples + features.cost.examples, before.seconds + features.cost.seconds
        self.cached["encode"] = Cost(examples, seconds)
        return EncodedSource(features, self.run.task)

    def _versions(self, *kinds: str) -> dict[str, str]:
        """Return the versions of the plugins that made something: what else is used does not matter to it."""
        return {key: value for key, value in self.run.cell.versions.items() if key.split("/")[0] in kinds}


def _against(fault: TooLarge) -> str:
    size, limit = (f"{value / 2**30:.3g} GiB" for value in (fault.size, fault.limit))
    return f"about {size} and the cache may take {limit} (--cache-limit)"
