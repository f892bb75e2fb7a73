"""SQuAD's files are read as published, and a fault is said to be where it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import bench
from bench_data.squad import Squad


def document() -> dict[str, Any]:
    """Two articles as version 2.0 has them."""
    asked = {"id": "1", "question": "Who sat?", "answers": [{"text": "cat", "answer_start": 4}]}
    nothing = {
        "id": "2",
        "question": "Who stood?",
        "answers": [],
        "is_impossible": True,
        "plausible_answers": [{"text": "cat", "answer_start": 4}],
    }
    return {
        "version": "v2.0",
        "data": [
            {"title": "Cats", "paragraphs": [{"context": "The cat sat.", "qas": [asked, nothing]}]},
            {"title": "Dogs", "paragraphs": [{"context": "The cat ran.", "qas": [{**asked, "id": "3"}]}]},
        ],
    }


def write(path: Path, content: Any) -> str:
    path.write_text(json.dumps(content))
    return str(path)


def test_questions_articles_and_answers(tmp_path: Path) -> None:
    write(tmp_path / "train-v2.0.json", document())
    dataset = Squad(path=str(tmp_path))
    dataset.check()
    info = dataset.info()
    assert info.sizes == {"train": 3}
    assert info.extra["train"] == {"articles": 2, "paragraphs": 2, "without answer": 1}
    assert [(example.input, example.target) for example in dataset.load("train")] == [
        (("Who sat?", "The cat sat."), {"text": ["cat"], "answer_start": [4]}),
        (("Who stood?", "The cat sat."), {"text": [], "answer_start": []}),
        (("Who sat?", "The cat ran."), {"text": ["cat"], "answer_start": [4]}),
    ]
    assert dataset.groups("train") == ["Cats", "Cats", "Dogs"]
    assert dataset.where("train", 2).endswith("article 2 ('Dogs'), paragraph 1, question '3'")


def test_new_questions_need_no_answers(tmp_path: Path) -> None:
    content = document()
    del content["data"][0]["paragraphs"][0]["qas"][0]["answers"]
    path = write(tmp_path / "new.json", content)
    read = [item.read() for item in Squad(train=path).new_inputs(Path(path))]
    assert read[0] == ("Who sat?", "The cat sat.")
    assert len(read) == 3


Change = Callable[[dict[str, Any]], Any]


def first(content: dict[str, Any]) -> dict[str, Any]:
    paragraph: dict[str, Any] = content["data"][0]["paragraphs"][0]
    return paragraph


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda c: c.pop("data"), "squad.json: 'data' is missing"),
        (lambda c: c.update(data={}), "squad.json: 'data' is {} where a list belongs"),
        (lambda c: c["data"].append("x"), "article 3: 'x' where an object with 'title' belongs"),
        (lambda c: c["data"][1].update(title=["x"]), r"article 2: 'title' is \['x'\] where a text belongs"),
        (lambda c: first(c).update(context="  "), r"article 1 \('Cats'\), paragraph 1: the context is empty"),
        (lambda c: first(c).update(context=["a"]), r"paragraph 1: 'context' is \['a'\] where a text belongs"),
        (lambda c: first(c)["qas"][0].pop("id"), "paragraph 1, question 1: 'id' is missing"),
        (lambda c: first(c)["qas"][1].update(id="1"), "question '1': another question has the same id"),
        (
            lambda c: first(c)["qas"][0].update(question=1),
            "question '1': 'question' is 1 where a text belongs",
        ),
        (lambda c: first(c)["qas"][0].update(question="a\0"), "question '1': holds a NUL"),
        (lambda c: first(c)["qas"][0].update(question="a\ud800"), r"question '1': holds half a character"),
        (
            lambda c: first(c)["qas"][0].update(answers=[]),
            "'1': has no answers, and is not is_impossible: true",
        ),
        (lambda c: first(c)["qas"][0].update(is_impossible=True), "'1': has answers and is_impossible"),
        (
            lambda c: first(c)["qas"][0]["answers"][0].update(answer_start=5),
            "question '1': answer 'cat' is not in the context at 5; 'at ' stands there",
        ),
        (
            lambda c: first(c)["qas"][0]["answers"][0].update(answer_start="4"),
            "question '1': 'answer_start' is '4' where a whole number belongs",
        ),
    ],
)
def test_what_is_not_as_published(tmp_path: Path, change: Change, fault: str) -> None:
    content = document()
    change(content)
    with pytest.raises(bench.DataError, match=fault) as caught:
        Squad(train=write(tmp_path / "squad.json", content)).check()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b'{"data": ["\xff"]}', "cannot be read as json in UTF-8: line 1 holds the byte 0xff"),
        (b'{"data": [', "cannot be read as json: "),
        (b'{"data": ["a\0b"]}', "cannot be read as json: "),
        (b'{"data": []}', "holds no questions"),
        (b"[" * 100_000, "cannot be read as json: "),
    ],
)
def test_what_is_no_json(tmp_path: Path, content: bytes, fault: str) -> None:
    path = tmp_path / "squad.json"
    path.write_bytes(content)
    with pytest.raises(bench.DataError, match=fault):
        Squad(train=str(path)).check()
