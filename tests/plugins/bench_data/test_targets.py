"""Tables give what a task asks for, or say which row does not."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import datasets
import pytest

import bench
import fakes
from bench_data.columns import Columns
from bench_data.files import Csv, Json, Parquet


def asking(kind: str | None, **columns: Sequence[Any]) -> bench.Task:
    class Asking(fakes.PointClassification):
        target: ClassVar[str | None] = kind
        usual: ClassVar[Mapping[str, Sequence[Any]]] = columns

    Asking.columns = columns
    return Asking()


def lines(path: Path, *rows: Mapping[str, Any]) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def served(dataset: Columns, kind: str | None, **columns: Sequence[Any]) -> Columns:
    made = dataset.serving(asking(kind, **columns))
    made.check()
    return made


def given(dataset: Columns, split: bench.Split = "train") -> list[Any]:
    return [example.target for example in dataset.load(split)]


def test_numbers_are_no_classes(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('text,label\na,0.33\nb,-2\nc,"1,5"\n')
    dataset = served(Csv(train=str(tmp_path / "a.csv")), "number")
    assert given(dataset) == [0.33, -2.0, 1.5]
    assert dataset.info().classes == ()
    assert dataset.strata("train") is None


def test_a_text_in_words_with_a_tag_each(tmp_path: Path) -> None:
    path = lines(
        tmp_path / "a.jsonl",
        {"tokens": ["in", "Bern"], "ner_tags": ["O", "B-place"]},
        {"tokens": ["no"], "ner_tags": ["O"]},
    )
    dataset = served(Json(train=path), "tags", text=("words", "tokens"), label=("ner_tags",))
    assert dataset.info().classes == ("B-place", "O")
    assert [(example.input, example.target) for example in dataset.load("train")] == [
        (["in", "Bern"], (1, 0)),
        (["no"], (1,)),
    ]


def test_pairs_and_objects(tmp_path: Path) -> None:
    answers = [{"text": ["Bern"], "answer_start": [0]}, {"text": [], "answer_start": []}]
    path = lines(
        tmp_path / "a.jsonl", *({"question": "q", "context": "Bern", "answers": each} for each in answers)
    )
    dataset = served(Json(train=path), "spans", text=(("question", "context"),), label=("answers",))
    assert given(dataset) == answers
    assert dataset.load("train")[0].input == ("q", "Bern")


def test_several_classes(tmp_path: Path) -> None:
    path = lines(
        tmp_path / "a.jsonl", *({"text": "a", "label": each} for each in (["b", "a"], [], ["b", "b"]))
    )
    dataset = served(Json(train=path), "classes")
    assert dataset.info().classes == ("a", "b")
    assert given(dataset) == [(0, 1), (), (1,)]


def test_names_that_parquet_keeps(tmp_path: Path) -> None:
    features = datasets.Features(
        {"text": datasets.Value("string"), "label": datasets.List(datasets.ClassLabel(names=["x", "y", "z"]))}
    )
    rows = datasets.Dataset.from_dict({"text": ["a", "b"], "label": [[2, 0], []]}, features=features)
    rows.to_parquet(str(tmp_path / "a.parquet"))
    dataset = served(Parquet(train=str(tmp_path / "a.parquet")), "classes")
    assert dataset.info().classes == ("x", "y", "z")
    assert given(dataset) == [(0, 2), ()]


def test_texts_and_nothing(tmp_path: Path) -> None:
    path = lines(tmp_path / "a.jsonl", {"text": "one", "label": "eins"}, {"text": "two", "label": "zwei"})
    assert given(served(Json(train=path), "text")) == ["eins", "zwei"]
    assert given(served(Json(train=path), "texts")) == [("eins",), ("zwei",)]
    assert given(served(Json(train=path, label="none"), None)) == [0, 1]


def test_what_is_kept_of_one_kind_does_not_stand_for_another(tmp_path: Path) -> None:
    path = lines(tmp_path / "a.jsonl", {"text": "one", "label": 1}, {"text": "two", "label": 2})
    dataset = Json(train=path)
    identities = [dataset.serving(asking(kind)).identity() for kind in ("class", "number")]
    assert identities[0] == dataset.identity() != identities[1]


@pytest.mark.parametrize(
    ("kind", "value", "fault"),
    [
        ("number", "n/a", "row 2: column 'label' holds 'n/a', which is no number"),
        ("text", "", "row 2: column 'label' holds an empty text"),
        ("text", ["a"], "row 2: column 'label' holds .* where a text belongs"),
        ("tags", "O", "row 2: column 'label' holds 'O' where a list of classes belongs"),
        ("text", None, "row 2: no value in column 'label'"),
    ],
)
def test_a_row_without_such_a_target_is_named_when_planning(
    tmp_path: Path, kind: str, value: Any, fault: str
) -> None:
    good = {"number": 1.5, "text": "a", "tags": ["O"]}[kind]
    path = lines(tmp_path / "a.jsonl", {"text": "a", "label": good}, {"text": "b", "label": value})
    with pytest.raises(bench.DataError, match=fault):
        served(Json(train=path), kind)


def test_a_class_that_train_does_not_have(tmp_path: Path) -> None:
    train = lines(tmp_path / "a.jsonl", {"text": ["a"], "label": ["O"]})
    test = lines(tmp_path / "b.jsonl", {"text": ["a"], "label": ["O"]}, {"text": ["a"], "label": ["B-x"]})
    dataset = served(Json(train=train, test=test), "tags")
    with pytest.raises(bench.DataError, match=r"b.jsonl, row 2: 'B-x' in column 'label' is no class"):
        dataset.info()


def test_messages_say_where_an_example_is(tmp_path: Path) -> None:
    paths = [
        lines(tmp_path / f"{name}.jsonl", {"text": name, "label": "x"}, {"text": name, "label": "y"})
        for name in "ab"
    ]
    dataset = served(Json(train=paths), "class")
    assert dataset.where("train", 3) == f"{paths[1]}, row 2"


@pytest.mark.parametrize(
    ("words", "tags", "fault"),
    [
        (["a", "b"], ["O"], "hold words and tags of unlike number: 2 and 1"),
        ("a b c", ["O", "O"], "hold words and tags of unlike number: 3 and 2"),
        ([], [], "hold no words"),
        (["a", None], ["O", "O"], "hold None where a word belongs"),
        ([1, 2], ["O", "O"], "hold 1 where a word belongs"),
        ({"a": 1}, ["O"], "hold {'a': 1} where the words of a text belong"),
    ],
)
def test_words_and_tags_that_do_not_go_together(tmp_path: Path, words: Any, tags: Any, fault: str) -> None:
    path = lines(tmp_path / "a.jsonl", {"text": ["a"], "label": ["O"]}, {"text": words, "label": tags})
    with pytest.raises(bench.DataError, match=f"row 2: columns 'text' and 'label' {fault}"):
        served(Json(train=path), "tags")


def test_words_and_tags_of_parquet_are_compared_in_every_row(tmp_path: Path) -> None:
    rows = datasets.Dataset.from_dict({"text": [["a"], ["b", "c"]], "label": [["O"], ["O"]]})
    rows.to_parquet(str(tmp_path / "a.parquet"))
    dataset = served(Parquet(train=str(tmp_path / "a.parquet")), "tags")
    with pytest.raises(
        bench.DataError, match="row 2: columns 'text' and 'label' hold words and tags of unlike"
    ):
        dataset.info()


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (b'{"text": ["a\xe9"], "label": ["O"]}', "line 2 holds the byte 0xe9"),
        (b'{"text": ["a\0"], "label": ["O"]}', "line 2"),
        (b'{"text": ["' + b"a" * 10_000_000 + b'"], "label": ["O", "O"]}', "unlike number: 1 and 2"),
        (b'{"text": ["a"], "label": "' + b"O" * 10_000_000 + b'"}', "where a list of classes belongs"),
    ],
    ids=range(4),
)
def test_broken_lines_are_told_in_one_short_line(tmp_path: Path, line: bytes, fault: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"text": ["a"], "label": ["O"]}\n' + line + b"\n")
    with pytest.raises(bench.DataError, match=fault) as caught:
        served(Json(train=str(path)), "tags")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300 + len(str(tmp_path))


def test_classes_of_a_csv_stand_in_one_field(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text,label\na,x; y\nb,\nc,y;;y \n")
    dataset = served(Csv(train=str(tmp_path / "a.csv"), separator=";"), "classes")
    assert dataset.info().classes == ("x", "y")
    assert given(dataset) == [(0, 1), (), (1,)]
    assert "separator" not in Csv(train=str(tmp_path / "a.csv")).identity()
    assert dataset.identity()["separator"] == ";"


def test_several_classes_need_a_separator_and_one_has_no_use_for_it(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text,label\na,x;y\nb,y\n")
    with pytest.raises(bench.DataError, match="what stands between the classes in a field"):
        served(Csv(train=str(tmp_path / "a.csv")), "classes")
    with pytest.raises(bench.DataError, match="a separator is for tasks that ask for several classes"):
        served(Csv(train=str(tmp_path / "a.csv"), separator=";"), "class")
