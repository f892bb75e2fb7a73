"""JSON of pytest-benchmark: its own statistics say the same, and its own command compares it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_benchmark.stats import Stats

from bench import BenchError, Sheet
from bench.records.record import Facts, Record
from bench.reporting.exporters.pytest_benchmark import PytestBenchmark
from bench.reporting.sheet import make_sheet


def document(sheet: Sheet) -> dict[str, object]:
    return json.loads(PytestBenchmark().export(sheet)["benchmark.json"])


def compare(*files: Path, by: str = "group") -> str:
    command = [sys.executable, "-m", "pytest_benchmark", "compare", f"--group-by={by}", *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Failed to load" not in done.stdout + done.stderr
    return done.stdout


def test_pytest_benchmark_compares_rows(sheet: Sheet, tmp_path: Path) -> None:
    file = tmp_path / "0001_ours.json"
    file.write_bytes(PytestBenchmark().export(sheet)["benchmark.json"])
    told = compare(file)
    assert "benchmark 'digits: train_samples_per_s': 2 tests" in told
    assert "benchmark 'digits: latency_ms': 2 tests" in told
    assert "train_samples_per_s[resnet · fine-tune · digits]" in told
    [line] = [line for line in told.splitlines() if line.startswith("train_samples_per_s[resnet")]
    assert "9.9010 " in line  # 1 / 101 of a second is the median, in milliseconds


def test_pytest_benchmark_compares_two_results(
    sheet: Sheet, record: Callable[..., Record], tmp_path: Path
) -> None:
    slower = record("resnet", accuracy=0.5, resources={"throughput": {"train": {"samples_per_s": 50.0}}})
    for name, found in (("0001_a.json", sheet), ("0002_b.json", make_sheet([slower]))):
        (tmp_path / name).write_bytes(PytestBenchmark().export(found)["benchmark.json"])
    told = compare(tmp_path / "0001_a.json", tmp_path / "0002_b.json", by="fullname")
    assert "train_samples_per_s[resnet · fine-tune · digits]': 2 tests" in told
    assert "20.0000" in told


def test_the_statistics_are_pytest_benchmark_s(sheet: Sheet) -> None:
    for found in document(sheet)["benchmarks"]:
        stats = found["stats"]
        expected = Stats()
        for time in stats["data"]:
            expected.update(time)
        assert stats.keys() - {"data", "iterations"} == set(Stats.fields)
        for name in ("min", "max", "mean", "stddev", "rounds", "median", "ops", "total"):
            assert stats[name] == pytest.approx(getattr(expected, name))


def test_rounds_are_seeds_and_runs_in_seconds_a_sample(record: Callable[..., Record]) -> None:
    again = [{"throughput": {"train": {"samples_per_s": 50.0}}}]
    records = [
        record(
            accuracy=0.5,
            seed=seed,
            resources={"throughput": {"train": {"samples_per_s": 100.0}, "": {"latency_ms": 2.0}}},
            repeats=again,
        )
        for seed in range(2)
    ]
    speed, latency = document(make_sheet(records))["benchmarks"]
    assert speed["stats"]["data"] == [0.01, 0.02, 0.01, 0.02]
    assert latency["stats"]["data"] == [0.002, 0.002]
    assert speed["extra_info"]["seeds"] == [0, 1]
    assert speed["extra_info"]["precision"] == "fp32"
    assert speed["params"]["backbone"] == "timm/resnet18"


def test_machines_have_files_of_their_own_and_unlike_conditions_are_not_mixed(
    record: Callable[..., Record],
) -> None:
    def measured(seed: int, machine: str, threads: int) -> Record:
        return record(
            accuracy=0.5,
            seed=seed,
            resources={"throughput": {"train": {"samples_per_s": 100.0}}},
            machine={"id": machine},
            effective={"device": "cpu", "precision": "fp32", "threads": threads},
        )

    sheet = make_sheet([measured(0, "a", 1), measured(1, "a", 2), measured(0, "b", 1)])
    files = PytestBenchmark().export(sheet)
    assert files.keys() == {"benchmark-a.json", "benchmark-b.json"}
    names = [[found["name"] for found in json.loads(file)["benchmarks"]] for file in files.values()]
    title = "train_samples_per_s[timm/resnet18 · fine-tune · digits"
    assert names == [[f"{title} · threads 1]", f"{title} · threads 2]"], [f"{title}]"]]


def test_speeds_that_were_found_in_the_cache_do_not_count(record: Callable[..., Record]) -> None:
    records = [
        record(
            accuracy=0.5,
            seed=seed,
            resources={"throughput": {phase: {"samples_per_s": 100.0} for phase in ("train", "encode")}},
        )
        for seed in range(2)
    ]
    records[1].resources["throughput"]["encode"]["cached"] = True
    records[1].figures["throughput"]["cached"] = Facts(headline=1, role="cached")
    train, encode = document(make_sheet(records))["benchmarks"]
    assert [found["stats"]["rounds"] for found in (train, encode)] == [2, 1]
    assert encode["extra_info"]["seeds"] == [0]


def test_without_times_there_is_nothing_to_write(record: Callable[..., Record]) -> None:
    with pytest.raises(BenchError, match="no cell has measured a time or a speed"):
        PytestBenchmark().export(make_sheet([record(accuracy=0.5)]))
