from __future__ import annotations

import csv
import io
import json

import pyarrow.parquet as pq
import pytest

from bench.cli.main import call
from invented import Truth, world

ROWS = [Truth("good", accuracy=0.95), Truth("bad", accuracy=0.8, speed=200.0)]


@pytest.fixture
def root(tmp_path):
    """A results root with two suites."""
    for number, truth in enumerate(ROWS):
        world(number, runs=5).write(tmp_path / "results" / f"suite {number}", [truth])
    return tmp_path / "results"


def test_all_suites_of_a_root_are_in_one_table(root, capsys):
    assert call(["leaderboard", str(root)]) == 0
    out = capsys.readouterr().out
    assert out.startswith("digits, test accuracy: good · fine-tune")
    assert "## leaderboard\n\n| backbone |" in out
    assert out.index("| good |") < out.index("| bad |")
    assert call(["leaderboard", str(root / "suite 0"), str(root / "suite 1")]) == 0
    assert capsys.readouterr().out == out


def test_every_writer_serves_it(root, capsys):
    assert call(["leaderboard", str(root), "--format", "csv", "--sort", "train_samples_per_s"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["backbone"] for row in rows] == ["bad", "good"]
    assert call(["leaderboard", str(root), "--format", "json"]) == 0
    assert [row["backbone"] for row in json.loads(capsys.readouterr().out)["tables"]["leaderboard"]] == [
        *("good", "bad"),
    ]


def test_parquet_goes_into_a_file(root, tmp_path, capsys):
    path = tmp_path / "board.parquet"
    assert call(["leaderboard", str(root), "--to", str(path), "--only", "good"]) == 0
    assert capsys.readouterr().out == ""
    assert pq.read_table(path).column("backbone").to_pylist() == ["good"]


def test_columns_and_data_sets_are_chosen(root, capsys):
    assert call(["leaderboard", str(root), "--columns", "accuracy", "--dataset", "digits"]) == 0
    out = capsys.readouterr().out
    assert "test accuracy" in out
    assert "samples_per_s |" not in out


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["nowhere"], 2, "nowhere: holds no records"),
        (["{root}", "--only", "nobody"], 5, "no cell of these results fits"),
        (["{root}", "--sort", "speed"], 2, "--sort: no column 'speed'"),
        (["{root}", "--to", "board.csv"], 2, "board.csv: --to writes Parquet"),
        (["{root}", "--format", "nothing"], 2, "no writer 'nothing' is installed"),
    ],
)
def test_a_mistake_is_told_in_a_line(root, capsys, arguments, code, told):
    assert call(["leaderboard", *(text.format(root=root) for text in arguments)]) == code
    printed = capsys.readouterr()
    assert printed.err.startswith(f"bench: {told}")
    assert printed.err.count("\n") == 1
