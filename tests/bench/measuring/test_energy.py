"""Joules that counters are known to have counted."""

from __future__ import annotations

from pathlib import Path

import pytest

import fakes
import trials
from bench import Step
from bench.measuring.energy import READING_SECONDS, Energy, EnergyGauge, Rapl

RANGE = 65_532_610_987


def zone(folder: Path, number: str, name: str, microjoules: int = 0) -> Path:
    """A counter as Linux shows it."""
    place = folder / f"intel-rapl:{number}"
    place.mkdir(parents=True, exist_ok=True)
    (place / "name").write_text(f"{name}\n")
    (place / "max_energy_range_uj").write_text(f"{RANGE}\n")
    count(place, microjoules)
    return place


def count(place: Path, microjoules: int) -> None:
    (place / "energy_uj").write_text(f"{microjoules}\n")


class Battery:
    """A counter that tells what it is told to."""

    def __init__(self, *joules: float | None) -> None:
        self.left = list(joules)

    def joules(self) -> float | None:
        return self.left.pop(0)


def test_packages_are_added_up_and_nothing_within_or_around_them(tmp_path: Path) -> None:
    packages = [zone(tmp_path, "0", "package-0", 5_000_000), zone(tmp_path, "1", "package-1", 7_000_000)]
    others = [zone(tmp_path, "0:0", "core"), zone(tmp_path, "0:1", "dram"), zone(tmp_path, "2", "psys")]
    rapl = Rapl(tmp_path)
    assert rapl.joules() == 0
    for place in others:
        count(place, 10**9)
    count(packages[0], 5_000_000 + 1_500_000)
    count(packages[1], 7_000_000 + 250_000)
    assert rapl.joules() == pytest.approx(1.75)
    assert rapl.joules() == pytest.approx(1.75)


def test_a_counter_that_begins_anew_goes_on(tmp_path: Path) -> None:
    package = zone(tmp_path, "0", "package-0", RANGE - 1_000_000)
    rapl = Rapl(tmp_path)
    rapl.joules()
    count(package, 2_000_000)
    assert rapl.joules() == pytest.approx(3)
    count(package, 4_000_000)
    assert rapl.joules() == pytest.approx(5)


def test_where_there_is_no_counter_nothing_is_told(tmp_path: Path) -> None:
    assert Rapl(tmp_path).joules() is None
    assert Rapl(tmp_path / "nowhere").joules() is None


def test_nor_where_it_may_not_be_read(tmp_path: Path) -> None:
    package = zone(tmp_path, "0", "package-0")
    (package / "energy_uj").unlink()
    (package / "energy_uj").mkdir()  # no more readable than root's file is to others
    assert Rapl(tmp_path).joules() is None


def test_each_phase_has_what_was_taken_in_it(tmp_path: Path) -> None:
    gauge = EnergyGauge(trials.live(tmp_path), "a battery", Battery(100, 101, 103, 107, 115, 131, 163))
    gauge.enter("train")  # 101
    gauge.enter("encode")  # 103
    gauge.leave("encode")  # 107
    gauge.leave("train")  # 115
    gauge.enter("evaluate")  # 131: what was between the two is of neither
    gauge.leave("evaluate")  # 163
    reading = gauge.close({})
    assert trials.columns(reading) == {
        "energy_method": "a battery",
        "train_joules": 2 + 8,
        "encode_joules": 4,
        "evaluate_joules": 32,
    }
    assert trials.undeclared(Energy, reading) == []


def test_a_long_phase_is_read_on_the_way(tmp_path: Path) -> None:
    battery = Battery(0, 0, 1, 2, 3)
    gauge = EnergyGauge(trials.live(tmp_path), "a battery", battery)
    gauge.enter("train")
    gauge.step(Step(1))
    assert battery.left == [1, 2, 3]
    gauge.read_at -= READING_SECONDS
    gauge.step(Step(1))
    gauge.step(Step(1))
    assert battery.left == [2, 3]
    gauge.leave("train")
    assert gauge.close({})["train"]["joules"] == 2


def test_a_counter_that_fails_on_the_way_tells_nothing(tmp_path: Path) -> None:
    gauge = EnergyGauge(trials.live(tmp_path), "a battery", Battery(0, 1, None))
    gauge.enter("train")
    gauge.leave("train")
    assert gauge.close({}) == {}


def test_a_cell_has_joules_or_nothing(tmp_path: Path) -> None:
    record = trials.done(fakes.cell(trials.Nothing()), tmp_path, [Energy()])
    assert record.notes == []
    assert (record.resources["throughput"] == {}) == (Rapl().joules() is None)
