from __future__ import annotations

import csv
import io
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench import DataError
from bench_data.delimited import CsvFile


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def fault(file: CsvFile, label: str | None = None, most: int | None = None) -> str:
    with pytest.raises(DataError) as caught:
        list(file.rows(label, most))
    assert "\n" not in str(caught.value)
    return str(caught.value).removeprefix(str(file.path))


# --- against Python's csv --------------------------------------------------------------------------------

CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
FIELDS = st.text(CHARACTERS | st.sampled_from("\",;\t\n\r '\\"), max_size=12)
BARE = st.text(CHARACTERS | st.sampled_from("\"' \\"), max_size=12).map(
    lambda text: "".join(character for character in text if character not in ",;\t\n\r")
)

ENDS = (("\r\n", csv.QUOTE_MINIMAL), ("\n", csv.QUOTE_ALL))
"""With lines that end in LF alone, Python's csv leaves a CR in a field without quotation marks."""


def tables(fields):
    return st.integers(1, 4).flatmap(
        lambda width: st.lists(
            st.lists(fields, min_size=width, max_size=width), min_size=2, max_size=8, unique_by=tuple
        )
    )


@settings(deadline=None)
@given(tables(FIELDS), st.sampled_from(",;\t|"), st.sampled_from(ENDS))
def test_what_python_writes_with_quotation_marks_is_read_back(rows, delimiter, end):
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter, lineterminator=end[0], quoting=end[1]).writerows(rows)
    with TemporaryDirectory() as folder:
        path = write(Path(folder) / "a.csv", written.getvalue())
        file = CsvFile(path, delimiter, "minimal")
        assert [file.header(), *file.rows()] == rows


@settings(deadline=None)
@given(tables(BARE.filter(bool)), st.sampled_from(",;\t"))
def test_what_python_writes_without_quotation_marks_is_read_back(rows, delimiter):
    written = io.StringIO()
    writer = csv.writer(written, delimiter=delimiter, quoting=csv.QUOTE_NONE, quotechar=None)
    writer.writerows(rows)
    with TemporaryDirectory() as folder:
        path = write(Path(folder) / "a.csv", "\ufeff" + written.getvalue())
        file = CsvFile(path, delimiter, "none")
        assert [file.header(), *file.rows()] == rows


@settings(deadline=None)
@given(st.text(st.sampled_from('ab",\n'), max_size=60))
def test_no_row_is_ever_cut_or_shifted(content):
    with TemporaryDirectory() as folder:
        file = CsvFile(write(Path(folder) / "a.csv", "x,y\n" + content))
        with suppress(DataError):
            assert all(len(row) == 2 for row in file.rows())


# --- which rows are refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("a,b\n1,2\n1,2,3\n", ", row 2 (line 3): has 3 fields, the header has 2; put a field that holds"),
        ("a,b\n1,2,\n", ", row 1 (line 2): has 3 fields, the header has 2"),
        ("a,b\n\n1\n", ", row 1 (line 3): has 1 field, the header has 2; complete or remove it"),
        ('a,b\n"x\ny",1\n1\n', ", row 2 (line 4): has 1 field"),
        ("a,b\n1,2\na,b\n", ", row 2 (line 3): is the header once more; remove it"),
        ('a,b\n1,"x" y\n', ", row 1 (line 2): text stands behind a closing quotation mark"),
        ('a,b\n1,2\n1,"x\ny\n', ", row 2 (line 3): a quotation mark opens a field and none closes it"),
        ('a,b\n1,"he said \\"no\\""\n', ", row 1 (line 2): text stands behind a closing quotation mark"),
    ],
)
def test_a_faulty_row_is_named(tmp_path, content, expected):
    assert fault(CsvFile(write(tmp_path / "a.csv", content))).startswith(expected)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("a,b\n1,2\n".encode("utf-16"), "it is in UTF-16; convert it"),
        ("a,b\n1,2\n".encode("utf-16-be"), "line 1 holds a NUL; it may be in UTF-16, or damaged"),
        (b"a,b\n1,2\n1,\0\n", "line 3 holds a NUL"),
        (b"a,b\n1,2\n1,caf\xe9\n", "line 3 holds the byte 0xe9; convert it, most likely from Windows-1252"),
    ],
)
def test_what_is_not_text_in_utf8_is_named(tmp_path, content, expected):
    found = fault(CsvFile(write(tmp_path / "a.csv", content)))
    assert found.startswith(f": cannot be read as csv in UTF-8: {expected}")


def test_only_the_first_rows_are_read_if_no_more_are_asked_for(tmp_path):
    file = CsvFile(write(tmp_path / "a.csv", "a,b\n1,2\n3,4\n5\n"))
    assert list(file.rows(most=2)) == [["1", "2"], ["3", "4"]]
    assert "row 3 (line 4)" in fault(file)


def test_long_fields_are_read(tmp_path):
    file = CsvFile(write(tmp_path / "a.csv", f"a,b\n{'x' * 300_000},1\n"))
    assert [len(row[0]) for row in file.rows()] == [300_000]


def test_the_ending_tells_the_delimiter(tmp_path):
    content = "a,b\tc\n1\t2\n"
    assert CsvFile(write(tmp_path / "a.TSV", content)).header() == ["a,b", "c"]
    assert CsvFile(write(tmp_path / "a.csv", content)).header() == ["a", "b\tc"]
    assert CsvFile(write(tmp_path / "b.tsv", content), ",").header() == ["a", "b\tc"]


# --- stray quotation marks -------------------------------------------------------------------------------

SWALLOWED = 'label{0}text\n0{0}plain\n1{0}"it begins\n0{0}plain\n1{0}it ends"\n0{0}plain\n'


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_rows_within_quotation_marks_are_refused_until_it_is_said_what_they_are(tmp_path, delimiter):
    path = write(tmp_path / "a.csv", SWALLOWED.format(delimiter))
    found = fault(CsvFile(path, delimiter), "label")
    assert found.startswith(", row 2 (lines 3 to 5): one field in quotation marks, or rows of their own?")
    assert len(list(CsvFile(path, delimiter, "none").rows("label"))) == 5
    assert len(list(CsvFile(path, delimiter, "minimal").rows("label"))) == 3


def test_a_text_of_several_lines_with_commas_is_read_and_noted(tmp_path):
    path = write(tmp_path / "a.csv", 'text,label\nfine,1\n"Good, but\nlong, too",1\ndull,0\n')
    file = CsvFile(path)
    assert list(file.rows("label"))[1] == ["Good, but\nlong, too", "1"]
    assert file.notes() == [
        "a.csv: in 1 of 3 rows a field in quotation marks holds line breaks and ','; the first is row 2 "
        "(lines 3 to 4)"
    ]


def test_several_lines_without_a_delimiter_are_nothing_to_note(tmp_path):
    file = CsvFile(write(tmp_path / "a.csv", 'text,label\n"one\ntwo",1\n'))
    assert len(list(file.rows("label"))) == 1
    assert file.notes() == []


def test_a_tab_and_a_line_break_in_one_field_are_refused_in_any_case(tmp_path):
    file = CsvFile(write(tmp_path / "a.tsv", 'text\tlabel\n"a\tb\nc"\t1\n'))
    assert "one field in quotation marks, or rows of their own?" in fault(file, "label")
