from __future__ import annotations

from pathlib import Path

import pytest

from bench import DataError
from bench_data.hub import Hub

# What a copy of a GLUE data set looks like: configurations in the card, test labels that are all -1.
CARD = """---
configs:
- config_name: sst2
  data_files:
  - {split: train, path: sst2/train.jsonl}
  - {split: validation, path: sst2/validation.jsonl}
  - {split: test, path: sst2/test.jsonl}
- config_name: mnli
  data_files:
  - {split: train, path: mnli/train.jsonl}
  - {split: validation_matched, path: mnli/matched.jsonl}
---
"""


@pytest.fixture
def glue(tmp_path, monkeypatch) -> Path:
    root = tmp_path / "nyu-mll" / "glue"
    files = {
        "README.md": CARD,
        "sst2/train.jsonl": '{"sentence": "fine", "label": 1}\n{"sentence": "dull", "label": 0}\n',
        "sst2/validation.jsonl": '{"sentence": "good", "label": 1}\n',
        "sst2/test.jsonl": '{"sentence": "?", "label": -1}\n{"sentence": "!", "label": -1}\n',
        "mnli/train.jsonl": (
            '{"premise": "a", "hypothesis": "b", "label": 2}\n'
            '{"premise": "c", "hypothesis": "d", "label": 0}\n'
        ),
        "mnli/matched.jsonl": '{"premise": "e", "hypothesis": "f", "label": 0}\n',
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    return root


def test_splits_have_their_usual_names_and_unlabelled_ones_are_left_out(glue):
    dataset = Hub(path="nyu-mll/glue", config="sst2", text="sentence", classes=("negative", "positive"))
    dataset.check()
    assert dataset.spelled() == "hub/nyu-mll/glue"
    assert dataset.info().sizes == {"train": 2, "val": 1}
    assert dataset.info().classes == ("negative", "positive")
    assert [(example.input, example.target) for example in dataset.load("train")] == [
        ("fine", 1),
        ("dull", 0),
    ]


def test_pairs_and_a_split_by_name(glue):
    dataset = Hub(
        path="nyu-mll/glue", config="mnli", text=("premise", "hypothesis"), val="validation_matched"
    )
    assert dataset.info().sizes == {"train": 2, "val": 1}
    assert dataset.load("train")[0].input == ("a", "b")
    assert [example.target for example in dataset.load("train")] == [1, 0]


def test_a_split_that_is_given_another_role_keeps_only_that(glue):
    dataset = Hub(path="nyu-mll/glue", config="sst2", text="sentence", test="validation")
    assert dataset.info().sizes == {"train": 2, "test": 1}


@pytest.mark.parametrize(
    ("settings", "message", "field"),
    [
        ({"config": "mnli", "val": "validation"}, "no split 'validation' in nyu-mll/glue", "val"),
        ({"config": "nothing"}, "nyu-mll/glue: BuilderConfig 'nothing' not found", "path"),
        ({"config": "sst2"}, "no column 'premise' in nyu-mll/glue, split train; it has 'sentence'", "text"),
    ],
)
def test_faults_are_one_line(glue, settings, message, field):
    with pytest.raises(DataError) as caught:
        Hub(path="nyu-mll/glue", text="premise", **settings).info()
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)
    assert caught.value.field == field


def test_a_local_copy_is_known_by_its_content(glue):
    dataset = Hub(path="nyu-mll/glue", config="sst2", text="sentence")
    before = dataset.identity()
    assert before == dataset.identity()
    (glue / "sst2" / "train.jsonl").write_text('{"sentence": "fine", "label": 0}\n')
    assert dataset.identity() != before


def test_a_column_says_which_rows_belong_together(glue):
    settings = {"path": "nyu-mll/glue", "config": "mnli", "text": "premise", "val": "validation_matched"}
    dataset = Hub(**settings, group="hypothesis")
    assert dataset.groups("train") == ["b", "d"]
    assert dataset.groups("val") == ["f"]
    assert Hub(**settings).groups("train") is None
    with pytest.raises(DataError, match=r"no column 'premisse' .*; it has 'premise', 'hypothesis'"):
        Hub(**settings, group="premisse").info()


def test_identity_without_a_copy_is_of_id_config_revision_and_splits(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    values = [
        Hub(path="a/b", text="t"),
        Hub(path="a/c", text="t"),
        Hub(path="a/b", text="t", config="x"),
        Hub(path="a/b", text="t", revision="x"),
        Hub(path="a/b", text="u"),
        Hub(path="a/b", text="t", val="x"),
        Hub(path="a/b", text="t", group="x"),
    ]
    assert len({str(value.identity()) for value in values}) == len(values)


def test_what_cannot_be_had_says_how_to_provide_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    dataset = Hub(path="nobody/nothing-of-this-name", text="t")
    dataset.check()
    with pytest.raises(DataError) as caught:
        dataset.info()
    assert "cannot be had from the hub" in str(caught.value)
    assert "--local-dir nobody/nothing-of-this-name" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_split_is_not_two(glue):
    dataset = Hub(path="nyu-mll/glue", config="sst2", text="sentence", val="validation", test="validation")
    with pytest.raises(DataError, match="split 'validation' is given twice"):
        dataset.check()


def test_the_usual_column_need_not_be_named_and_is_looked_for(glue):
    dataset = Hub(path="nyu-mll/glue", config="sst2")
    assert dataset == Hub(path="nyu-mll/glue", config="sst2", text="text")
    with pytest.raises(DataError, match=r"no column 'text' in .*; it has 'sentence', 'label'"):
        dataset.info()


def test_contents_of_a_local_copy_are_at_hand(glue):
    dataset = Hub(path="nyu-mll/glue", config="sst2", text="sentence")
    assert dataset.at_hand()
    assert list(dataset.contents("train")) == ["fine", "dull"]
    assert dataset.contents("test") is None
    assert not Hub(path="somebody/elsewhere", text="sentence").at_hand()
