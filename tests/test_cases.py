"""Cases made from public reports of other tools' faults, each run as its suite says, held to what is right.

Each has a folder with `make.py`, which writes the data into the current folder, `suite.yaml`, and
`expect.txt` with the source and the right outcome.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench.cli.main import call

CASES = Path(__file__).resolve().parents[2] / "shared" / "cases"


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Make a case by its number in an empty folder, and go there."""

    def make(number: str) -> None:
        found = sorted(CASES.glob(f"{number}-*"))
        if not found:
            pytest.skip(f"needs case {number} in {CASES}")
        monkeypatch.chdir(tmp_path)
        subprocess.run([sys.executable, found[0] / "make.py"], check=True)
        shutil.copyfile(found[0] / "suite.yaml", "suite.yaml")

    return make


def records() -> list[dict[str, Any]]:
    """What the cells left, in the order they were run."""
    found = [json.loads(path.read_text()) for path in Path("results").glob("*/cells/*.json")]
    return sorted(found, key=lambda record: record["started"])


def run(*options: str) -> int:
    """Run the suite here in this process."""
    return call(["run", "suite.yaml", "--executor", "inline", *options])


def test_01_rows_with_more_fields_than_the_header(case, capsys):
    case("01")
    assert run() == 2
    err = capsys.readouterr().err
    assert "d/train.csv, row 1 (line 2): has 3 fields, the header has 2" in err
    assert "e/textfirst.csv, row 3 (line 4): has 3 fields, the header has 2" in err


def test_02_texts_that_begin_with_a_quotation_mark(case, capsys):
    case("02")
    assert run() == 2
    err = capsys.readouterr().err
    assert "d/train.tsv, row 2 (line 3)" in err
    assert "`quoting: none`" in err
    assert run("--set", "matrix.dataset.quoting=none") == 0
    (record,) = records()
    examples = record["data"]["examples"]
    assert (examples["train"] + examples["val"], examples["test"]) == (12, 12)
    assert "test: 12 of 12 examples are also in train" in record["notes"]
    assert (
        "test: 12 of 12 examples are also in train" in next(Path("results").rglob("summary.md")).read_text()
    )


def test_21_a_field_of_200_000_characters(case):
    case("21")
    assert run() == 0
    (record,) = records()
    assert record["status"] == "done"
    # 40,600 words in blocks of up to 80, each 16 sentences of five words.
    assert record["data"]["examples"]["train"] + record["data"]["examples"]["val"] > 500


def test_03_a_training_that_diverges(case):
    case("03")
    assert run() == 1
    assert [record["status"] for record in records()] == ["failed"] * 3
    assert all("has the training diverged?" in record["reason"] for record in records())


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.slow  # making its models takes long; tests of `hf` compare all types of processors
def test_04_images_as_transformers_prepares_them(case):
    case("04")
    assert run() == 0
    assert [record["quality"]["test"]["accuracy"] for record in records()] == [1.0] * 4


def test_05_images_of_sixteen_bits_and_floats(case):
    case("05")
    assert run() == 0
    assert [record["quality"]["test"]["accuracy"] for record in records()] == [1.0] * 3


def test_08_a_folder_of_a_split_in_capitals(case):
    case("08")
    assert run() == 0
    assert {record["data"]["examples"]["test"] for record in records()} == {40}


def test_10_texts_cut_on_the_side_of_their_tokenizer(case):
    case("10")
    assert run() == 0
    (record,) = records()
    assert record["quality"]["test"]["accuracy"] > 0.98
    assert "test: 100 of 100 examples were cut to 16 tokens" in record["notes"]
