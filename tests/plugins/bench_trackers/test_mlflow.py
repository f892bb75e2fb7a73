"""An MLflow store in a file, read back by MLflow's client."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bench_trackers.mlflow import CELL, MLflow
from tracked import curves, interrupted, tracked

mlflow = pytest.importorskip("mlflow", reason="mlflow is not installed")
pytestmark = pytest.mark.filterwarnings("ignore")  # mlflow's own, and those of what it is made of


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    return "sqlite:///deep/mlflow.db"


def reader() -> Any:
    return mlflow.MlflowClient(tracking_uri=f"sqlite:///{Path('deep/mlflow.db').resolve()}")


def runs(experiment: str = "tiny") -> dict[str, Any]:
    """The runs of a suite by the ids of their cells."""
    client = reader()
    found = client.search_runs([client.get_experiment_by_name(experiment).experiment_id])
    assert len({run.data.tags[CELL] for run in found}) == len(found)
    return {run.data.tags[CELL]: run for run in found}


def test_what_is_logged_can_be_read(store: str, tmp_path: Path) -> None:
    records = tracked(MLflow(uri=store), tmp_path)
    found = runs()
    assert found.keys() == {record.id for record in records}
    assert [found[record.id].info.status for record in records] == ["FINISHED", "FAILED", "KILLED"]
    client = reader()
    for record in records:
        for name, curve in curves(record).items():
            history = client.get_metric_history(found[record.id].info.run_id, name)
            assert {metric.step: metric.value for metric in history} == curve
    run, record = found[records.learnt.id].data, records.learnt
    assert (run.params["objective.lr"], run.params["label.backbone"]) == ("0.02", "layers/8")
    assert run.metrics["final/test/accuracy"] == record.quality["test"]["accuracy"]
    assert run.metrics["memory/parameters_total"] > 0
    assert found[records.failed.id].data.tags["bench.reason"] == "the end of the data"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cache", "deep", "results"]


def test_a_cell_that_comes_again_has_one_run(store: str, tmp_path: Path) -> None:
    observer = MLflow(uri=store, experiment="mine")
    tracked(observer, tmp_path)
    records = tracked(observer, tmp_path)
    assert runs("mine").keys() == {record.id for record in records}


def test_an_interrupted_cell_runs_no_more(store: str) -> None:
    interrupted(MLflow(uri=store))
    (run,) = runs().values()
    assert run.info.status == "KILLED"
    assert run.data.metrics == {"train/loss": 1.0}
