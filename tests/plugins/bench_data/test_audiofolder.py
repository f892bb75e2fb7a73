from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from bench import DataError
from bench_data.audiofolder import AudioFolder
from sounds import file_of, noise

pytest.importorskip("soundfile")


def fill(root: Path, *names: str) -> Path:
    """Write sounds below root, each of its own."""
    for place, name in enumerate(names):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file_of(noise(80 + place, place), kind=path.suffix[1:].upper()))
    return root


def test_folders_are_splits_and_classes(tmp_path):
    fill(tmp_path, "train/yes/a.wav", "train/yes/b.flac", "train/no/c.WAV", "test/yes/a.ogg", "test/no/a.wav")
    (tmp_path / "train" / "yes" / "notes.txt").touch()
    dataset = AudioFolder(path=str(tmp_path))
    dataset.check()
    assert dataset.task == "audio-classification"
    assert dataset.info().classes == ("no", "yes")
    assert dataset.info().sizes == {"train": 3, "test": 2}
    assert dataset.info().extra["passed_over"] == {"folders": [], "files": {".txt": 1}}
    assert [example.target for example in dataset.load("train")] == [0, 1, 1]
    assert [len(example.input.samples) for example in dataset.load("train")] == [82, 80, 81]
    assert len(set(dataset.contents("train"))) == 3


def test_faults_say_where(tmp_path):
    fill(tmp_path, "train/yes/a.wav", "train/no/a.wav")
    (tmp_path / "train" / "no" / "b.wav").write_bytes(b"no sound")
    dataset = AudioFolder(path=str(tmp_path))
    dataset.check()
    assert len(dataset.load("train")) == 3
    with pytest.raises(DataError, match=r"no/b\.wav: not a readable sound") as caught:
        dataset.load("train")[1]
    assert "\n" not in str(caught.value)
    (tmp_path / "train" / "maybe").mkdir()
    with pytest.raises(DataError, match="maybe: a class folder without sounds; fill or remove it"):
        dataset.check()


def test_names_of_files_tell_speakers(tmp_path):
    fill(tmp_path, "train/one/1_ann_0.wav", "train/one/1_bob_0.wav", "train/two/2_ann_0.wav")
    plain = AudioFolder(path=str(tmp_path))
    assert plain.groups("train") is None
    dataset = AudioFolder(path=str(tmp_path), group="_(.+)_")
    dataset.check()
    assert dataset.groups("train") == ["ann", "bob", "ann"]
    assert "group" not in plain.identity()
    assert dataset.identity()["group"] == "_(.+)_"
    with pytest.raises(DataError, match=r"1_ann_0\.wav: nothing in its name matches `group: -\(.\)`"):
        AudioFolder(path=str(tmp_path), group="-(.)").check()


@pytest.mark.parametrize("group", ["_.+_", "("])
def test_patterns_without_a_group(group):
    with pytest.raises(ValidationError):
        AudioFolder(group=group)


def test_new_sounds(tmp_path):
    dataset = AudioFolder(path=str(tmp_path))
    path = fill(tmp_path, "new.wav") / "new.wav"
    (new,) = dataset.new_inputs(path)
    assert np.array_equal(new.read().samples, dataset.new_input(str(path)).samples)
    with pytest.raises(DataError, match="no such file"):
        dataset.new_input(str(tmp_path / "other.wav"))
