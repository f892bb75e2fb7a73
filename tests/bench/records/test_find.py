"""A cell is found by the beginning of its id, in whichever suite it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.errors import StoreError
from bench.records.find import find_cell
from bench.records.record import Record
from bench.records.store import Store

ONE, OTHER = "ab" + "0" * 14, "ab" + "1" * 14


def put(results: Path, suite: str, id: str, *, kept: bool = False) -> Store:
    store = Store(results / suite)
    store.put(
        Record(
            id=id,
            suite=suite,
            status="done",
            labels={},
            seed=0,
            row="0123",
            primary="accuracy",
            cell={},
            identity={},
            started="2030-01-01T00:00:00+00:00",
            seconds=1.0,
        )
    )
    if kept:
        store.artifact_path(id).parent.mkdir()
        store.artifact_path(id).touch()
    return store


@pytest.fixture
def results(tmp_path: Path) -> Path:
    put(tmp_path, "vision", ONE)
    put(tmp_path, "text", OTHER)
    return tmp_path


@pytest.mark.parametrize("wanted", [ONE, "ab0"])
def test_by_id_or_its_beginning(results: Path, wanted: str) -> None:
    store, record = find_cell(wanted, results)
    assert (record.id, store.folder.name) == (ONE, "vision")


def test_by_the_path_of_its_record(results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = Store(results / "text").record_path(OTHER)
    assert find_cell(str(path), Path("elsewhere"))[1].id == OTHER
    monkeypatch.chdir(path.parent)
    assert find_cell(path.name, Path("elsewhere"))[0].artifact_path(OTHER).parents[1] == results / "text"


def test_of_two_suites_that_share_it_the_one_that_kept_the_encoder(results: Path) -> None:
    kept = put(results, "zoo", ONE, kept=True)
    assert find_cell(ONE, results)[0].folder == kept.folder


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ("ab", f"'ab' begins the ids of 2 cells in .*: {ONE}, {OTHER}; give more of it"),
        ("*", r"no record of a cell '\*'"),
        ("f", "no record of a cell 'f' in .*--results names another folder"),
        ("../text/cells/gone.json", "no record of a cell"),
    ],
)
def test_what_is_not_one_cell(results: Path, wanted: str, message: str) -> None:
    with pytest.raises(StoreError, match=message) as caught:
        find_cell(wanted, results)
    assert "\n" not in str(caught.value)


def test_a_record_that_cannot_be_read(results: Path) -> None:
    path = Store(results / "vision").record_path(ONE)
    path.write_text("{")
    with pytest.raises(StoreError, match=f"{ONE}.json: passed over, not a record"):
        find_cell(ONE, results)


def test_a_record_that_is_not_in_a_suites_results(results: Path) -> None:
    loose = Store(results / "vision").record_path(ONE).rename(results / "loose.json")
    with pytest.raises(StoreError, match=r"loose\.json: is not in the folder `cells`"):
        find_cell(str(loose), results)
