"""Folders of passages, queries and qrels as BEIR publishes them, and what is wrong with others."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import bench
from bench_data.beir import Beir

CORPUS = [
    {"_id": "d1", "title": "Cats", "text": "They purr.", "metadata": {}},
    {"_id": "d2", "title": "", "text": "Dogs bark."},
    {"_id": "d3", "text": "Fish swim."},
]
QUERIES = [{"_id": "q1", "text": "Who purrs?"}, {"_id": "q2", "text": "Who barks?"}]
HEADER = "query-id\tcorpus-id\tscore\n"


def lines(items: Sequence[Any]) -> str:
    return "".join(json.dumps(item) + "\n" for item in items)


def folder(root: Path, **changes: str | bytes | None) -> Path:
    """A folder whose files are changed for others, or left out."""
    files: dict[str, str | bytes | None] = {
        "corpus": lines(CORPUS),
        "queries": lines(QUERIES),
        "train": HEADER + "q1\td1\t1\nq1\td3\t0\n",
        "test": HEADER + "q2\td2\t2\nq2\td1\t1\n",
        **changes,
    }
    (root / "qrels").mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = root / (f"{name}.jsonl" if name in ("corpus", "queries") else f"qrels/{name}.tsv")
        if content is not None:
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def test_pairs_queries_and_passages(tmp_path: Path) -> None:
    dataset = Beir(path=str(folder(tmp_path)))
    dataset.check()
    assert dataset.info().sizes == {"train": 1, "test": 4}
    (pair,) = dataset.load("train")
    assert pair.input == ("Who purrs?", "Cats They purr.")
    assert pair.target == {"query": "q1", "passage": "d1", "relevant": {"d1": 1, "d3": 0}}
    query, *passages = dataset.load("test")
    assert query == bench.Example(
        "Who barks?", {"query": "q2", "passage": "", "relevant": {"d2": 2, "d1": 1}}
    )
    assert [example.input for example in passages] == ["Cats They purr.", "Dogs bark.", "Fish swim."]
    assert dataset.candidates("test") == [False, True, True, True]
    assert dataset.groups("train") == ["q1"]
    assert dataset.where("train", 0) == "train, query 'q1', passage 'd1'"
    assert dataset.contents("val") is None
    assert dataset.at_hand()


def test_qrels_are_named_for_splits_or_given(tmp_path: Path) -> None:
    judged = HEADER + "q2\td2\t1\n"
    root = str(folder(tmp_path, dev=judged))
    assert {split: file.stem for split, file in Beir(path=root).qrels().items()} == {
        "train": "train",
        "val": "dev",
        "test": "test",
    }
    assert {split: file.stem for split, file in Beir(path=root, test="dev").qrels().items()} == {
        "train": "train",
        "test": "dev",
    }
    with pytest.raises(bench.DataError, match=r"no exam.tsv in .*qrels; it has dev, test, train"):
        Beir(path=root, test="exam").check()
    with pytest.raises(bench.DataError, match="a file is given for two splits"):
        Beir(path=root, val="dev", test="dev").check()


def test_the_fingerprint_follows_the_content_and_not_the_path(tmp_path: Path) -> None:
    one, other = (Beir(path=str(folder(tmp_path / name))) for name in ("one", "other"))
    assert one.identity() == other.identity()
    changed = Beir(path=str(folder(tmp_path / "other", test=HEADER + "q2\td2\t1\n")))
    assert changed.fingerprint() != one.fingerprint()


def test_an_empty_passage_that_is_relevant_to_nothing_is_left_out_with_a_note(tmp_path: Path) -> None:
    root = folder(tmp_path, corpus=lines([*CORPUS, {"_id": "d4", "title": " ", "text": ""}]))
    info = Beir(path=str(root)).info()
    assert info.sizes["test"] == 4
    assert info.notes == ("1 of 4 passages are empty and relevant to nothing, and are left out",)


def test_new_texts_are_queries(tmp_path: Path) -> None:
    dataset = Beir(path=str(folder(tmp_path)))
    assert dataset.new_input("Who swims?") == "Who swims?"
    (tmp_path / "new.txt").write_text("Who flies?\n")
    assert [new.read() for new in dataset.new_inputs(tmp_path / "new.txt")] == ["Who flies?"]


FAULTS: list[tuple[dict[str, str | bytes | None], str]] = [
    ({"corpus": None}, "has no corpus.jsonl"),
    ({"queries": None}, "has no queries.jsonl"),
    ({"train": None, "test": None}, "qrels: holds no file named for a split, such as test.tsv"),
    ({"test": HEADER + "q2\td9\t1\n"}, "test.tsv, line 2: there is no passage 'd9'"),
    ({"test": HEADER + "q9\td1\t1\n"}, "test.tsv, line 2: there is no query 'q9'"),
    ({"test": HEADER + "q2\td1\t0.5\n"}, "test.tsv, line 2: score '0.5' is no whole number"),
    ({"test": HEADER + "q2\td1\t\n"}, "test.tsv, line 2: score '' is no whole number"),
    ({"test": HEADER + "q2\td1\n"}, "test.tsv, line 2: has 2 fields with tabs between, the header has 3"),
    ({"test": HEADER + "q2\td1\t1\n\nq1\td1\t1\n"}, "test.tsv, line 3: has 1 fields"),
    ({"test": HEADER + "q2\td1\t1\nq2\td1\t2\n"}, "test.tsv, line 3: query 'q2' and this passage are judged"),
    ({"test": HEADER}, "test.tsv: holds no judgements"),
    ({"test": ""}, "test.tsv: does not begin with a line of query-id, corpus-id, score"),
    ({"test": "q2 0 d1 1\n"}, "test.tsv: does not begin with a line of query-id, corpus-id, score"),
    (
        {"test": HEADER.encode() + b"q\xff\td1\t1\n"},
        "test.tsv: cannot be read in UTF-8: line 2 holds the byte",
    ),
    (
        {"corpus": lines([*CORPUS, CORPUS[0]])},
        r"corpus.jsonl: item 4 \('d1'\): another item has the same _id",
    ),
    ({"corpus": lines([{"_id": "d1"}])}, r"corpus.jsonl: item 1 \('d1'\): 'text' is missing"),
    ({"corpus": lines([{"text": "a"}])}, "corpus.jsonl: item 1: '_id' is missing"),
    ({"corpus": lines([{"_id": 7, "text": "a"}])}, "item 1: '_id' is 7 where a text belongs"),
    ({"corpus": lines([{"_id": " ", "text": "a"}])}, "'_id' is empty"),
    ({"corpus": lines([{"_id": "d1", "text": ["a"]}])}, r"'text' is \['a'\] where a text belongs"),
    ({"corpus": lines([{"_id": "d1", "text": "a\0b"}])}, r"corpus.jsonl: item 1 \('d1'\): holds a NUL"),
    ({"corpus": '{"_id": "d1", "text": "a\\ud800"}\n'}, r"item 1 \('d1'\): holds half a character"),
    ({"corpus": b'{"_id": "d1", "text": "\xff"}\n'}, "corpus.jsonl: cannot be read as json in UTF-8: line 1"),
    ({"corpus": '{"_id": "d1", "text"\n'}, "corpus.jsonl: cannot be read as json: line 1"),
    ({"corpus": "[1]\n"}, "corpus.jsonl: item 1 is no JSON object"),
    (
        {"corpus": lines([*CORPUS[:1], {"_id": "d2", "text": " "}, *CORPUS[2:]])},
        "test.tsv, line 2: passage 'd2' is an empty text",
    ),
    ({"queries": lines([QUERIES[0], {"_id": "q2", "text": ""}])}, "line 2: query 'q2' is an empty text"),
    (
        {"queries": lines([*QUERIES, QUERIES[1]])},
        r"queries.jsonl: item 3 \('q2'\): another item has the same",
    ),
]


@pytest.mark.parametrize(("changes", "fault"), FAULTS)
def test_what_is_wrong_is_said_on_one_line(
    tmp_path: Path, changes: dict[str, str | bytes | None], fault: str
) -> None:
    with pytest.raises(bench.DataError, match=fault) as caught:
        Beir(path=str(folder(tmp_path, **changes))).check()
    assert "\n" not in str(caught.value)


def test_what_is_neither_a_folder_nor_an_id(tmp_path: Path) -> None:
    with pytest.raises(bench.DataError, match=r"scifact: no such folder, and no id on the hub"):
        Beir(path=str(tmp_path / "scifact")).check()
    Beir(path="mteb/scifact").check()
    with pytest.raises(bench.DataError, match="mteb/scifact: is no folder, and cannot be had from the hub"):
        Beir(path="mteb/scifact").load("test")
