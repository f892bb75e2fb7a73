"""Streams of random numbers: by seed and purpose, and nothing else."""

from __future__ import annotations

import random
import subprocess
import sys

import numpy as np
import pytest
import torch

from bench.feeding.seeding import derive, generator, seed_globals, seeded


def draw() -> tuple[float, float, float]:
    return random.random(), float(np.random.random()), float(torch.rand(()))


def test_each_seed_and_purpose_has_a_stream_of_its_own() -> None:
    seeds = {derive(seed, *purpose) for seed in (0, 1, 10) for purpose in ((), ("a",), ("a", 1), ("b",))}
    assert len(seeds) == 12
    assert all(0 <= seed < 2**63 for seed in seeds)


def test_streams_are_the_same_in_every_process() -> None:
    code = "from bench.feeding.seeding import derive; print(derive(3, 'batches', 7))"
    fresh = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(fresh.stdout) == derive(3, "batches", 7)


def test_all_global_generators_are_seeded() -> None:
    seed_globals(1, "train")
    first = draw()
    seed_globals(1, "train")
    assert draw() == first
    seed_globals(2, "train")
    assert all(one != other for one, other in zip(draw(), first, strict=True))


def test_for_a_while_the_stream_is_another_and_then_goes_on() -> None:
    seed_globals(1, "train")
    expected = [draw(), draw()]
    seed_globals(1, "train")
    got = [draw()]
    with seeded(1, "head"):
        first = draw()
        with seeded(1, "encoder"):
            draw()
    with seeded(1, "head"):
        assert draw() == first
    with pytest.raises(ZeroDivisionError), seeded(1, "head"):
        raise ZeroDivisionError
    got.append(draw())
    assert got == expected


def test_a_generator_leaves_the_global_ones_alone() -> None:
    seed_globals(1)
    expected = draw()
    seed_globals(1)
    torch.rand(5, generator=generator(1, "mine"))
    assert draw() == expected
