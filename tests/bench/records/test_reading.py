"""Records are read as pydantic reads them, whatever they have in common."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from bench.records.reading import SHARED, Reader
from bench.records.record import Facts, Record

FACTS = Facts(unit="samples/s", better="higher", headline=1)
RECORD = Record(
    id="0123456789abcdef",
    suite="tiny",
    status="done",
    row="fedcba9876543210",
    labels={"backbone": "net"},
    seed=0,
    primary="accuracy",
    figures={"throughput": {"samples_per_s": FACTS}, "quality": {"accuracy": Facts(better="higher")}},
    quality={"test": {"accuracy": 0.5}},
    cell={"backbone": {"name": "net"}},
    identity={"backbone": {"name": "net"}},
    software={"torch": "2"},
    started="2026-01-01T00:00:00+00:00",
    seconds=1.5,
)


def written(**changes: Any) -> bytes:
    return RECORD.model_copy(update=changes).model_dump_json(indent=1).encode()


MACHINES: list[dict[str, Any]] = [
    {"id": "a", "cores": 2},
    {"id": "a", "cores": 2.0},
    {"id": "a", "cores": True},
    {},
]


@pytest.mark.parametrize("machine", MACHINES)
def test_what_is_read_is_what_was_written(machine: dict[str, Any]) -> None:
    reader = Reader()
    for content in (written(), written(machine=machine), written(machine=machine, git={"commit": "a\n }"})):
        found, expected = reader.read(content), Record.model_validate_json(content)
        assert found == expected
        assert found.model_dump_json() == expected.model_dump_json()
        assert found.model_fields_set == expected.model_fields_set


def test_equal_values_are_held_once() -> None:
    reader = Reader()
    first, second = (reader.read(written(seed=seed, machine=MACHINES[0])) for seed in (0, 1))
    assert (first.seed, second.seed) == (0, 1)
    assert first.figures is second.figures
    assert first.machine is second.machine


@pytest.mark.parametrize("indent", [None, 0, 1, 2, 4])
@pytest.mark.parametrize("turned", [False, True])
def test_files_of_any_form_are_read(indent: int | None, turned: bool) -> None:
    document = json.loads(written(machine=MACHINES[0], git={"commit": "abc"}))
    fields = dict(reversed(document.items())) if turned else document
    assert Reader().read(json.dumps(fields, indent=indent).encode()) == Record.model_validate(document)


@pytest.mark.parametrize("name", SHARED)
@pytest.mark.parametrize("wrong", [3, None, {"a": {"b": [1]}}, {"a": []}])
def test_faults_are_told_with_their_places(name: str, wrong: Any) -> None:
    content = json.dumps({**json.loads(written()), name: wrong}, indent=1).encode()
    with pytest.raises(ValidationError) as expected:
        Record.model_validate_json(content)
    with pytest.raises(ValidationError) as found:
        Reader().read(content)
    assert found.value.errors() == expected.value.errors()


@pytest.mark.parametrize("end", range(1, 900, 37))
def test_a_file_that_is_cut_off_is_refused(end: int) -> None:
    with pytest.raises(ValidationError):
        Reader().read(written(machine=MACHINES[0])[:-end])
