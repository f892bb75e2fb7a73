"""Faults in questions, contexts and answers are said when planning, with file and row."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import bench
from bench_data.files import Json
from bench_text.question_answering import TextQuestionAnswering

GOOD = {"question": "q", "context": "The cat sat.", "answers": {"text": ["cat"], "answer_start": [4]}}


def served(path: Path) -> Json:
    made: Json = Json(train=str(path), task="question-answering").serving(TextQuestionAnswering())
    made.check()
    return made


def test_columns_need_no_names(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    nothing = {**GOOD, "answers": {"text": [], "answer_start": []}}
    path.write_text("".join(json.dumps(row) + "\n" for row in (GOOD, nothing)))
    examples = served(path).load("train")
    assert [(example.input, example.target) for example in examples] == [
        (("q", "The cat sat."), GOOD["answers"]),
        (("q", "The cat sat."), nothing["answers"]),
    ]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (
            {"answers": {"text": ["cat"], "answer_start": [5]}},
            "answer 'cat' is not in the context at 5; 'at '",
        ),
        (
            {"answers": {"text": ["dog"], "answer_start": [4]}},
            "answer 'dog' is not in the context at 4; 'cat'",
        ),
        ({"answers": {"text": ["cat"], "answer_start": []}}, "1 answers and 0 positions"),
        (
            {"answers": {"text": "cat", "answer_start": 4}},
            "'text' of the answers is 'cat' where a list belongs",
        ),
        ({"answers": "cat"}, "answers are 'cat', not an object with 'text' and 'answer_start'"),
        ({"answers": {"text": [""], "answer_start": [4]}}, "answers hold an empty text"),
        ({"answers": None}, "no value in column 'answers'"),
        ({"context": " "}, "columns 'question', 'context' and 'answers' hold an empty context"),
        ({"context": ["The", "cat"]}, r"hold \['The', 'cat'\] where a text belongs"),
        ({"context": None}, "no value in column 'context'"),
    ],
)
def test_a_row_that_cannot_be_used(tmp_path: Path, change: dict[str, Any], fault: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in (GOOD, GOOD | change)))
    with pytest.raises(bench.DataError, match=f"a.jsonl, row 2: .*{fault}") as caught:
        served(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (b'{"question": "\xff"}', "line 2 holds the byte 0xff"),
        (b'{"question": "a\0b"}', "cannot be read as json"),
        (b'{"question": "a", ', "cannot be read as json: line 2"),
        (b'["q", "c"]', "item 2 is no JSON object"),
    ],
)
def test_a_line_that_cannot_be_read(tmp_path: Path, line: bytes, fault: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(json.dumps(GOOD).encode() + b"\n" + line + b"\n")
    with pytest.raises(bench.DataError, match=fault):
        served(path)
