"""A stranger's package, really installed: found, checked, mixed with built-ins; and what if it is broken."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bench.cli.main import call

EXAMPLE = Path(__file__).parent / "example-package"
ENTRY_POINTS = ["conv1d", "frequency-regression", "linear-probe-then-fine-tune", "waves"]

MIXED = """
device: cpu
defaults: {batch_size: 16, threads: 1}
parents:
  sines: {objective: fine-tune, dataset: {name: waves, shapes: [sine], size: 40}, limits: {steps: 4}}
matrix:
  backbone: [conv1d/small, {name: conv1d/small, as: pretrained on sines, from: sines}]
  objective:
    - {name: feature-extract, epochs: 20}
    - {name: fine-tune, lr: 0.01, epochs: 8}
    - {name: gradual-unfreeze, lr: 0.01}
    - {name: linear-probe-then-fine-tune, lr: 0.01, epochs: 8}
  dataset: [{name: waves, size: 240, task: {name: frequency-regression, loudness: 2}}]
include:
  - backbone: [{name: cifar/resnet20, weights: none}]
    objective: [linear-probe-then-fine-tune]
    dataset: [digits]
    steps: [3]
    train_examples: [32]
    val_examples: [16]
    test_examples: [16]
"""

BUILT_INS = """
device: cpu
executor: inline
limits: {steps: 2, train_examples: 32, val_examples: 16, test_examples: 16}
matrix: {backbone: {name: cifar/resnet20, weights: none}, objective: fine-tune, dataset: digits}
"""


def install(source: Path, target: Path) -> None:
    """Install a package as `pip install` does, metadata included, into a folder of its own."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command += ["--no-index", "--no-deps", "--no-build-isolation", "--target", str(target), str(source)]
    subprocess.run(command, check=True)


class Bench:
    """The command `bench`, where a package is installed besides."""

    def __init__(self, site: Path, folder: Path) -> None:
        self.folder = folder
        self.environment = {**os.environ, "PYTHONPATH": str(site)}

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "bench", *arguments]
        return subprocess.run(
            command, capture_output=True, text=True, check=False, cwd=self.folder, env=self.environment
        )

    def suite(self, text: str, name: str = "suite.yaml") -> str:
        (self.folder / name).write_text(text)
        return name

    def plugins(self) -> dict[str, dict[str, str]]:
        return {row["name"]: row for row in json.loads(self("list", "plugins", "--json").stdout)}

    def records(self) -> list[dict]:
        return [json.loads(path.read_text()) for path in self.folder.glob("results/*/cells/*.json")]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    target = tmp_path_factory.mktemp("site")
    install(EXAMPLE, target)
    return target


@pytest.fixture(scope="module")
def broken_site(tmp_path_factory):
    """The package, with an import inside that fails."""
    source = tmp_path_factory.mktemp("source") / "bench-waves"
    shutil.copytree(EXAMPLE, source)
    (source / "bench_waves" / "__init__.py").write_text("import a_package_that_is_not_there\n")
    target = tmp_path_factory.mktemp("broken")
    install(source, target)
    return target


@pytest.fixture
def bench(site, tmp_path):
    return Bench(site, tmp_path)


@pytest.fixture
def broken(broken_site, tmp_path):
    return Bench(broken_site, tmp_path)


def test_it_is_found_by_its_metadata(bench):
    plugins = bench.plugins()
    for name in ENTRY_POINTS:
        assert plugins[name] == {"name": name, "from": "bench-waves 0.1.0", "status": "ok"}


def test_without_it_nothing_of_it_is_known(tmp_path):
    assert not set(ENTRY_POINTS) & set(Bench(tmp_path, tmp_path).plugins())


def test_it_keeps_the_contracts(bench):
    done = bench("check", "bench_waves")
    assert done.returncode == 0, done.stdout + done.stderr
    assert sorted(line.split() for line in done.stdout.splitlines()) == [
        ["ok", "backbone", "conv1d"],
        ["ok", "dataset", "waves"],
        ["ok", "objective", "linear-probe-then-fine-tune"],
        ["ok", "task", "frequency-regression"],
    ]


def test_it_mixes_with_built_ins(bench):
    done = bench("run", bench.suite(MIXED))
    assert done.returncode == 0, done.stderr
    records = bench.records()
    assert len(records) == 2 * 4 + 1 + 1  # the matrix, the parent, the cell on digits
    assert {record["status"] for record in records} == {"done"}

    on_waves = [record for record in records if record["labels"]["dataset"] == "waves"]
    assert {record["labels"]["backbone"] for record in on_waves} == {"conv1d/small", "pretrained on sines"}
    for record in on_waves:
        assert (record["primary"], record["figures"]["quality"]["mae"]["better"]) == ("mae", "lower")
        assert record["identity"]["versions"]["backbone/conv1d"] == "0.1.0"
        assert record["cell"]["task"] == {"name": "frequency-regression", "reference": 5.66, "loudness": 2.0}
    # Whoever always says the middle of octaves spread evenly over three is off by 0.75.
    errors = {
        record["cell"]["objective"]["name"]: record["quality"]["test"]["mae"]
        for record in on_waves
        if record["labels"]["backbone"] == "conv1d/small"
    }
    assert errors["fine-tune"] < 0.2
    assert errors["linear-probe-then-fine-tune"] < 0.2

    (on_digits,) = [record for record in records if record["labels"]["dataset"] == "digits"]
    assert on_digits["primary"] == "accuracy"
    assert "waves" in done.stdout


def test_its_names_complete_in_editors(bench):
    assert "linear-probe-then-fine-tune" in bench("schema").stdout


def test_broken_it_is_listed_with_its_reason(broken):
    plugins = broken.plugins()
    for name in ENTRY_POINTS:
        assert plugins[name]["status"] == (
            "broken: ModuleNotFoundError: No module named 'a_package_that_is_not_there'"
        )
    assert {row["status"] for name, row in plugins.items() if name not in ENTRY_POINTS} == {"ok"}


def test_broken_it_fails_its_check(broken):
    done = broken("check", "bench-waves")
    assert done.returncode == 3
    assert [line.split()[:2] for line in done.stdout.splitlines()] == [["BROKEN", n] for n in ENTRY_POINTS]


def test_broken_it_stops_no_other(broken):
    done = broken("run", broken.suite(BUILT_INS))
    assert done.returncode == 0, done.stderr
    assert [record["status"] for record in broken.records()] == ["done"]


def test_broken_it_stops_who_asks_for_it(broken):
    suite = broken.suite("matrix:\n  backbone: conv1d/small\n  objective: fine-tune\n  dataset: digits\n")
    done = broken("run", suite)
    assert done.returncode == 2
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("bench: suite.yaml:2:13: matrix.backbone: unknown backbone 'conv1d'")
    assert "conv1d (bench-waves 0.1.0) is broken: ModuleNotFoundError" in line
    assert not (broken.folder / "results").exists()


def test_a_plugin_can_be_one_file(tmp_path, monkeypatch):
    """What a package brings, a file can bring too."""
    bench = Bench(tmp_path, tmp_path)
    shutil.copy(EXAMPLE / "bench_waves" / "linear_probe_then_fine_tune.py", tmp_path / "mine.py")
    suite = bench.suite(BUILT_INS.replace("objective: fine-tune", "objective: linear-probe-then-fine-tune"))
    monkeypatch.chdir(tmp_path)
    assert call(["run", suite]) == 2
    assert call(["run", suite, "--plugin", "mine.py"]) == 0
    (record,) = bench.records()
    assert record["status"] == "done"
    assert record["labels"]["objective"] == "linear-probe-then-fine-tune"


def test_a_file_that_is_broken_stops_only_who_asks_for_it(tmp_path):
    bench = Bench(tmp_path, tmp_path)
    (tmp_path / "mine.py").write_text("1 / 0\n")
    assert bench("plan", bench.suite(BUILT_INS), "--plugin", "mine.py").returncode == 0
    asking = bench.suite(BUILT_INS.replace("fine-tune", "mine"))
    done = bench("plan", asking, "--plugin", "mine.py")
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert "unknown objective 'mine'" in line
    assert "is broken: ZeroDivisionError: division by zero" in line
