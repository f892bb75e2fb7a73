"""New inputs, from files and lines."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from bench import DataError
from bench.toolkit.inputs import image_input, image_inputs, text_input, text_inputs


def read(path: Path, *columns: str) -> list[tuple[str, object]]:
    return [(item.where.removeprefix(str(path)), item.read()) for item in text_inputs(path, columns)]


def test_a_file_is_one_text(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("\ufeffwords,\nand more\n", encoding="utf-8")
    assert read(file) == [("", "words,\nand more")]


@pytest.mark.parametrize(
    ("name", "content", "columns"),
    [
        ("a.csv", 'text,id\n"x, y",1\n\nz,2\n', ()),
        ("a.csv", 'review\n"x, y"\nz\n', ()),
        ("a.tsv", "id\treview\n1\tx, y\n2\tz\n", ("review",)),
    ],
)
def test_a_row_of_a_table_is_one(tmp_path: Path, name: str, content: str, columns: tuple[str, ...]) -> None:
    (tmp_path / name).write_text(content)
    assert read(tmp_path / name, *columns) == [(", row 1", "x, y"), (", row 2", "z")]


def test_pairs(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("b,a\n1,2\n")
    assert read(tmp_path / "a.csv", "a", "b") == [(", row 1", ("2", "1"))]
    assert text_input("2\t1", ("a", "b")) == ("2", "1")
    with pytest.raises(DataError, match="has 1 fields"):
        text_input("2 1", ("a", "b"))
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(DataError, match="a pair of texts; give a csv file with a, b"):
        read(tmp_path / "a.txt", "a", "b")


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("a.txt", b"\xff", "not readable as text in UTF-8"),
        ("a.csv", b"text\n\xff\n", "not readable as a table in UTF-8"),
        ("a.csv", b"id,review\n1,x\n", "has no column 'text'; it has id, review"),
        ("a.csv", b"", "has no column 'text'; it has none"),
        ("a.csv", b"text,id\nx\n", "row 1: has 1 fields, the header has 2"),
        ("a.csv", b'text\n"x', "not readable as a table"),
    ],
)
def test_what_is_not_readable(tmp_path: Path, name: str, content: bytes, fault: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=fault) as caught:
        read(tmp_path / name)
    assert str(caught.value).startswith(str(tmp_path / name))


def test_images(tmp_path: Path) -> None:
    Image.new("RGB", (3, 2), "red").save(tmp_path / "a.png")
    (item,) = image_inputs(tmp_path / "a.png")
    assert (item.where, item.read().size) == (str(tmp_path / "a.png"), (3, 2))
    (tmp_path / "b.png").write_text("no image")
    for name, fault in (("b.png", "not a readable image"), ("c.png", "no such file")):
        with pytest.raises(DataError, match=fault):
            image_input(str(tmp_path / name))
