"""As many threads as there are free cores, unless somebody has chosen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from bench.trial.threads import threads_for

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def four_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(4)
    yield
    torch.set_num_threads(before)


def unasked() -> int:
    raise AssertionError("nobody should look how busy the machine is")


@pytest.mark.parametrize(("free", "threads"), [(1, 1), (3, 3), (4, 4), (9, 4)])
def test_a_cell_takes_no_more_threads_than_there_are_free_cores(free: int, threads: int) -> None:
    assert threads_for(CPU, None, None, environment={}, free=lambda: free) == threads


@pytest.mark.parametrize(("given", "threads"), [((2, 3), 2), ((None, 3), 3), ((8,), 8)])
def test_what_is_given_is_taken(given: tuple[int | None, ...], threads: int) -> None:
    assert threads_for(CPU, *given, environment={}, free=unasked) == threads


@pytest.mark.parametrize("name", ["OMP_NUM_THREADS", "MKL_NUM_THREADS"])
def test_the_environment_is_the_users_choice(name: str) -> None:
    assert threads_for(CPU, environment={name: "4"}, free=unasked) == 4


def test_where_a_gpu_computes_threads_are_not_what_counts() -> None:
    assert threads_for(torch.device("cuda", 0), environment={}, free=unasked) == 4
