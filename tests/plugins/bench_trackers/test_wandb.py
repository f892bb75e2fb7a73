"""What Weights & Biases keeps of runs that are not sent, read as it lies in the file."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench_trackers.wandb import WeightsAndBiases
from tracked import curves, interrupted, tracked

wandb = pytest.importorskip("wandb", reason="wandb is not installed")
pytestmark = pytest.mark.filterwarnings("ignore")  # wandb's own

HEADER, BLOCK = 7, 32768
WHOLE, LAST = 1, 4


def messages(path: Path) -> Iterator[Any]:
    """Give the messages in a .wandb file: LevelDB's log format, after a header of its own."""
    from wandb.proto.wandb_internal_pb2 import Record

    data, at, message = path.read_bytes(), HEADER, b""
    while at < len(data):
        left = BLOCK - at % BLOCK
        if left < 7:  # nothing begins in what is shorter than its head
            at += left
            continue
        _, length, kind = struct.unpack("<IHB", data[at : at + 7])
        message += data[at + 7 : at + 7 + length]
        at += 7 + length
        if kind in (WHOLE, LAST):
            yield Record.FromString(message)
            message = b""


class Found:
    """What a run has: settings, curves, the summary, tags, and the exit code."""

    def __init__(self, path: Path) -> None:
        self.settings: dict[str, Any] = {}
        self.curves: dict[str, dict[int, float]] = {}
        self.summary: dict[str, Any] = {}
        self.exit_code: int | None = None
        for message in messages(path):
            if message.HasField("run"):
                self.settings |= {item.key: json.loads(item.value_json) for item in message.run.config.update}
                self.group, self.tags = message.run.run_group, list(message.run.tags)
            if message.HasField("history"):
                values = {
                    item.nested_key[0] or item.key: json.loads(item.value_json)
                    for item in message.history.item
                }
                for name in values.keys() - {"step"}:
                    self.curves.setdefault(name, {})[values["step"]] = values[name]
            if message.HasField("summary"):
                self.summary |= {
                    item.key: json.loads(item.value_json) for item in message.summary.update if item.key
                }
            if message.HasField("exit"):
                self.exit_code = message.exit.exit_code


def runs(folder: Path) -> dict[str, Found]:
    """The runs by the ids of their cells, once wandb's own process has written all of them."""
    wandb.teardown()
    paths = (folder / "wandb").glob("offline-run-*/*.wandb")
    return {path.stem.removeprefix("run-"): Found(path) for path in paths}


def test_what_is_kept_can_be_read(tmp_path: Path) -> None:
    records = tracked(WeightsAndBiases(folder=str(tmp_path / "kept")), tmp_path)
    found = runs(tmp_path / "kept")
    assert found.keys() == {record.id for record in records}
    for record in records:
        run = found[record.id]
        for name, curve in curves(record).items():
            assert run.curves[name] == curve
        assert (run.group, run.tags, run.summary["status"]) == ("tiny", [record.status], record.status)
        assert run.exit_code == (record.status == "failed")
    run, record = found[records.learnt.id], records.learnt
    assert (run.settings["objective.lr"], run.settings["label.backbone"]) == (0.02, "layers/8")
    assert run.summary["final/test/accuracy"] == record.quality["test"]["accuracy"]
    assert found[records.failed.id].summary["reason"] == "the end of the data"


def test_an_interrupted_cell_is_marked(tmp_path: Path) -> None:
    interrupted(WeightsAndBiases(folder=str(tmp_path)))
    (run,) = runs(tmp_path).values()
    assert run.exit_code == 1
    assert run.curves["train/loss"] == {1: 1.0}
