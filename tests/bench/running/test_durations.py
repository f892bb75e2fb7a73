"""What is known of how long cells take, by those like them."""

from __future__ import annotations

from pathlib import Path

import pytest

import fakes
import trials
from bench import Settings
from bench.planning.cell import Cell
from bench.running.durations import Durations, Likeness


def cell(seed: int = 0, **changes: object) -> Cell:
    return fakes.cell(trials.Idle(), seed=seed, **changes)


def learnt(folder: Path, *ends: tuple[Cell, float, str]) -> Durations:
    durations = Durations()
    for each, seconds, status in ends:
        durations.learn(trials.trial(each, folder).model_copy(update={"seconds": seconds, "status": status}))
    return durations


def test_nothing_is_known_of_cells_unlike_all_others(tmp_path: Path) -> None:
    known = learnt(tmp_path, (cell(), 3.0, "done"), (cell(dataset=fakes.Points(size=30)), 9.0, "failed"))
    assert known.of(Likeness.of_cell(cell(dataset=fakes.Points(size=30)))) is None


@pytest.mark.parametrize(
    "alike", [{"seed": 1}, {"settings": Settings(batch_size=4)}], ids=["seed", "settings"]
)
def test_a_cell_takes_as_long_as_the_last_of_its_like(tmp_path: Path, alike: dict[str, object]) -> None:
    known = learnt(tmp_path, (cell(), 3.0, "done"), (cell(2), 5.0, "done"))
    assert known.of(Likeness.of_cell(cell(**alike))) == 5.0


def test_the_same_row_tells_more_than_other_settings(tmp_path: Path) -> None:
    other = cell(settings=Settings(batch_size=4))
    known = learnt(tmp_path, (cell(), 3.0, "done"), (other, 5.0, "done"))
    assert known.of(Likeness.of_cell(cell(1))) == 3.0
