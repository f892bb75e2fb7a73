"""Executors whose cells share no folder with the run: that of `plugins/README.md`, Slurm's stub, and Ray."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

import bench_clusters.ray
import bench_clusters.slurm
import clusters
import fakes
import mischief
import trials
from bench import Executor, Pool, Progress
from bench.planning.cell import Artifact, Cell
from bench.records.record import Record
from bench.records.store import Store
from bench.registry import Owner, Registry, load_file
from commandline import run_here

pytestmark = pytest.mark.filterwarnings("ignore")  # of Ray's own

SUITE = """
device: cpu
matrix:
  backbone: {name: layers/8, as: pretrained, from: first}
  objective: {name: fine-tune, epochs: 2}
  dataset: points
parents:
  first: {objective: {name: fine-tune, epochs: 1}, dataset: points}
"""


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The plugin file that the page for authors of plugins shows."""
    page = (Path(__file__).parents[4] / "plugins" / "README.md").read_text()
    file = tmp_path_factory.mktemp("plugin") / "elsewhere.py"
    file.write_text(page.partition("`elsewhere.py`:\n\n```python\n")[2].partition("```")[0])
    return file


@pytest.fixture(scope="module")
def registry(elsewhere: Path) -> Registry:
    found = Registry(files=[fakes.FILE, mischief.FILE, elsewhere])
    for file in found.files:
        load_file(found, file)
    for module in (bench_clusters.slurm, bench_clusters.ray):
        found.add(Owner(module.__name__, "transferbench", "1"), module)
    assert found.broken == []
    return found


@pytest.fixture(scope="module", params=["elsewhere", *clusters.SETTINGS])
def name(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An executor that is installed, with its commands on PATH."""
    clusters.need(request.param)
    with pytest.MonkeyPatch.context() as patch:
        for variable, value in clusters.environment(
            request.param, tmp_path_factory.mktemp("cluster")
        ).items():
            patch.setenv(variable, value)
        yield request.param


@pytest.fixture(scope="module")
def executor(name: str, registry: Registry) -> Executor:
    return registry.create("executor", clusters.SETTINGS.get(name, {"name": name}))


@pytest.fixture(scope="module")
def pool(executor: Executor, registry: Registry) -> Iterator[Pool]:
    with executor.open(registry.files, []) as opened:
        yield opened


def cell(registry: Registry, objective: str, **settings: object) -> Cell:
    names = {"backbone": "layers", "dataset": "points", "task": "point-classification"}
    parts = {kind: registry.create(kind, {"name": name}) for kind, name in names.items()}
    return fakes.cell(registry.create("objective", {"name": objective, **settings}), **parts)


def left(folder: Path) -> set[str]:
    """The files in a results folder, but for those on their way."""
    results = folder / "results"
    places = [path.relative_to(results) for path in results.rglob("*") if path.is_file()]
    return {str(place) for place in places if not place.parts[0].startswith(".")}


def test_a_suite_comes_out_there_as_it_does_here(tmp_path: Path, elsewhere: Path, name: str) -> None:
    def run(folder: str, executor: str) -> list[Record]:
        (tmp_path / folder).mkdir()
        plugins = ("--plugin", fakes.FILE, "--plugin", elsewhere)
        return run_here(SUITE, tmp_path / folder, *plugins, executor=executor)

    here, there = run("here", "inline"), run("there", name)
    assert [record.status for record in there] == ["done"] * 2
    assert {record.id: record.quality for record in there} == {record.id: record.quality for record in here}
    stores = [Store(tmp_path / folder / "results" / "suite") for folder in ("here", "there")]
    for record in there:
        kept, came = (store.predictions_path(record.id).read_bytes() for store in stores)
        assert kept == came
    (parent,) = (record.parent for record in there if record.parent)
    assert stores[0].artifact_path(parent).read_bytes() == stores[1].artifact_path(parent).read_bytes()


def test_an_attempt_that_died_there_leaves_its_checkpoint_and_log_here_and_is_gone_on_from(
    tmp_path: Path, registry: Registry, pool: Pool
) -> None:
    frail = cell(registry, "frail", epochs=3)  # of four steps each
    told: list[Progress] = []
    died = trials.execute(pool, frail, tmp_path, told.append, checkpoint_seconds=0)
    store = trials.job(frail, tmp_path).store
    log = store.log_path(frail.id)
    assert (died.status, died.reason) == (
        "failed",
        f"the cell's process ended with exit code 9, without a result; output in {log}",
    )
    assert left(tmp_path) == {f"logs/{frail.id}.log", f"checkpoints/{frail.id}.safetensors"}
    assert told[0].phase == "train"

    done = trials.execute(pool, frail, tmp_path, checkpoint_seconds=0)
    assert (done.status, done.effective["steps"]) == ("done", 12)
    assert any("went on from a checkpoint at step 8" in note for note in done.notes)
    assert store.file_path(frail.id, "note.txt").read_bytes() == b"the end was reached"


def test_a_larger_budget_goes_on_there_from_the_end_of_a_smaller_one(
    tmp_path: Path, registry: Registry, pool: Pool
) -> None:
    for epochs in (1, 2):
        frail = cell(registry, "frail", epochs=epochs, schedule="constant", warmup=0)
        done = trials.execute(pool, frail, tmp_path, keep_checkpoints=True)
    assert done.notes == [
        "went on from the end of the same training with epochs 1; speed and memory are of the rest"
    ]
    assert frail.training is not None
    assert trials.job(frail, tmp_path).store.kept_checkpoints(frail.training.id).keys() == {1, 2}


def test_a_bug_there_is_told_with_the_place_of_its_traceback_here(
    tmp_path: Path, registry: Registry, pool: Pool
) -> None:
    parent = cell(registry, "mischief")
    trials.done(parent, tmp_path, keep_encoder=True)
    file = trials.job(parent, tmp_path).store.artifact_path(parent.id)
    failing = replace(cell(registry, "mischief", deed="bug"), artifact=Artifact.at(str(file)))
    record = trials.execute(pool, failing, tmp_path)
    log = trials.job(failing, tmp_path).store.log_path(failing.id)
    assert record.reason == f"ZeroDivisionError: a bug in the objective; traceback in {log}"
    assert log.read_text().startswith("a word on stdout\na word on stderr\nTraceback")


def test_nothing_of_a_job_stays_there(tmp_path: Path, registry: Registry, executor: Executor) -> None:
    hanging = cell(registry, "mischief", deed="hang", pid_file=str(tmp_path / "pid"))

    def interrupt(progress: Progress) -> None:
        if progress.steps:  # by then it has written its number
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), executor.open(registry.files, []) as pool:
        trials.execute(pool, hanging, tmp_path, interrupt)
    pid = int((tmp_path / "pid").read_text())
    assert pid != os.getpid()
    assert psutil.wait_procs([psutil.Process(pid)] if psutil.pid_exists(pid) else [], timeout=30)[1] == []
