"""Cells that run out of memory: begun again in smaller parts where that is asked for, and can help."""

from __future__ import annotations

from pathlib import Path

import pytest

import commandline
import fakes
import mischief
import trials
from bench import Settings
from bench.cli.main import call
from bench.records.record import Record
from bench.records.store import Store
from bench.running.shrinking import explained, micro_batches_of, shrunk
from bench_objectives.evaluate import Evaluate
from bench_objectives.feature_extract import FeatureExtract
from bench_vision.contrastive import Contrastive
from bench_vision.gan import Gan
from bench_vision.image_retrieval import ImageRetrieval

SUITE = """
device: cpu
defaults: {batch_size: 16, eval_batch_size: 32, on_oom: %s}
matrix:
  backbone: layers/8
  objective: %s
  dataset: points
"""
GREEDY = "{name: greedy, epochs: 1, most: 4}"


def run(folder: Path, objective: str, on_oom: str, *, code: int) -> Record:
    folder.mkdir()
    (folder / "suite.yaml").write_text(SUITE % (on_oom, objective))
    plugins = ["--plugin", str(fakes.FILE), "--plugin", str(mischief.FILE)]
    places = [str(folder / "suite.yaml"), "--results", str(folder / "results")]
    assert call(["run", *places, "--executor", "inline", *plugins]) == code
    (record,) = Store(folder / "results" / "suite").records()
    return record


def causes(record: Record) -> list[str | None]:
    return [failure.cause for failure in record.failures]


def test_a_cell_begins_again_until_its_parts_fit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shrinking = run(tmp_path / "a", GREEDY, "shrink", code=0)
    failing = run(tmp_path / "b", GREEDY, "fail", code=1)
    assert shrinking.status == "done"
    assert shrinking.effective["micro_batches"] == 4  # 15 examples in a batch of 60 by 16, so four at most
    assert (shrinking.effective["batch_size"], shrinking.effective["eval_batch_size"]) == (16, 8)
    assert causes(shrinking) == ["memory", "memory"]
    assert [failure.reason.split(";")[0] for failure in shrinking.failures] == [
        "MemoryError: no room for 15",
        "MemoryError: no room for 8",
    ]
    assert any("4 parts" in note for note in shrinking.notes)
    assert (failing.status, causes(failing)) == ("failed", ["memory"])
    assert "micro_batches" not in failing.effective
    assert (shrinking.id, shrinking.row, shrinking.cell) == (failing.id, failing.row, failing.cell)
    assert "begun again in less memory: MemoryError: no room for 15" in capsys.readouterr().err


def test_parts_are_no_smaller_than_an_example(tmp_path: Path) -> None:
    record = run(tmp_path / "a", "{name: greedy, most: 0}", "shrink", code=1)
    assert causes(record) == ["memory"] * 6  # 1, 2, 4, 8, 16 and 32 parts
    assert record.reason.endswith("on_oom: shrink cannot help: a part is a single example already")


def test_an_objective_that_needs_whole_batches_says_so(tmp_path: Path) -> None:
    record = run(tmp_path / "a", "{name: mischief, deed: lack}", "shrink", code=1)
    assert causes(record) == ["memory"]
    assert record.reason.endswith("cannot help: objective 'mischief' trains on whole batches")


def test_other_failures_are_left_alone(tmp_path: Path) -> None:
    record = run(tmp_path / "a", "{name: mischief, deed: bug}", "shrink", code=1)
    assert causes(record) == ["exception"]
    assert "on_oom" not in record.reason


def test_it_is_no_axis(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    suite = SUITE % ("fail", GREEDY) + "  on_oom: [fail, shrink]\n"
    (tmp_path / "suite.yaml").write_text(suite)
    assert call(["plan", str(tmp_path / "suite.yaml"), "--plugin", str(fakes.FILE)]) == 2
    assert "matrix.on_oom: unknown key; it belongs under 'defaults'\n" in capsys.readouterr().err


def test_a_further_run_takes_as_many_parts_and_is_not_begun_again(tmp_path: Path) -> None:
    cell = fakes.cell(mischief.Greedy(most=4), settings=Settings(batch_size=16, on_oom="shrink"))
    first = trials.trial(cell, tmp_path)
    again = shrunk(trials.job(cell, tmp_path), first)
    assert again is not None
    assert again.micro_batches == 2
    assert shrunk(trials.job(cell, tmp_path, run=2), first) is None
    assert explained(trials.job(cell, tmp_path, run=2), first) == first
    done = trials.done(cell, tmp_path, micro_batches=4)
    assert shrunk(trials.job(cell, tmp_path, micro_batches=4), done) is None
    assert [micro_batches_of(record) for record in (None, first, done)] == [1, 1, 4]


def test_repeated_runs_are_counted(tmp_path: Path) -> None:
    suite = SUITE % ("shrink", GREEDY)
    plugins = ("--plugin", fakes.FILE, "--plugin", mischief.FILE)
    (record,) = commandline.run_here(suite, tmp_path, "--repeat", "2", *plugins)
    assert record.runs == 2
    assert record.effective["micro_batches"] == 4


def test_what_compares_the_examples_of_a_batch_says_so() -> None:
    assert Contrastive().indivisible() == (
        "objective 'contrastive' compares the images of a batch with each other"
    )
    assert ImageRetrieval().indivisible() == (
        "task 'image-retrieval' compares the images of a batch with each other"
    )
    assert Gan().indivisible() == "objective 'gan' trains on whole batches"
    assert [objective.indivisible() for objective in (FeatureExtract(), Evaluate())] == [None, None]
