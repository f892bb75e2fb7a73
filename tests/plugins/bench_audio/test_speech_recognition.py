from __future__ import annotations

from pathlib import Path

import pytest
import torch

from bench import DatasetInfo, Example, Features, FeatureSpec, NativePart, Sample, UnsuitableError
from bench.records.results import Results
from bench.toolkit.sounds import SoundProcessor
from bench.toolkit.transcribing import ByteCtcHead, Transcriber
from bench_audio.mel_cnn import MelCnn
from bench_audio.speech_recognition import SpeechRecognition
from commandline import run_here
from sounds import tone

INFO = DatasetInfo({"train": 1})
PROCESSOR = SoundProcessor(8_000, 1)

MORSE = """
defaults: {precision: fp32, batch_size: 16}
matrix:
  backbone: {name: mel-cnn, rate: 8000, bands: 32, width: 64}
  objective: {name: fine-tune, epochs: 2}
  dataset: {name: morse, each: 3, task: speech-recognition}
  seed: 0
"""


class Parrot(Transcriber):
    """Says the same of everything."""

    def loss(self, features: Features, texts: list[str]) -> torch.Tensor:
        return torch.zeros(())

    def texts(self, features: Features) -> list[str]:
        return ["hello"] * len(features.maps[-1])


def test_preparing_and_collating():
    task = SpeechRecognition()
    first = task.prepare(Example(tone(440, 0.1), " Seven, eight! "), PROCESSOR)
    second = task.prepare(Example(tone(440, 0.2), "nine"), PROCESSOR)
    batch = task.collate([first, second])
    assert batch.targets == {"text": ["seven eight", "nine"]}
    assert batch.inputs["lengths"].tolist() == [800, 1600]
    assert task.collate([Sample({}, {"text": "a"})]).inputs == {}
    new = task.collate([task.prepare(Example(tone(440, 0.1), None), PROCESSOR)])
    assert new.targets == {}


def test_texts_as_they_stand():
    sample = SpeechRecognition(normalise=False).prepare(Example(tone(440, 0.1), " Seven, eight! "), PROCESSOR)
    assert sample.targets == {"text": "Seven, eight!"}


@pytest.mark.parametrize("text", ["", "  ", "..."])
def test_a_text_without_words(text):
    with pytest.raises(UnsuitableError, match="in which there are no words"):
        SpeechRecognition().prepare(Example(tone(440, 0.1), text), PROCESSOR)


def test_heads():
    encoder = MelCnn(width=16).load()
    assert isinstance(SpeechRecognition().head(encoder, INFO), ByteCtcHead)
    assert SpeechRecognition().native_head(encoder, INFO) is None
    encoder.native = (NativePart("transcriber", 1, Parrot),)
    assert isinstance(SpeechRecognition().head(encoder, INFO), Parrot)
    assert isinstance(SpeechRecognition(writer="ctc").head(encoder, INFO), ByteCtcHead)
    head = SpeechRecognition().native_head(encoder, INFO)
    states = torch.zeros(2, 3, 16)
    assert SpeechRecognition().predict(head, Features(states.mean(dim=1), (states,))) == {
        "text": ["hello"] * 2
    }
    encoder.native, encoder.spec = (), FeatureSpec(16)
    with pytest.raises(UnsuitableError, match="no states"):
        SpeechRecognition().head(encoder, INFO)


def test_what_is_shown_to_people():
    shown = SpeechRecognition().postprocess({"text": ["a", "b"]}, INFO, [None, None], PROCESSOR)
    assert shown == [{"text": "a"}, {"text": "b"}]


def test_morse_code_is_run_through(tmp_path: Path) -> None:
    (record,) = run_here(MORSE, tmp_path)
    assert record.status == "done", record.reason
    assert record.quality["test"]["word_error_rate"] > 0
    kept = Results.of(tmp_path / "results" / "suite").predictions(record)
    assert kept is not None
    assert {"text", "word_edits", "words"} <= kept["test"].statistics[""].keys()


@pytest.mark.slow
def test_morse_code_is_read(tmp_path: Path) -> None:
    text = MORSE.replace("epochs: 2", "epochs: 40, lr: 5e-3").replace("each: 3", "each: 24")
    (record,) = run_here(text, tmp_path)
    print(record.quality["test"], record.seconds)
    assert record.quality["test"]["word_error_rate"] < 0.5
