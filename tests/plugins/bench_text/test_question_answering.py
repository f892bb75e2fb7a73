"""Answers are found in long and short contexts, by any objective, and by heads of published checkpoints."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import torch
import transformers

import bench
import fakes
import trials
from bench.toolkit.question_answering import MOST_WINDOWS
from bench.toolkit.texts import TextProcessor
from bench.trial.evaluation import as_arrays
from bench_objectives.evaluate import Evaluate
from bench_objectives.feature_extract import FeatureExtract
from bench_objectives.fine_tune import FineTune
from bench_text.byte_tokenizer import byte_tokenizer
from bench_text.hf import HuggingFace
from bench_text.question_answering import TextQuestionAnswering
from bench_text.town_questions import TownQuestions
from frozen import Frozen
from tiny_models import TINY, WORDS, wordpiece

TASK = TextQuestionAnswering(stride=8)
PROCESSOR = TextProcessor(byte_tokenizer(), 32, types=True)
FP32 = bench.Settings(precision="fp32", batch_size=16)
RECIPE: dict[str, Any] = {"epochs": 2, "lr": 0.02}


def example(question: str, context: str, *answers: str) -> bench.Example:
    starts = [context.index(answer) for answer in answers]
    return bench.Example((question, context), {"text": list(answers), "answer_start": starts})


class Few(TownQuestions):
    """Some of the questions."""

    name: ClassVar[str] = "few-questions"

    def info(self) -> bench.DatasetInfo:
        return bench.DatasetInfo(dict.fromkeys(bench.SPLITS, 24))

    def load(self, split: bench.Split) -> list[bench.Example]:
        return [*super().load(split)][:24]

    def groups(self, split: str) -> None:
        return None

    def contents(self, split: str) -> None:
        return None


def cell(objective: bench.Objective, **changes: object) -> Any:
    parts = {"backbone": HuggingFace(model="bert", config=TINY), "dataset": Few(), "task": TASK}
    return fakes.cell(objective, **{**parts, "settings": FP32, **changes})


def logits_for(samples: list[bench.Sample], ends: list[tuple[int, int]]) -> dict[str, torch.Tensor]:
    """Logits that are high at one token each, of which the last is as good as the first."""
    width = max(len(sample.targets["begin"]) for sample in samples)
    start, stop = torch.zeros(len(samples), width), torch.zeros(len(samples), width)
    for row, (first, last) in enumerate(ends):
        start[row, first] = stop[row, last] = 5.0
    return {"start": start, "stop": stop}


def test_only_the_context_is_cut_and_windows_hold_the_answer_or_none() -> None:
    context = "The keys of the old house are under the third stone."
    sample = TASK.prepare(example("where?", context, "third"), PROCESSOR)
    lengths = sample.inputs["lengths"]
    assert len(lengths) > 2
    assert lengths.max() == 32
    first, last = sample.targets["first"], sample.targets["last"]
    edges = np.cumsum(lengths) - lengths
    found = [
        context[sample.targets["begin"][edge + one] : sample.targets["end"][edge + other]]
        for edge, one, other in zip(edges, first, last, strict=True)
    ]
    assert set(found) == {"", "third"}
    assert sample.inputs.remark == "cut into windows of 32 tokens"


def test_a_long_context_is_answered_from_its_end() -> None:
    context = " ".join(f"word{number}" for number in range(2999)) + " Zanzibar"
    processor = TextProcessor(byte_tokenizer(), 384, types=True)
    task = TextQuestionAnswering()
    samples = [
        task.prepare(item, processor)
        for item in (example("Where?", context, "Zanzibar"), example("a?", "b"[:1], "b"))
    ]
    batch = task.collate(samples)
    assert batch.rows is not None
    assert batch.rows.tolist()[0] > 50
    begin = len(context) - len("Zanzibar")
    ends = samples[0].targets
    first = int(np.flatnonzero(ends["begin"] == begin)[-1])
    last = int(np.flatnonzero(ends["end"] == len(context))[-1])
    predictions = logits_for(samples, [(first, last), (4, 4)])
    statistics = task.metrics(bench.DatasetInfo({})).statistics(predictions, batch.targets)
    assert statistics["answer"] == ["Zanzibar", "b"]
    assert statistics["exact"].tolist() == [True, True]
    inputs = [("Where?", context), ("a?", "b")]
    shown = task.postprocess(predictions, bench.DatasetInfo({}), inputs, processor)
    assert shown[0] == {"answer": "Zanzibar", "answer_start": begin}


def test_no_answer_where_there_may_be_none() -> None:
    task = TextQuestionAnswering(unanswerable=True)
    samples = [task.prepare(item, PROCESSOR) for item in (example("a?", "bcd", "c"), example("a?", "bcd"))]
    targets = task.collate(samples).targets
    assert targets["first"].tolist() == [[5], [0]]
    predictions = logits_for(samples, [(5, 5), (0, 0)])
    metrics = task.metrics(bench.DatasetInfo({}))
    statistics = metrics.statistics(predictions, targets)
    assert statistics["answer"] == ["c", ""]
    kept = as_arrays(statistics, 2)
    assert metrics.compute(kept) == {
        "f1": 1.0,
        "exact_match": 1.0,
        "has_answer_f1": 1.0,
        "has_answer_exact_match": 1.0,
        "no_answer_accuracy": 1.0,
    }
    assert set(metrics.compute(kept, np.array([1.0, 0.0]))) == {"f1", "exact_match"}
    strict = task.model_copy(update={"null_threshold": 20.0})
    assert strict.metrics(bench.DatasetInfo({})).statistics(predictions, targets)["answer"][1] != ""


@pytest.mark.parametrize(
    ("item", "fault"),
    [
        (bench.Example("only a question", {}), "no pair of a question and a context"),
        (bench.Example(("q", " "), {"text": [], "answer_start": []}), "the context is empty"),
        (example("q", "context"), "has no answer; allow this with the task's `unanswerable: true`"),
        (
            bench.Example(("q", "abc"), {"text": ["b"], "answer_start": [0]}),
            "answer 'b' is not in the context at 0",
        ),
        (example("q", "x" * 32 * MOST_WINDOWS, "x"), "32,000 characters is .* windows of 32 tokens"),
    ],
)
def test_what_cannot_be_used(item: bench.Example, fault: str) -> None:
    with pytest.raises(bench.UnsuitableError, match=fault):
        TASK.prepare(item, PROCESSOR)


def test_a_window_that_is_too_short() -> None:
    with pytest.raises(bench.UnsuitableError, match="max_length of 16 tokens has no room"):
        TASK.prepare(example("q", "abc", "b"), TextProcessor(byte_tokenizer(), 16))


@pytest.mark.parametrize("length", [18, 19, 24, 33, 64])
def test_any_question_leaves_room_for_the_context(length: int) -> None:
    processor = TextProcessor(byte_tokenizer(), length, types=True)
    sample = TextQuestionAnswering().prepare(example("q" * 100, "abcdefghij" * 20, "j"), processor)
    assert sample.targets["end"].max() == 200


def test_kept_features_give_what_a_frozen_encoder_gives(tmp_path: Path) -> None:
    kept = trials.done(cell(FeatureExtract(normalise="none", **RECIPE)), tmp_path / "kept")
    fresh = trials.done(cell(Frozen(**RECIPE)), tmp_path / "fresh")
    assert kept.quality == fresh.quality


def test_it_learns(tmp_path: Path) -> None:
    from bench.toolkit.training import evaluating

    context = "bus dog mix pal"
    batch = TASK.collate(
        [TASK.prepare(example(f"{word}?", context, word), PROCESSOR) for word in context.split()]
    )
    batch.indices = range(4)
    run = trials.live(tmp_path, cell(FineTune()))
    optimiser = torch.optim.AdamW([*run.encoder.parameters(), *run.head.parameters()], lr=3e-3)
    for _ in range(150):
        optimiser.zero_grad()
        run.loss(batch).backward()
        optimiser.step()
    with evaluating(run.encoder, run.head):
        found = TASK.metrics(run.info).statistics(run.predict(batch), batch.targets)
    assert found["answer"] == context.split()


def test_a_checkpoint_finds_spans_as_transformers_does(save: Callable[..., Path]) -> None:
    config = transformers.BertConfig(vocab_size=5 + len(WORDS), max_position_embeddings=32, **TINY)
    theirs = transformers.BertForQuestionAnswering(config).eval()
    folder = save(theirs, wordpiece())
    encoder = HuggingFace(model=str(folder), max_length=24).load()
    head = TASK.native_head(encoder, bench.DatasetInfo({}))
    assert head is not None
    items = [
        example("the cat sat", "the dog sat on a mat it was very good", "mat"),
        example("a film", "bad film", "bad"),
    ]
    batch = TASK.collate([TASK.prepare(item, encoder.processor) for item in items])
    with torch.no_grad():
        from bench.feeding.features import encode

        found = TASK.predict(head, encode(encoder, batch))
        inputs = batch.inputs
        expected = theirs(inputs["ids"], inputs["mask"].long(), inputs["types"])
    joined = [expected.start_logits[0], *expected.start_logits[1:]]
    lengths = inputs["mask"].sum(dim=1).tolist()
    assert batch.rows is not None
    assert batch.rows.tolist() == [1, 1]
    for row, length in enumerate(lengths):
        assert torch.allclose(found["start"][row, :length], joined[row][:length], atol=1e-6)
        assert torch.allclose(found["stop"][row, :length], expected.end_logits[row, :length], atol=1e-6)


def test_evaluate_takes_the_head_of_the_checkpoint(save: Callable[..., Path], tmp_path: Path) -> None:
    config = transformers.BertConfig(vocab_size=5 + len(WORDS), max_position_embeddings=32, **TINY)
    folder = save(transformers.BertForQuestionAnswering(config), wordpiece())
    record = trials.done(
        cell(Evaluate(), backbone=HuggingFace(model=str(folder), max_length=24)), tmp_path / "run"
    )
    assert set(record.quality["test"]) == {"f1", "exact_match"}
