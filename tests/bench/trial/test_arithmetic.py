"""What torch is told of its arithmetic, by a cell and by a model that was kept of one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

import bench
import fakes
import trials
from bench.records.store import Store
from bench.registry import Owner, Registered
from bench.trial.arithmetic import steady_arithmetic
from bench.trial.kept import cell_model

FOUND: list[bool] = []


class Looks(trials.Idle):
    """Notes whether convolutions might run in TF32."""

    name = "looks"

    def train(self, run: bench.Run) -> bench.Steps[None]:
        FOUND.append(torch.backends.cudnn.allow_tf32)
        yield from ()


@pytest.fixture(autouse=True)
def _as_torch_is_at_first() -> Iterator[None]:
    def reset() -> None:
        torch.use_deterministic_algorithms(False)
        torch.utils.deterministic.fill_uninitialized_memory = True
        torch.backends.cudnn.allow_tf32 = True

    FOUND.clear()
    reset()
    yield
    reset()


def test_algorithms_are_deterministic_on_a_cpu_alone() -> None:
    steady_arithmetic(torch.device("cpu"))
    assert torch.are_deterministic_algorithms_enabled()
    assert torch.is_deterministic_algorithms_warn_only_enabled()
    assert not torch.utils.deterministic.fill_uninitialized_memory  # type: ignore[attr-defined]
    steady_arithmetic(torch.device("cuda"))
    assert not torch.are_deterministic_algorithms_enabled()


def test_convolutions_are_in_fp32_in_a_cell_and_in_what_is_kept_of_it(tmp_path: Path) -> None:
    registry = fakes.registry()
    registry.entries["objective"]["looks"] = Registered(Looks, Owner("looks", "tests", "0"))
    record = trials.done(fakes.cell(Looks()), tmp_path, keep_encoder=True)
    assert FOUND == [False]
    torch.backends.cudnn.allow_tf32 = True
    with cell_model(Store(tmp_path / "results"), record, registry, "cpu") as run:
        assert run.precision == "fp32"
        assert not torch.backends.cudnn.allow_tf32
        assert torch.are_deterministic_algorithms_enabled()
