"""What the harness costs around the work: processes, planning, reporting."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from time import perf_counter

from bench import Executor
from bench.planning import Plan, load_suite, make_plan
from bench.registry import Registry, load
from bench.running.executors.inline import Inline
from bench.running.executors.process import Process
from bench.running.runner import Runner
from bench.trial.options import RunOptions
from pairs import Pairs, command

CELLS = 40
TINY = f"""
limits: {{{{train_examples: 100, val_examples: 20, test_examples: 20}}}}
matrix:
  backbone: {{{{name: cifar/resnet20, weights: none, image_size: 8}}}}
  objective: {{{{name: fine-tune, epochs: 1}}}}
  dataset: digits
  seed: [{", ".join(map(str, range(CELLS)))}]
"""
LARGE = """
matrix:
  backbone: [{backbones}]
  objective: [fine-tune, feature-extract, gradual-unfreeze, {{name: fine-tune, lr: 1e-4}}]
  dataset: [digits, {{name: digits, classes: [0, 1, 2, 3, 4]}}]
  batch_size: [16, 32, 64, 128, 256]
  train_examples: [10, 20, 50, 100, 200]
  seed: [{seeds}]
"""


@dataclass
class Silent:
    """A listener that says nothing."""

    def __getattr__(self, name: str) -> object:
        return lambda *_: None


def run(plan: Plan, registry: Registry, executor: Executor, folder: Path) -> float:
    """Run all cells anew; return the seconds it took. Prepared data are in the cache."""
    began = perf_counter()
    options = RunOptions(suite="tiny", folder=folder, cache_folder=folder.parent / "cache")
    plan = replace(plan, suite=replace(plan.suite, executor=executor))
    with executor.open(registry.files, plan.requires) as pool:
        runner = Runner(plan, pool, options, Silent())
        runner.run()
    assert runner.failed == 0
    return perf_counter() - began


def test_a_cell_s_process_costs_less_than_a_third_of_a_second(tmp_path: Path, pairs: Pairs) -> None:
    registry = load([])
    suite = tmp_path / "tiny.yaml"
    suite.write_text(TINY.format())
    plan = make_plan(load_suite(suite, registry), registry)
    assert len(plan.cells) == CELLS
    run(plan, registry, Inline(), tmp_path / "warm-up")
    rounds = pairs.run(
        lambda number: run(plan, registry, Process(), tmp_path / f"process-{number}"),
        lambda number: run(plan, registry, Inline(), tmp_path / f"inline-{number}"),
    )
    overhead = (median(rounds.ours) - median(rounds.rivals)) / CELLS
    pairs.note(overhead=overhead, seconds=rounds.ours, inline_seconds=rounds.rivals)
    assert overhead <= 0.3


def test_a_hundred_thousand_cells_are_planned_in_seconds(tmp_path: Path, pairs: Pairs) -> None:
    models = [f"timm/{name}" for name in ("resnet18", "resnet26", "resnet34", "resnet50", "resnet10t")]
    models += [f"torchvision/{name}" for name in ("resnet18", "resnet50", "vgg11", "vgg16", "alexnet")]
    suite = tmp_path / "large.yaml"
    suite.write_text(LARGE.format(backbones=", ".join(models), seeds=", ".join(map(str, range(50)))))
    ran = []
    pairs.benchmark.pedantic(lambda: ran.append(command("-m", "bench", "plan", suite)), rounds=5)
    assert ran[0].output.splitlines()[-1].endswith("0 done, 0 failed, 100000 to do")
    seconds, peak = median(one.seconds for one in ran), max(one.peak_mib for one in ran)
    pairs.note(seconds=[one.seconds for one in ran], peak_mib=peak)
    assert seconds < 5
    assert peak < 500


def test_ten_thousand_records_are_reported_in_seconds(tmp_path: Path, pairs: Pairs) -> None:
    many_records(tmp_path, 10_000)
    ran = []
    pairs.benchmark.pedantic(
        lambda: ran.append(command("-m", "bench", "report", tmp_path / "results" / "tiny")), rounds=5
    )
    seconds = median(one.seconds for one in ran)
    pairs.note(seconds=[one.seconds for one in ran], peak_mib=max(one.peak_mib for one in ran))
    assert seconds < 5


def many_records(folder: Path, count: int) -> None:
    """Run one real cell, and keep its record under many names, seeds and figures."""
    suite = folder / "tiny.yaml"
    suite.write_text(TINY.format())
    command("-m", "bench", "run", suite, "--seed", 0, "--results", folder / "results")
    cells = folder / "results" / "tiny" / "cells"
    [file] = cells.iterdir()
    record = json.loads(file.read_text())
    for number in range(count):
        name = f"model {number // 5}"
        record["id"], record["row"] = f"{number:016x}", f"{number // 5:016x}"
        record["seed"] = number % 5
        record["labels"]["backbone"] = name
        record["identity"]["backbone"] = record["cell"]["backbone"] = {"name": name}
        record["identity"]["seed"] = record["cell"]["seed"] = number % 5
        record["quality"]["test"]["accuracy"] = number % 97 / 97
        (cells / f"{record['id']}.json").write_text(json.dumps(record, indent=1))
    file.unlink()
