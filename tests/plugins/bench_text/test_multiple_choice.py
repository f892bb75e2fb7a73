"""The task multiple-choice: by likelihood as a plain script of transformers has it, and by a scorer."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest
import torch
import transformers

import bench
import fakes
import trials
from bench.feeding.features import with_asked
from bench.planning.cell import Cell
from bench.testing import check
from bench.toolkit.choices import row_of
from bench.toolkit.texts import TextProcessor
from bench_data.files import Json
from bench_objectives.evaluate import Evaluate
from bench_objectives.feature_extract import FeatureExtract
from bench_objectives.fine_tune import FineTune
from bench_text.bert_mini import BertMini
from bench_text.everyday import Everyday
from bench_text.hf import HuggingFace
from bench_text.multiple_choice import TextMultipleChoice
from frozen import Frozen
from tiny_models import SHAPES, TINY, end_of_text, wordpiece

TASK = TextMultipleChoice()
GPT: dict[str, Any] = {**SHAPES["gpt2"], "vocab_size": 257, "bos_token_id": 0, "eos_token_id": 0}
QUESTIONS: Sequence[tuple[str, list[str], str]] = (
    ("The cat sat on the", ["mat", "a very long answer, which is wrong", "sofa"], "0"),
    ("Zoë asked: ", ["why?", "naïve 猫"], "why?"),
    ("One and one are", ["1", "2", "3", "10", "many"], "2"),
    ("It rained. " * 12 + "Then", ["it snowed", "nothing"], "1"),
)


@pytest.fixture
def folder(save: Callable[..., Path]) -> Path:
    # Large weights, so that the answers differ.
    config = transformers.GPT2Config(**GPT, initializer_range=0.3)
    return save(transformers.GPT2LMHeadModel(config), end_of_text())


def written(tmp_path: Path, rows: Sequence[tuple[Any, Any, Any]] = QUESTIONS, **columns: str) -> Json:
    names = [columns.get(name, name) for name in ("question", "choices", "answer")]
    for split in ("train", "test"):
        lines = (json.dumps(dict(zip(names, row, strict=True))) + "\n" for row in rows)
        (tmp_path / f"{split}.jsonl").write_text("".join(lines))
    files = {split: str(tmp_path / f"{split}.jsonl") for split in ("train", "test")}
    dataset = Json(**files, task="multiple-choice").serving(TASK)
    dataset.check()
    return dataset


def cell(
    objective: bench.Objective, backbone: bench.Backbone, dataset: bench.Dataset, task: bench.Task = TASK
) -> Cell:
    return fakes.cell(objective, backbone=backbone, dataset=dataset, task=task)


def by_transformers(folder: Path, size: int) -> list[list[float]]:
    """The log-likelihoods as lm-evaluation-harness has them, one choice at a time."""
    model = transformers.GPT2LMHeadModel.from_pretrained(folder).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    found = []
    for prompt, choices, _ in QUESTIONS:
        context, own = prompt.rstrip(), []
        for choice in choices:
            whole = tokenizer(f"{prompt} {choice}")["input_ids"]
            count = len(whole) - len(tokenizer(context)["input_ids"])
            ids = torch.tensor(whole[-size:])
            with torch.no_grad():
                logits = model(ids[None]).logits[0].log_softmax(dim=1)
            judged = range(len(ids) - count, len(ids))
            own.append(sum(float(logits[at - 1, ids[at]]) for at in judged))
        found.append(own)
    return found


@pytest.mark.parametrize("size", [128, 64])
def test_likelihoods_are_those_of_a_plain_script(tmp_path: Path, folder: Path, size: int) -> None:
    dataset = written(tmp_path)
    run = trials.live(tmp_path, cell(Evaluate(), HuggingFace(model=str(folder), max_length=size), dataset))
    trials.drain(run.cell.objective.train(run))
    predictions = run.predict(run.data("test").take(range(4)))["log_likelihoods"]
    expected = by_transformers(folder, size)
    for number, own in enumerate(expected):
        assert predictions[number, : len(own)].tolist() == pytest.approx(own, abs=1e-5, rel=1e-5)
    trials.drain(run.evaluate("test"))
    right = [0, 0, 1, 1]
    sums = [own.index(max(own)) == at for own, at in zip(expected, right, strict=True)]
    normalised = [
        [value / len(choice.encode()) for value, choice in zip(own, choices, strict=True)]
        for own, (_, choices, _) in zip(expected, QUESTIONS, strict=True)
    ]
    by_bytes = [own.index(max(own)) == at for own, at in zip(normalised, right, strict=True)]
    assert run.quality["test"] == {
        "accuracy": sum(sums) / 4,
        "normalised_accuracy": sum(by_bytes) / 4,
    }
    assert run.contributions["test"].statistics[""]["target"].tolist() == right


def test_padding_changes_nothing(tmp_path: Path, folder: Path) -> None:
    run = trials.live(tmp_path, cell(Evaluate(), HuggingFace(model=str(folder)), written(tmp_path)))
    trials.drain(run.cell.objective.train(run))
    together = run.predict(run.data("test").take(range(4)))["log_likelihoods"]
    for number in range(4):
        alone = run.predict(run.data("test").take([number]))["log_likelihoods"][0]
        torch.testing.assert_close(alone, together[number, : len(alone)])
        assert (together[number, len(alone) :] == torch.finfo(torch.float64).min).all()


class WithMaps(TextMultipleChoice):
    """Keeps the length of each question with its features, so that batches are the same as without."""

    reads: ClassVar[frozenset[str]] = frozenset({"pooled", "maps"})


def test_kept_features_give_what_a_frozen_encoder_gives(tmp_path: Path) -> None:
    recipe = {"epochs": 3, "lr": 0.01}
    backbone = BertMini(weights="none", max_length=32)
    cells = (
        cell(FeatureExtract(normalise="none", **recipe), backbone, Everyday(), WithMaps()),
        cell(Frozen(**recipe), backbone, Everyday(), WithMaps()),
    )
    kept, fresh = (trials.done(each, tmp_path / each.objective.name) for each in cells)
    assert kept.quality == fresh.quality
    assert kept.quality["test"].keys() == {"accuracy"}


def test_a_scorer_learns(tmp_path: Path) -> None:
    rows = [(f"question {number}", ["yes it is", "no", "maybe"], number % 3) for number in range(3)] * 4
    rows = [(prompt, choices[answer:] + choices[:answer], 0) for prompt, choices, answer in rows]
    rows = [(prompt, sorted(choices), "maybe") for prompt, choices, _ in rows]
    backbone = HuggingFace(model="bert", config=TINY, max_length=48)
    record = trials.done(cell(FineTune(epochs=12, lr=3e-3), backbone, written(tmp_path, rows)), tmp_path)
    assert record.quality["test"]["accuracy"] == 1


def test_the_loss_is_that_of_transformers() -> None:
    """A scorer's loss equals that of BertForMultipleChoice with the same weights."""
    backbone = HuggingFace(model="bert", config=TINY, max_length=48)
    encoder = backbone.load().eval()
    head = TASK.head(encoder, bench.DatasetInfo({}))
    examples = [bench.Example(("who?", ["me", "you"]), 0), bench.Example(("where?", ["here", "there"]), 1)]
    batch = TASK.collate([TASK.prepare(example, encoder.processor) for example in examples])
    features = with_asked(encoder(batch.inputs), TASK, batch.targets)
    features.rows = batch.rows
    logits = head.linear(features.pooled).reshape(2, 2)
    expected = torch.nn.functional.cross_entropy(logits, torch.tensor([0, 1]))
    torch.testing.assert_close(TASK.loss(head, features, batch.targets), expected)


def test_encoders_see_a_pair_of_which_the_question_is_cut() -> None:
    processor = TextProcessor(wordpiece().backend_tokenizer, 10, types=True)
    row = row_of(processor, "the cat sat on a mat the dog", "it was")
    text = processor.decode(row.ids)
    assert text == "on a mat the dog it was"
    assert row.types.tolist() == [0] * 7 + [1] * 3
    assert row.ids[row.chosen].tolist() == processor("it was")["ids"][1:-1].tolist()
    assert row.cut
    whole = row_of(processor, "the cat", "it was")
    assert whole.ids.tolist() == processor(("the cat", "it was"))["ids"].tolist()
    assert not whole.cut


def test_people_see_the_choice() -> None:
    scores = torch.tensor([[0.0, 1.0, torch.finfo(torch.float32).min], [2.0, 0.0, 1.0]])
    inputs = [("a", ["x", "y"]), ("b", ["p", "q", "r"])]
    shown = TASK.postprocess({"logits": scores}, bench.DatasetInfo({}), inputs, None)
    assert [each["choice"] for each in shown] == ["y", "p"]
    assert shown[0]["probability"] == pytest.approx(torch.tensor([0.0, 1.0]).softmax(0)[1].item())


def test_new_questions_need_no_answer(tmp_path: Path, folder: Path) -> None:
    encoder = HuggingFace(model=str(folder)).load()
    sample = TASK.prepare(bench.Example(("a", ["x", "y"]), None), encoder.processor)
    assert TASK.collate([sample]).targets.keys() == {"asked", "bytes"}
    path = tmp_path / "new.jsonl"
    path.write_text(json.dumps({"question": "a", "choices": ["x", "y"]}))
    (item,) = written(tmp_path).new_inputs(path)
    assert item.read() == ("a", ["x", "y"])


def test_usual_columns(tmp_path: Path) -> None:
    for names in ({"question": "ctx", "choices": "endings", "answer": "label"}, {"question": "prompt"}):
        assert written(tmp_path, **names).load("test")[0].input[0] == "The cat sat on the"


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (("q", ["a", "b"], "c"), "the answer 'c', which is none of the 2 choices"),
        (("q", ["a", "b"], 2), "the answer 2, which is none of the 2 choices"),
        (("q", ["a", "b"], -1), "the answer -1, which is none of the 2 choices"),
        (("q", ["a", "b"], True), "the answer True, which is none of the 2 choices"),
        (("q", ["a", "a"], "a"), "the answer 'a', which is 2 of the choices"),
        (("q", [], 0), "no choices; there must be two at least"),
        (("q", ["a"], 0), "a single choice; there must be two at least"),
        (("q", "a", 0), "'a' where a list of choices belongs"),
        (("q", ["a", " "], 0), "the choice ' ', which is no text"),
        (("q", ["a", 3], 0), "the choice 3, which is no text"),
        ((["q"], ["a", "b"], 0), r"\['q'\] where the text of the question belongs"),
    ],
)
def test_faults_are_found_when_planning(tmp_path: Path, row: Any, fault: str) -> None:
    with pytest.raises(
        bench.DataError, match=rf"train.jsonl, row 2: columns 'question', 'choices' and 'answer' hold {fault}"
    ) as caught:
        written(tmp_path, [("q", ["a", "b"], 0), row])
    assert "\n" not in str(caught.value)


def test_a_question_without_choices(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps({"text": "q", "answer": "a"}))
    dataset = Json(train=str(tmp_path / "a.jsonl"), label="answer", task="multiple-choice").serving(TASK)
    with pytest.raises(
        bench.DataError,
        match="row 1: columns 'text' and 'answer' hold no text with choices; name two columns",
    ):
        dataset.check()


@pytest.mark.parametrize("plugin", [TextMultipleChoice, Everyday])
def test_it_keeps_the_contract(plugin: type[bench.Plugin]) -> None:
    assert check(plugin) == []
