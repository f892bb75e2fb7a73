"""Kept models: live again with the weights they had, of a cell or of an exported folder, and in fp32."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

import bench
import fakes
import trials
from bench.errors import BenchError, StoreError, WeightsError
from bench.records.store import Store
from bench.trial.kept import cell_model, cell_of, exported_model, is_exported, write_model


class Two(trials.Nothing):
    """Predicts with its head and a module of its own."""

    def train(self, run: bench.Run) -> bench.Steps[None]:
        self.rebuild(run)
        with torch.no_grad():
            run.head.linear.weight.fill_(2)
            run.added["a.b"].weight.fill_(3)
        yield from ()

    def rebuild(self, run: bench.Run) -> None:
        super().rebuild(run)
        run.add("a.b", nn.Linear(8, 3))


def test_what_an_objective_trained_is_put_back(tmp_path: Path) -> None:
    registry = fakes.registry()
    registry.entries["objective"]["nothing"] = _registered(Two)
    settings = bench.Settings(precision="bf16", compile=False)
    record = trials.done(fakes.cell(Two(), settings=settings), tmp_path, keep_encoder=True)
    store = Store(tmp_path / "results")
    with cell_model(store, record, registry, "cpu") as run:
        assert run.precision == "fp32"
        assert (run.head.linear.weight == 2).all()
        assert (run.added["a.b"].weight == 3).all()
        assert run.info.classes == ("a", "b", "c")
        assert not run.encoder.training
        folder = tmp_path / "mine"
        folder.mkdir()
        run.cell.backbone.export(run.encoder, folder)
        assert not is_exported(folder)
        write_model(run, record, folder)
        expected = run.encoder.state_dict()
    assert is_exported(folder)
    with exported_model(folder, registry, "cpu") as again:
        assert (again.added["a.b"].weight == 3).all()
        assert all(torch.equal(tensor, expected[name]) for name, tensor in again.encoder.state_dict().items())


def _registered(cls: type[bench.Plugin]) -> object:
    from bench.registry import Owner, Registered

    return Registered(cls, Owner(cls.name, "tests", "0"))


def test_a_head_of_another_shape_is_told(tmp_path: Path) -> None:
    registry = fakes.registry()
    registry.entries["objective"]["nothing"] = _registered(Two)
    record = trials.done(fakes.cell(Two()), tmp_path, keep_encoder=True)
    registry.entries["objective"]["nothing"] = _registered(trials.Nothing)
    store = Store(tmp_path / "results")
    with pytest.raises(WeightsError, match="of another head"), cell_model(store, record, registry, "cpu"):
        pass


def test_a_cell_that_was_not_kept(tmp_path: Path) -> None:
    record = trials.done(fakes.cell(trials.Nothing()), tmp_path)
    store = Store(tmp_path / "results")
    assert not store.head_path(record.id).exists()
    with (
        pytest.raises(StoreError, match="--keep-encoders"),
        cell_model(store, record, fakes.registry(), "cpu"),
    ):
        pass


def test_a_plugin_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match="no objective 'nothing' is installed"):
        cell_of(fakes.cell(trials.Nothing()).spec(), fakes.registry(), "here")


def test_a_folder_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "bench").mkdir()
    (tmp_path / "bench" / "model.json").write_text("{")
    with (
        pytest.raises(WeightsError, match="cannot be read"),
        exported_model(tmp_path, fakes.registry(), "cpu"),
    ):
        pass
