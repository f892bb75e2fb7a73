"""Tables with a column of sounds; those with images are in test_files.py."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from bench import DataError
from bench_audio.speech_recognition import SpeechRecognition
from bench_data.files import Csv, Json, Parquet
from sounds import file_of, noise

pytest.importorskip("soundfile")

NAMES = ("a.wav", "b.flac", "c.wav")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for place, name in enumerate(NAMES):
        (tmp_path / name).write_bytes(file_of(noise(100 + place), kind=name[2:].upper()))
    return tmp_path


def written(folder: Path, kind: str) -> dict[str, Any]:
    """A table of three sounds with words and speakers, and the class that reads it."""
    rows = [(name, word, who) for name, word, who in zip(NAMES, ("yes", "no", "yes"), "xyx", strict=True)]
    header = ("audio", "label", "speaker")
    if kind == "csv":
        with (folder / "t.csv").open("w", newline="") as file:
            csv.writer(file).writerows([header, *rows])
        return {"cls": Csv, "train": str(folder / "t.csv")}
    if kind == "json":
        lines = [json.dumps(dict(zip(header, row, strict=True))) for row in rows]
        (folder / "t.jsonl").write_text("\n".join(lines))
        return {"cls": Json, "train": str(folder / "t.jsonl")}
    content = [(folder / name).read_bytes() for name in NAMES]
    sounds = content if kind == "bytes" else [{"bytes": each, "path": "x.wav"} for each in content]
    columns = {"audio": sounds, "label": [row[1] for row in rows], "speaker": [row[2] for row in rows]}
    parquet.write_table(pa.table(columns), folder / "t.parquet")
    return {"cls": Parquet, "train": str(folder / "t.parquet")}


@pytest.mark.parametrize("kind", ["csv", "json", "bytes", "struct"])
def test_sounds_in_tables(folder, kind):
    made = written(folder, kind)
    dataset = made.pop("cls")(**made, group="speaker")
    dataset.check()
    assert dataset.audio == "audio"
    assert dataset.task == "audio-classification"
    assert dataset.info().classes == ("no", "yes")
    assert dataset.groups("train") == ["x", "y", "x"]
    examples = dataset.load("train")
    assert [example.target for example in examples] == [1, 0, 1]
    assert [len(example.input.samples) for example in examples] == [100, 101, 102]
    assert len(set(dataset.contents("train"))) == 3
    assert list(dataset.load("train").contents()) == list(dataset.contents("train"))
    new = [item.read() for item in dataset.new_inputs(Path(dataset.train))]
    assert all(
        np.array_equal(sound.samples, example.input.samples)
        for sound, example in zip(new, examples, strict=True)
    )


def test_the_texts_of_speech_are_in_columns_of_the_usual_names(folder):
    with (folder / "t.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("audio", "sentence"), ("a.wav", "hello you"), ("b.flac", "so long")])
    dataset = Csv(train=str(folder / "t.csv"), audio="audio", task="speech-recognition")
    served = dataset.serving(SpeechRecognition())
    served.check()
    assert [example.target for example in served.load("train")] == ["hello you", "so long"]
    assert served.info().classes == ()


@pytest.mark.parametrize("given", [{}, {"audio": "audio"}])
def test_a_text_beside_a_sound_is_what_is_said(folder, given):
    (folder / "t.jsonl").write_text('{"text": "hello you", "audio": "a.wav"}\n')
    served = Json(train=str(folder / "t.jsonl"), task="speech-recognition", **given).serving(
        SpeechRecognition()
    )
    (example,) = served.load("train")
    assert (len(example.input.samples), example.target) == (100, "hello you")


def test_inputs_that_a_task_does_not_read(folder):
    made = written(folder, "csv")
    dataset = made.pop("cls")(**{**made, "text": "label", "audio": None})
    with pytest.raises(DataError, match=r"column 'label' is read as text.* give `audio: COLUMN`"):
        dataset.serving(SpeechRecognition())


def test_the_fingerprint_covers_sounds_that_a_file_names(folder):
    made = written(folder, "csv")
    dataset = made.pop("cls")(**made)
    before = dataset.fingerprint()
    (folder / "a.wav").write_bytes(file_of(noise(100, seed=9)))
    assert dataset.fingerprint() != before


def test_faults_say_where(folder):
    made = written(folder, "csv")
    dataset = made.pop("cls")(**made)
    (folder / "b.flac").write_bytes(b"no sound")
    with pytest.raises(DataError, match=r"t\.csv, row 2, column 'audio': not a readable sound: ") as caught:
        dataset.load("train")[1]
    assert "\n" not in str(caught.value)
    (folder / "c.wav").unlink()
    with pytest.raises(DataError, match=r"c\.wav: no such file"):
        dataset.fingerprint()


def test_numbers_are_no_sounds(folder):
    parquet.write_table(pa.table({"audio": [1.5, 2.5], "label": ["a", "b"]}), folder / "t.parquet")
    with pytest.raises(DataError, match="column 'audio' holds double, not sounds"):
        Parquet(train=str(folder / "t.parquet")).info()


def test_one_column_of_inputs(folder):
    made = written(folder, "csv")
    with pytest.raises(DataError, match="give one column of inputs, not `audio:` and `text:`"):
        made.pop("cls")(**made, text="label", audio="audio").check()


@pytest.mark.slow
def test_spoken_digits_are_read(shared_data):
    dataset = Parquet(path=str(shared_data / "fsdd" / "data"), group="speaker")
    dataset.check()
    assert dataset.task == "audio-classification"
    assert dataset.info().sizes == {"train": 2700, "test": 300}
    assert len(dataset.info().classes) == 10
    assert len(set(dataset.groups("train"))) == 6
    sound = dataset.load("test")[0].input
    assert sound.rate == 8000
    assert 0.1 < sound.seconds < 3
