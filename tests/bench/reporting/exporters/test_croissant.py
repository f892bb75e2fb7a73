"""Croissant: MLCommons' own library validates the description and reads the splits out of it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from bench import BenchError, Sheet
from bench.records.record import Record
from bench.reporting.exporters.croissant import CONTEXT, Croissant
from bench.reporting.sheet import make_sheet
from bench.testing.exporters import hostile_sheet

# In a process of its own: it imports what warns of its own deprecations.
READ = """
import json, sys, warnings
warnings.simplefilter("ignore")
import mlcroissant
found = mlcroissant.Dataset(jsonld=sys.argv[1])
issues = found.metadata.ctx.issues
records = [dict(record) for record in found.records("splits")]
print(json.dumps({"name": found.metadata.name, "errors": sorted(issues.errors), "records": records}))
"""

needs_mlcroissant = pytest.mark.skipif(
    find_spec("mlcroissant") is None, reason="mlcroissant is not installed"
)


def descriptions(sheet: Sheet) -> dict[str, dict[str, Any]]:
    return {name: json.loads(content) for name, content in Croissant().export(sheet).items()}


@needs_mlcroissant
@pytest.mark.parametrize("hostile", [False, True], ids=["plain", "hostile"])
def test_mlcroissant_reads_it(sheet: Sheet, tmp_path: Path, hostile: bool) -> None:
    found = hostile_sheet() if hostile else sheet
    [(name, content)] = Croissant().export(found).items()
    (tmp_path / name).write_bytes(content)
    command = [sys.executable, "-c", READ, str(tmp_path / name)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    read = json.loads(done.stdout)
    [data] = found.data
    assert (read["name"], read["errors"]) == (data.title, [])
    splits = {record["splits/name"]: record["splits/examples"] for record in read["records"]}
    assert splits == data.examples


def test_a_description_says_what_is_known(sheet: Sheet) -> None:
    [(name, found)] = descriptions(sheet).items()
    assert name == "digits-0a1b2c3d-image-classification.json"
    assert found["@context"] == CONTEXT
    assert (found["name"], found["license"]) == ("digits", "CC BY 4.0")
    assert found["identifier"] == "0a1b2c3d" * 8
    assert "for image-classification, 3 classes" in found["description"]
    assert [line["splits/url"] for line in found["recordSet"][0]["data"]] == [
        "cr:TrainingSplit",
        "cr:ValidationSplit",
        "cr:TestSplit",
    ]


def test_what_is_not_known_is_left_out(record: Callable[..., Record]) -> None:
    [found] = descriptions(make_sheet([record()])).values()
    assert found.keys() == {"@context", "@type", "name", "description", "conformsTo", "identifier"}


def test_each_data_set_has_a_file(record: Callable[..., Record]) -> None:
    sheet = make_sheet([record(dataset=dataset) for dataset in ("pets", "cars", "cars")])
    assert {found["name"] for found in descriptions(sheet).values()} == {"pets", "cars"}


def test_without_cells_there_is_nothing_to_describe() -> None:
    with pytest.raises(BenchError, match="no data set to describe"):
        Croissant().export(Sheet([], [], []))
