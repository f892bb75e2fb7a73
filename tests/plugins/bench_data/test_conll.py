"""CoNLL files are read as they were meant, or an error names file and line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bench
from bench_data.conll import Conll
from bench_data.conll_file import ConllFile

FOUR = "EU NNP B-NP B-ORG\nrejects VBZ B-VP O\n\nPeter NNP B-NP B-PER\nBlackburn NNP I-NP I-PER\n"


def written(tmp_path: Path, text: str | bytes, name: str = "train.conll") -> Path:
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def data(tmp_path: Path, text: str | bytes, **settings: Any) -> Conll:
    return Conll(train=str(written(tmp_path, text)), **settings)


def test_words_and_the_last_column(tmp_path: Path) -> None:
    dataset = data(tmp_path, FOUR)
    dataset.check()
    assert dataset.info().classes == ("B-ORG", "B-PER", "I-PER", "O")
    assert [(example.input, example.target) for example in dataset.load("train")] == [
        (["EU", "rejects"], (0, 3)),
        (["Peter", "Blackburn"], (1, 2)),
    ]
    assert dataset.groups("train") is None
    assert dataset.where("train", 1).endswith("train.conll, line 4")


def test_columns_are_chosen(tmp_path: Path) -> None:
    dataset = data(tmp_path, FOUR, tags=1)
    assert dataset.info().classes == ("NNP", "VBZ")
    assert data(tmp_path, FOUR, words=1, tags=-2).load("train")[1].input == ["NNP", "NNP"]


def test_documents_are_groups(tmp_path: Path) -> None:
    text = f"-DOCSTART- -X- O O\n\n{FOUR}\n-DOCSTART- -X- O O\n\nNew NNP B-NP O\n"
    dataset = data(tmp_path, text)
    assert len(dataset.load("train")) == 3
    first, second, third = dataset.groups("train") or ()
    assert first == second != third


def test_windows_line_ends_marks_tabs_and_other_white_space_in_words(tmp_path: Path) -> None:
    text = "\ufeff10\u00a0000\tO\r\nm\tO\r\n \t\r\n\r\n#tag\tO\r\n"
    dataset = data(tmp_path, text)
    assert [example.input for example in dataset.load("train")] == [["10\u00a0000", "m"], ["#tag"]]


def test_comments(tmp_path: Path) -> None:
    text = "# id = 1\n1 Ich PRON\n2 gehe VERB\n\n# id = 2\n1 Ja INTJ\n"
    dataset = data(tmp_path, text, comments="#", words=1)
    assert [example.input for example in dataset.load("train")] == [["Ich", "gehe"], ["Ja"]]
    with pytest.raises(bench.DataError, match=r"line 2: has 3 columns, the lines above have 4$"):
        data(tmp_path, text, words=1).check()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a O\nb B-x I-x\n", "line 2: has 3 columns, the lines above have 2"),
        ("a\nb\n", "line 1: has 1 column; words and tags cannot both be in number 0"),
        ("", "holds no words"),
        ("\n\n-DOCSTART- O\n\n", "holds no words"),
        ("a O\nb\0 O\n", "line 2 holds a NUL"),
        (b"a O\n\xe9 O\n", "line 2 holds the byte 0xe9; convert it, most likely from Windows-1252"),
        ("a O\n" + "x" * 10_000_000 + " O\n", r"line 2: holds 10,000,000 characters without a gap, 'xxx"),
        ("a O\n" + "x " * 5_000_000 + "\n", "line 2: has 5000000 columns, the lines above have 2"),
        ("a O\n".encode("utf-16"), "it is in UTF-16; convert it"),
    ],
    ids=range(9),
)
def test_faults_are_one_line_with_file_and_place(tmp_path: Path, text: str | bytes, fault: str) -> None:
    with pytest.raises(bench.DataError, match=fault) as caught:
        data(tmp_path, text).check()
    assert "train.conll" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300 + len(str(tmp_path))


def test_settings_that_do_not_fit(tmp_path: Path) -> None:
    with pytest.raises(bench.DataError, match=r"line 1: has 4 columns, too few for `words: 0` and `tags: 7`"):
        data(tmp_path, FOUR, tags=7).check()
    with pytest.raises(bench.DataError, match="no files; give"):
        Conll().check()
    with pytest.raises(bench.DataError, match="is both train and test"):
        data(tmp_path, FOUR, test=str(tmp_path / "train.conll")).check()


def test_a_tag_that_train_does_not_have(tmp_path: Path) -> None:
    test = written(tmp_path, "\nBern NNP B-NP B-LOC\n", "test.conll")
    dataset = data(tmp_path, FOUR, test=str(test))
    with pytest.raises(bench.DataError, match=r"test.conll, sentence at line 2: 'B-LOC' is no tag of train"):
        dataset.info()
    classes = ("O", "B-LOC", "B-ORG", "B-PER", "I-PER")
    named = dataset.model_copy(update={"classes": classes})
    assert named.load("test")[0].target == (1,)


CHARACTERS = st.characters(exclude_categories=("Cs", "Cc"), exclude_characters=" \ufeff")
WORD = st.text(CHARACTERS, min_size=1).filter(lambda word: word != "-DOCSTART-")


@given(st.lists(st.lists(st.tuples(WORD, WORD), min_size=1), min_size=1))
def test_whatever_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, sentences: list[list[tuple[str, str]]]
) -> None:
    path = tmp_path_factory.mktemp("conll") / "any.conll"
    text = "\n\n".join("\n".join(f"{word}\t{tag}" for word, tag in sentence) for sentence in sentences)
    path.write_text(text, encoding="utf-8")
    read = [list(zip(found.words, found.tags, strict=True)) for found in ConllFile(path).sentences()]
    assert read == sentences
