"""Records of earlier versions are read as today's; those of newer versions are left alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

import bench
import fakes
import trials
from bench.errors import NewerRecord
from bench.planning.cell import Cell
from bench.records.migrations import read
from bench.records.record import Facts, Record
from bench.records.store import Store
from bench.registry import load
from bench_objectives.fine_tune import FineTune

GOLDEN = Path(__file__).parent / "golden"
TUNED, CACHED, FAILED, SKIPPED, REPEATED = (
    "a721c0f72e9ccd0f",
    "ed32c87af34d31f3",
    "000000000000fa11",
    "000000000000541b",
    "0000000000009e9e",
)
PARENTS, CHILDREN = ("79036b1c5bc4976c", "4b32f6c8fd2af89c"), ("5fc48508431234da", "90aab831ed8ae706")

FORMAT_1 = Store(GOLDEN / "format_1")


def raw(id: str, store: Store = FORMAT_1) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(store.record_path(id).read_bytes())
    return document


def known(id: str) -> Record:
    record = FORMAT_1.get(id)
    assert record is not None
    return record


def alone(document: Mapping[str, Any]) -> Record:
    """The record of a document in a folder without any other."""
    return read(json.dumps(document).encode(), lambda id: None)


def flat(tables: Mapping[str, bench.Reading]) -> dict[str, dict[str, bench.Value]]:
    return {table: trials.columns(reading) for table, reading in tables.items()}


def ids() -> list[str]:
    return sorted(path.stem for path in FORMAT_1.folder.glob("cells/*.json"))


@pytest.mark.parametrize("id", ids())
def test_all_that_format_1_says_is_there_under_the_columns_it_had(id: str) -> None:
    record, document = known(id), raw(id)
    assert flat(record.resources) == document.pop("resources")
    assert [flat(run) for run in record.repeats] == document.pop("repeats")
    assert record.higher_is_better == document.pop("higher_is_better")
    assert (record.format, document.pop("format")) == (2, 1)
    written = json.loads(record.model_dump_json())
    for failure in document["failures"]:
        failure |= {"cause": None, "log": []}  # nobody wrote these down then
    assert {name: written[name] for name in document} == document


@pytest.mark.parametrize("id", ids())
def test_the_facts_of_each_figure_are_there_and_of_no_other(id: str) -> None:
    record = known(id)
    for table, facts in record.figures.items():
        if table == "quality":
            measured = {record.primary, *(name for values in record.quality.values() for name in values)}
        else:
            runs = [record.resources.get(table, {}), *(run.get(table, {}) for run in record.repeats)]
            measured = {name for reading in runs for values in reading.values() for name in values}
        assert facts.keys() == measured


def test_figures_go_by_the_phases_of_that_version() -> None:
    resources = known(REPEATED).resources
    assert resources["throughput"]["train"].keys() >= {"samples_per_s", "seconds", "joules", "peak_share"}
    assert resources["throughput"][""].keys() >= {"latency_ms_p50", "compile_seconds", "peak_gflops"}
    assert resources["memory"].keys() == {"", "load", "prepare", "compile", "train", "evaluate", "checkpoint"}
    assert resources["stamps"] == {"train": {"ticks": 3}, "": {"ticks": 4, "colour": "red"}}
    assert known(CACHED).resources["throughput"]["encode"]["cached"] is True


def test_what_is_known_of_figures_by_hand() -> None:
    figures = known(REPEATED).figures
    assert figures["quality"]["accuracy"] == Facts(better="higher")
    assert figures["throughput"]["samples_per_s"] == Facts(unit="samples/s", better="higher", headline=1)
    assert figures["memory"]["peak_mib"] == Facts(unit="MiB", better="lower", headline=4, role="memory")
    assert figures["stamps"]["ticks"] == Facts()
    assert (
        known(FAILED).figures == known(SKIPPED).figures == {"quality": {"accuracy": Facts(better="higher")}}
    )


def test_a_primary_of_another_package_keeps_its_direction() -> None:
    document = raw(FAILED) | {"primary": "mae", "higher_is_better": False}
    assert alone(document).figures == {"quality": {"mae": Facts(better="lower")}}


def test_cells_that_differ_in_their_seed_alone_have_one_row() -> None:
    assert len({known(id).row for id in (TUNED, FAILED, SKIPPED, REPEATED)}) == 1
    assert known(PARENTS[0]).row == known(PARENTS[1]).row
    assert known(CHILDREN[0]).row == known(CHILDREN[1]).row
    assert len({known(id).row for id in (TUNED, CACHED, PARENTS[0], CHILDREN[0])}) == 4


def test_they_have_so_where_the_records_of_their_parents_are_gone() -> None:
    rows = {alone(raw(id)).row for id in CHILDREN}
    assert len(rows) == 1
    assert rows.isdisjoint(known(id).row for id in ids())


def as_format_1(record: Record) -> dict[str, Any]:
    """What the earlier version wrote of a record."""
    document = json.loads(record.model_dump_json(exclude={"row", "figures"}))
    return document | {
        "format": 1,
        "higher_is_better": record.higher_is_better,
        "resources": flat(record.resources),
        "repeats": [flat(run) for run in record.repeats],
    }


def without_means(record: Record) -> Record:
    """A record that does not say which figures are means, as the earlier version did not."""
    quality = {
        name: facts.model_copy(update={"mean_of": ""}) for name, facts in record.figures["quality"].items()
    }
    return record.model_copy(update={"figures": {**record.figures, "quality": quality}})


def test_a_record_is_what_this_version_would_have_written(tmp_path: Path) -> None:
    parent = fakes.cell(FineTune(epochs=1))
    child = fakes.cell(FineTune(epochs=1), seed=3, parent=parent)
    for cell in (parent, child):
        job = trials.job(cell, tmp_path, keep_encoder=True)
        record = trials.run_trial(job, load().meters(), lambda progress: None)
        assert record.status == "done", record.reason
        job.store.record_path(cell.id).parent.mkdir(exist_ok=True)
        job.store.record_path(cell.id).write_text(json.dumps(as_format_1(record)))
        assert job.store.get(cell.id) == without_means(record)
        assert record.row == cell.row


def row(**changes: Any) -> str:
    return fakes.cell(trials.Nothing(), **changes).row


def test_rows_by_hand() -> None:
    def parent(**changes: Any) -> Cell:
        return fakes.cell(trials.Idle(), **changes)

    assert row(seed=0) == row(seed=1) != row(device="cuda")
    assert row(labels={"backbone": "mine"}) != row()
    assert row(parent=parent(seed=0)) == row(parent=parent(seed=1)) != row()
    assert row(parent=parent(device="cuda")) != row(parent=parent())


# --- newer ones ------------------------------------------------------------------------------------------


NEWER = {
    "format": lambda document: document | {"format": 999},
    "name of a format": lambda document: document | {"format": "two"},
    "field": lambda document: document | {"mood": "good"},
    "nested": lambda document: document | {"failures": [{"reason": "", "started": "", "seconds": 0, "x": 1}]},
    "of format 1": lambda document: document | {"format": 1, "mood": "good"},
}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    copytree(FORMAT_1.folder, tmp_path / "suite")
    return Store(tmp_path / "suite")


@pytest.mark.parametrize("kind", NEWER)
def test_a_newer_record_is_passed_over_and_never_overwritten(store: Store, kind: str) -> None:
    record = known(TUNED)
    source = raw(TUNED) if "1" in kind else json.loads(record.model_dump_json())
    path = store.record_path(TUNED)
    path.write_text(json.dumps(NEWER[kind](source)))
    before = path.read_bytes()
    assert store.get(TUNED) is None
    assert store.is_newer(TUNED)
    assert store.unreadable[0].startswith(f"{path}: passed over, written by a newer version of bench (")
    with pytest.raises(NewerRecord, match="not overwritten"):
        store.put(record)
    store.migrate()
    assert path.read_bytes() == before


def test_nor_is_its_encoder_when_another_suite_has_one(store: Store) -> None:
    other = Store(store.folder.parent / "other")
    other.put(known(TUNED))
    for folder, content in ((store, b"newer"), (other, b"older")):
        for suffix in (".safetensors", ".json"):
            path = folder.artifact_path(TUNED).with_suffix(suffix)
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
    store.record_path(TUNED).write_text('{"format": 999}')
    store.adopt(TUNED)
    assert store.record_path(TUNED).read_text() == '{"format": 999}'
    assert store.artifact_path(TUNED).read_bytes() == b"newer"


def test_what_is_no_record_at_all_may_be_written_over(store: Store) -> None:
    store.record_path(TUNED).write_text("{")
    assert not store.is_newer(TUNED)
    store.put(known(TUNED))
    assert store.get(TUNED) == known(TUNED)


# --- on disk ---------------------------------------------------------------------------------------------


def test_old_records_are_rewritten_once(store: Store) -> None:
    before = store.records()
    assert store.migrate() == len(ids())
    assert {raw(id, store)["format"] for id in ids()} == {2}
    assert store.records() == before
    assert store.migrate() == 0
