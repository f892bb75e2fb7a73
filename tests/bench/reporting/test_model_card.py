"""The model card: what it tells, and that nothing in a record can break out of it."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
import yaml

import bench
import fakes
import trials
from bench.planning.cell import Artifact, Cell
from bench.records.record import Record
from bench.reporting.model_card import model_card
from bench.trial.export import Exported

HOSTILE = "a`\n---\n```<script>alert(1)</script>](http://x) | *x* \x1b[31m # 'q': {y: &z !!python/object"


class Learns(trials.Nothing):
    lr: float = 0.5


class Denoises(Learns):
    name = "denoises"
    supervised = False


def card(
    cell: Cell,
    folder: Path,
    loading: str = "state = 1",
    exported: Mapping[str, Any] = MappingProxyType({"classes": ("a", "b")}),
    **changes: Any,
) -> tuple[dict[str, Any], str]:
    """Return the front matter and the page."""
    (folder / "model.safetensors").write_bytes(b"numbers")
    parts: dict[str, Any] = {
        "id": "ab" * 8,
        "suite": "tiny",
        "status": "done",
        "row": "cd" * 8,
        "labels": dict(cell.labels),
        "seed": cell.seed,
        "primary": "accuracy",
        "quality": {"val": {"accuracy": 0.5}, "test": {"accuracy": 0.25, "f1": 0.125}},
        "effective": {"device": "cpu", "steps": 7},
        "data": {"examples": {"train": 12}, "licence": "CC BY 4.0"},
        "machine": {"processor": "abacus"},
        "software": {"python": "3.11.7", "torch": "2.15.0"},
        "git": {"commit": "c0ffee", "dirty": False},
        "cell": {},
        "identity": {},
        "started": "2030-01-01T00:00:00+00:00",
        "seconds": 61.4,
        "notes": ["the sun shone"],
    }
    text = model_card(folder, Exported(cell, loading, **exported), Record(**{**parts, **changes}))
    empty, front, page = text.split("---\n", 2)
    assert empty == ""
    return yaml.safe_load(front), page


def test_the_front_matter(tmp_path: Path) -> None:
    front, _ = card(fakes.cell(Learns()), tmp_path)
    assert front == {
        "license": "unknown",
        "tags": ["transferbench", "nothing", "point"],
        "metrics": ["accuracy"],
        "model-index": [
            {
                "name": "layers/8 · nothing · points · seed 0",
                "results": [
                    {
                        "task": {"type": "point-classification"},
                        "dataset": {"type": "points", "name": "points", "split": split},
                        "metrics": [{"type": name, "value": value} for name, value in metrics.items()],
                    }
                    for split, metrics in {
                        "val": {"accuracy": 0.5},
                        "test": {"accuracy": 0.25, "f1": 0.125},
                    }.items()
                ],
            }
        ],
    }


def test_what_was_learned_without_labels_is_not_ranked_by_the_task(tmp_path: Path) -> None:
    front, page = card(fakes.cell(Denoises()), tmp_path, quality={"test": {"psnr": 20.0}}, primary="psnr")
    assert "model-index" not in front
    assert front["metrics"] == ["psnr"]
    assert "| test | psnr | 20.00 |" in page


def test_the_library_is_the_one_that_the_backbone_needs(tmp_path: Path) -> None:
    class Borrowed(fakes.Layers):
        requires = ("timm",)

    front, _ = card(fakes.cell(Learns(), backbone=Borrowed()), tmp_path)
    assert front["library_name"] == "timm"


def test_the_page_tells_all(tmp_path: Path) -> None:
    parent = fakes.cell(Denoises(lr=0.125), limits=bench.Limits(steps=40))
    cell = fakes.cell(Learns(), parent=dataclasses.replace(parent, parent=fakes.cell(Denoises(lr=0.75))))
    _, page = card(cell, tmp_path)
    for told in (
        "# layers/8 · nothing · points · seed 0",
        "- suite tiny, cell abababababababab",
        "- objective: nothing (lr 0.5)",
        "- it started from the encoder of: layers/8 · denoises · points · seed 0",
        "- objective: denoises (lr 0.125)",
        "- limits: steps 40",
        "- objective: denoises (lr 0.75)",
        "- data set: points (points), for point-classification",
        "| test | f1 | 0.1250 |",
        "- data set: CC BY 4.0",
        "- begun: 2030-01-01T00:00:00+00:00, took 61 seconds",
        "- machine: processor abacus",
        "- software: python 3.11.7, torch 2.15.0",
        "- git: commit c0ffee, dirty false",
        "- note: the sun shone",
        f"| model.safetensors | 7 | {hashlib.sha256(b'numbers').hexdigest()} |",
        "```python\nstate = 1\n```",
    ):
        assert f"\n{told}\n" in page, told


def test_the_classes_are_told_in_order(tmp_path: Path) -> None:
    _, page = card(fakes.cell(Learns()), tmp_path, exported={"classes": ("cat", "<b>")})
    assert "Its classes, in order: cat, " in page
    assert "<b>" not in page


def test_why_there_is_no_head_is_told(tmp_path: Path) -> None:
    _, page = card(fakes.cell(Learns()), tmp_path, exported={"lack": "it was dark"})
    assert "without a head: it was dark." in page


def test_an_encoder_from_a_file_is_known_by_its_digest(tmp_path: Path) -> None:
    cell = fakes.cell(Learns(), artifact=Artifact(str(tmp_path / "w.safetensors"), "f00d"))
    _, page = card(cell, tmp_path)
    assert "- it started from an encoder in a file, of sha256 f00d\n" in page
    assert str(tmp_path) not in page


def test_a_licence_that_is_not_known(tmp_path: Path) -> None:
    assert "- data set: not stated\n" in card(fakes.cell(Learns()), tmp_path, data={"licence": None})[1]


def test_paths_of_data_are_not_shown(tmp_path: Path) -> None:
    dataset = fakes.Points(file=str(tmp_path))
    assert str(tmp_path) not in card(fakes.cell(Learns(), dataset=dataset), tmp_path)[1]


def structure(page: str) -> list[str]:
    """Headings, rules and fences, by how their lines begin."""
    return [line[:2] for line in page.splitlines() if line.startswith(("#", "--", "``", "~~"))]


@pytest.mark.parametrize("place", ["labels", "primary", "suite", "notes", "data", "software", "quality"])
def test_nothing_breaks_out(tmp_path: Path, place: str) -> None:
    labels = {"backbone": "layers/8", "objective": "nothing", "dataset": "points"}
    values: dict[str, Any] = {
        "notes": [HOSTILE],
        "data": {"licence": HOSTILE, "examples": {HOSTILE: 1}},
        "software": {HOSTILE: HOSTILE},
        "quality": {HOSTILE: {HOSTILE: 0.5}},
        "primary": HOSTILE,
        "suite": HOSTILE,
    }
    if place == "labels":
        labels = dict.fromkeys(labels, HOSTILE)
        values["labels"] = labels
    front, page = card(fakes.cell(Learns(), labels=labels), tmp_path, **{place: values[place]})
    usual, usual_page = card(fakes.cell(Learns()), tmp_path)
    assert front.keys() == usual.keys()
    assert {sign: page.count(sign) for sign in "<`*[\x1b"} == {s: usual_page.count(s) for s in "<`*[\x1b"}
    assert structure(page) == structure(usual_page)


def test_loading_code_stays_in_its_fence(tmp_path: Path) -> None:
    _, page = card(fakes.cell(Learns()), tmp_path, loading='name = "\x1b"\n```\n# <b>')
    assert '````python\nname = "�"\n```\n# <b>\n````\n' in page
