from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from bench import DataError
from bench_data.text import Text

STORY = "It rained. It rained again.\n\nThen it\nstopped.\n"


def write(path: Path, text: str) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return str(path)


def write_rows(path: Path, rows: list[dict]) -> str:
    return write(path, "".join(f"{json.dumps(row)}\n" for row in rows))


def pairs(dataset: Text, split: str = "train") -> list[tuple[str, int]]:
    dataset.check()
    return [(example.input, example.target) for example in dataset.load(split)]


def fault(dataset: Text, *, late: bool = False) -> tuple[str, str | None]:
    with pytest.raises(DataError) as caught:
        dataset.load("train") if late else dataset.check()
    assert "\n" not in str(caught.value)
    return str(caught.value), caught.value.field


def test_a_file_is_a_document_in_blocks(tmp_path) -> None:
    dataset = Text(path=write(tmp_path / "a.txt", STORY), words=5)
    assert dataset.task == "plain-text"
    assert pairs(dataset) == [("It rained. It rained again.", 0), ("Then it stopped.", 0)]
    assert dataset.info().sizes == {"train": 2}
    assert dataset.info().extra == {"train": {"documents": 1, "words": 8}}


def test_units_and_documents(tmp_path) -> None:
    path = write(tmp_path / "a.txt", STORY)
    assert pairs(Text(path=path, unit="document")) == [
        ("It rained. It rained again. Then it stopped.", 0),
    ]
    assert pairs(Text(path=path, unit="sentence", documents="blank-line")) == [
        ("It rained.", 0),
        ("It rained again.", 0),
        ("Then it stopped.", 1),
    ]


def test_a_block_never_holds_two_documents(tmp_path) -> None:
    path = write(tmp_path / "a.txt", "one.\ntwo.\nthree.\n")
    assert pairs(Text(path=path, documents="line", words=99)) == [("one.", 0), ("two.", 1), ("three.", 2)]


def test_files_a_folder_and_patterns(tmp_path) -> None:
    write(tmp_path / "b.txt", "of b.")
    write(tmp_path / "a.txt", "of a.")
    write(tmp_path / "more" / "c.txt", "of c.")
    write(tmp_path / "README.md", "not read unless named.")
    write(tmp_path / ".hidden.txt", "never read.")
    assert pairs(Text(path=str(tmp_path))) == [("of a.", 0), ("of b.", 1), ("of c.", 2)]
    assert pairs(Text(path=str(tmp_path / "*.txt"))) == [("of a.", 0), ("of b.", 1)]
    named = (str(tmp_path / "README.md"), str(tmp_path / "a.txt"))
    assert pairs(Text(path=named)) == [("not read unless named.", 0), ("of a.", 1)]


def test_splits_are_as_given(tmp_path) -> None:
    train, test = write(tmp_path / "a.txt", "a."), write(tmp_path / "b.txt", "b. b.")
    dataset = Text(path=train, test=test, unit="sentence")
    assert dataset.info().sizes == {"train": 1, "test": 2}
    assert pairs(dataset, "test") == [("b.", 0), ("b.", 0)]
    assert list(Text(path=train, val=test, test=test).info().sizes) == ["train", "val", "test"]


def test_each_distinct_value_of_a_column_is_a_document(tmp_path) -> None:
    rows = [{"id": 1, "context": "a. b."}, {"id": 2, "context": "a. b."}, {"id": 3, "context": "c."}]
    path = write_rows(tmp_path / "a.jsonl", rows)
    assert pairs(Text(path=path, field="context")) == [("a. b.", 0), ("c.", 1)]
    table = write(tmp_path / "a.csv", 'context,label\n"x, y.",1\nz.,0\n')
    assert pairs(Text(path=table, field="context")) == [("x, y.", 0), ("z.", 1)]


def test_of_several_columns_it_is_the_first_that_a_file_has(tmp_path) -> None:
    first = write_rows(tmp_path / "a.jsonl", [{"context": "a."}])
    second = write_rows(tmp_path / "b.jsonl", [{"document": "b.", "summary": "s."}])
    plain = write(tmp_path / "c.txt", "c.")
    dataset = Text(path=(plain, first, second), field=("context", "document"))
    assert pairs(dataset) == [("c.", 0), ("a.", 1), ("b.", 2)]


def test_documents_without_text_are_none(tmp_path) -> None:
    path = write_rows(tmp_path / "a.jsonl", [{"t": ""}, {"t": " \n "}, {"t": "a."}])
    assert pairs(Text(path=path, field="t")) == [("a.", 0)]


def test_the_fingerprint_follows_the_content_and_not_the_place(tmp_path) -> None:
    first, same, other = (
        Text(path=write(tmp_path / name, text))
        for name, text in (("a.txt", "a."), ("sub/b.txt", "a."), ("c.txt", "c."))
    )
    assert first.identity() == same.identity()
    assert first.fingerprint() != other.fingerprint()
    assert Text(path=first.path, test=first.path).fingerprint() != first.fingerprint()
    assert first.identity() != Text(path=first.path, words=20).identity()
    assert first.identity() == Text(path=first.path, licence="CC0").identity()


def test_faults_are_told_in_a_line(tmp_path) -> None:
    plain = write(tmp_path / "a.txt", "a.")
    rows = write_rows(tmp_path / "a.jsonl", [{"body": "a."}])
    assert fault(Text()) == ("no files; give `path:`", "path")
    assert fault(Text(path="nowhere.txt")) == ("nowhere.txt: no such file", "path")
    assert fault(Text(path=plain, test="nowhere.txt")) == ("nowhere.txt: no such file", "test")
    assert fault(Text(path=rows)) == (
        f"no column 'text' in {rows}; it has 'body'; name the column of texts as `field:`",
        "field",
    )
    rows = write_rows(tmp_path / "b.jsonl", [{"text": "a."}])
    message, field = fault(Text(path=rows, field="txt"))
    assert f"no column 'txt' in {rows}; it has 'text'; did you mean 'text'?" == message
    assert field == "field"
    (tmp_path / "empty").mkdir()
    assert "holds no file that ends in .txt" in fault(Text(path=str(tmp_path / "empty")))[0]
    assert "holds no rows" in fault(Text(path=write(tmp_path / "none.csv", "text\n"), field="text"))[0]


def test_faults_that_only_reading_shows(tmp_path) -> None:
    blank = write(tmp_path / "blank.txt", " \n")
    assert fault(Text(path=blank), late=True) == (f"{blank}: holds no text", "path")
    number = write_rows(tmp_path / "a.jsonl", [{"t": "a."}, {"t": 3}])
    message = fault(Text(path=number, field="t"), late=True)[0]
    assert message == f"{number}, row 2, column 't': holds no text"
    latin = tmp_path / "latin.txt"
    latin.write_bytes("é".encode("latin-1"))
    assert "cannot be read as text in UTF-8" in fault(Text(path=str(latin)), late=True)[0]
    broken = write(tmp_path / "broken.jsonl", '{"t": "a."}\n{"t": \n')
    assert "cannot be read as json" in fault(Text(path=broken, field="t"), late=True)[0]


def test_blocks_have_at_least_a_word() -> None:
    with pytest.raises(ValidationError):
        Text(path="a.txt", words=0)


def test_wikitext_and_squad_as_published(shared_data) -> None:
    wikitext = Text(path=str(shared_data / "wikitext-2" / "valid.txt"), documents="heading")
    assert wikitext.info().extra["train"]["documents"] == 60
    assert len(wikitext.load("train")[0].input.split()) <= 80
    squad = Text(
        path=str(shared_data / "squad" / "train.jsonl"),
        test=str(shared_data / "squad" / "test.jsonl"),
        field="context",
    )
    counts = squad.info().extra
    assert sum(counts[split]["documents"] for split in ("train", "test")) == 2067


def test_tables_are_read_as_strictly_as_those_with_labels(tmp_path) -> None:
    swallowed = write(tmp_path / "a.tsv", 'id\ttext\n1\t"one.\n2\ttwo."\n')
    assert "or rows of their own? where quotation marks belong" in fault(Text(path=swallowed), late=True)[0]
    assert len(Text(path=swallowed, quoting="none").load("train")) == 2
    assert len(Text(path=swallowed, quoting="minimal").load("train")) == 1
    assert "has 3 fields" in fault(Text(path=write(tmp_path / "b.csv", "id,text\n1,a, b\n")))[0]


def test_quoting_is_part_of_the_identity_only_if_it_is_given(tmp_path) -> None:
    path = write(tmp_path / "a.txt", "a.")
    assert "quoting" not in Text(path=path).identity()
    assert Text(path=path, quoting="none").identity()["quoting"] == "none"


def test_one_file_is_not_two_splits(tmp_path) -> None:
    path = write(tmp_path / "a.txt", "a.")
    assert fault(Text(path=path, test=path)) == (
        f"{path}: is both train and test; give test a file of its own",
        "test",
    )


def test_contents_are_the_texts(tmp_path) -> None:
    dataset = Text(path=write(tmp_path / "a.txt", "a. b."), unit="sentence")
    assert list(dataset.contents("train") or ()) == ["a.", "b."]
    assert dataset.contents("test") is None
    assert dataset.at_hand()
