"""The check of executors finds what is wrong with one; a check that cannot fail is worth nothing."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pytest

import bench
import fakes
from bench.registry import Registry
from bench.running.executors.inline import InlineJob, InlinePool
from bench.testing import check


class Here(bench.Executor):
    """Runs cells in this process."""

    name: ClassVar[str] = "here"
    concurrent: ClassVar[bool] = False
    isolated: ClassVar[bool] = False
    spoil: ClassVar[type[InlineJob]] = InlineJob

    def open(self, files: Sequence[Path], modules: Sequence[str]) -> AbstractContextManager[bench.Pool]:
        return nullcontext(HerePool(self.spoil))


class HerePool(InlinePool):
    def __init__(self, handle: type[InlineJob]) -> None:
        super().__init__(Registry())
        self.handle = handle

    def submit(self, job: bench.Job) -> InlineJob:
        return self.handle(job, self.registry)


class Silent(InlineJob):
    def result(self, listen: bench.Listen) -> bench.Result:
        return super().result(lambda progress: None)


class Forgetful(InlineJob):
    def result(self, listen: bench.Listen) -> bench.Result:
        elsewhere = self.job.folder.with_name(f"{self.job.folder.name}-elsewhere")
        self.job = self.job.moved(elsewhere)
        return replace(super().result(listen), folder=Path("nowhere"))


class Unreliable(InlineJob):
    def result(self, listen: bench.Listen) -> bench.Result:
        raise ConnectionError("gone")


def faults(handle: type[InlineJob]) -> list[str]:
    faulty = type("Faulty", (Here,), {"__doc__": "Faulty.", "__module__": __name__, "spoil": handle})
    return check(faulty, fakes.registry())


def test_a_good_executor_has_no_faults() -> None:
    assert check(Here, fakes.registry()) == []


@pytest.mark.parametrize(
    ("handle", "fault"),
    [
        (Silent, "no progress arrives"),
        (Forgetful, "a cell's file does not come back: artifacts/"),
        (Forgetful, "a cell's file does not come back: files/"),
        (Unreliable, "a cell that ends well: failed, the executor failed: ConnectionError: gone"),
        (Unreliable, "a cell that fails with a reason: failed, the executor failed: ConnectionError: gone"),
    ],
)
def test_a_faulty_one_is_told_of_its_faults(handle: type[InlineJob], fault: str) -> None:
    assert fault in "\n".join(faults(handle))
