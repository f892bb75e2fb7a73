"""Event files, read back by TensorBoard itself."""

from __future__ import annotations

from pathlib import Path

import pytest

import bench
from bench import Point
from bench_trackers.tensorboard import TensorBoard
from tracked import curves, interrupted, tracked

pytest.importorskip("tensorboard", reason="tensorboard is not installed")


def scalars(folder: Path) -> dict[str, dict[int, float]]:
    """All scalars of a run, as TensorBoard reads them."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(folder)).Reload()
    return {
        name: {event.step: event.value for event in events.Scalars(name)} for name in events.Tags()["scalars"]
    }


def hyperparameters(folder: Path) -> dict[str, object]:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.plugins.hparams import metadata

    events = EventAccumulator(str(folder)).Reload()
    content = events.PluginTagToContent(metadata.PLUGIN_NAME)[metadata.SESSION_START_INFO_TAG]
    values = metadata.parse_session_start_info_plugin_data(content).hparams
    return {name: getattr(value, value.WhichOneof("kind")) for name, value in values.items()}


def test_what_is_written_can_be_read(tmp_path: Path) -> None:
    records = tracked(TensorBoard(folder=str(tmp_path / "events")), tmp_path)
    folders = {path.name.rpartition("(")[2][:8]: path for path in (tmp_path / "events" / "tiny").iterdir()}
    assert folders.keys() == {record.id[:8] for record in records}
    for record in records:
        found = scalars(folders[record.id[:8]])
        for name, curve in curves(record).items():
            assert found[name] == pytest.approx(curve)
        assert hyperparameters(folders[record.id[:8]])["status"] == record.status
    learnt = records.learnt
    described = hyperparameters(folders[learnt.id[:8]])
    assert (described["objective.lr"], described["label.backbone"]) == (0.02, "layers/8")
    found = scalars(folders[learnt.id[:8]])
    assert found["final/test/accuracy"] == {12: pytest.approx(learnt.quality["test"]["accuracy"])}
    assert {"train/loss", "val/accuracy", "throughput/train_samples_per_s"} <= found.keys()


def test_an_interrupted_cell_is_written_too(tmp_path: Path) -> None:
    interrupted(TensorBoard(folder=str(tmp_path)))
    (folder,) = (tmp_path / "tiny").iterdir()
    assert scalars(folder) == {"train/loss": {1: 1.0}}


def test_an_attempt_from_an_earlier_step_takes_the_place_of_what_was_written_after_it(tmp_path: Path) -> None:
    cell = bench.CellInfo("0123456789", "../../s", "a / b", {}, 0, {part: {} for part in PARTS})
    for steps, value in ((range(1, 6), 1.0), (range(3, 5), 2.0)):
        follower = TensorBoard(folder=str(tmp_path / "in")).follow(cell)
        follower.progressed([Point(step, {"train loss": value}) for step in steps])
        follower.close()
    (folder,) = (tmp_path / "in").glob("*/*")  # whatever the suite is called
    assert scalars(folder) == {"train/loss": {1: 1.0, 2: 1.0, 3: 2.0, 4: 2.0}}


PARTS = ("backbone", "objective", "dataset", "settings", "limits")
