"""Counts of parameters, by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from torch import nn

import bench
import fakes
import trials
from bench import FeatureSpec
from bench.measuring.parameters import Parameters
from bench.toolkit.training import freeze

# Two inputs to eight, eight to eight, eight to three classes, each with biases.
FIRST, SECOND, HEAD = 2 * 8 + 8, 8 * 8 + 8, 8 * 3 + 3


def plain(folder: Path) -> object:
    run = trials.live(folder)
    run.head = nn.Linear(8, 3)
    return run


def figures(run: object) -> dict[str, float]:
    return dict(Parameters().open(run).close({})[bench.WHOLE])


def test_all_parameters_are_counted(tmp_path: Path) -> None:
    run = plain(tmp_path)
    total = FIRST + SECOND + HEAD
    assert figures(run) == {
        "parameters_total": total,
        "parameters_trainable": total,
        "parameters_embedding": 0,
        "parameters_mib": total * 4 / 2**20,
    }


def test_frozen_ones_do_not_learn(tmp_path: Path) -> None:
    run = plain(tmp_path)
    freeze(run.encoder, keep=run.head)
    assert figures(run)["parameters_trainable"] == HEAD
    assert figures(run)["parameters_total"] == FIRST + SECOND + HEAD


def test_modules_of_the_objective_count(tmp_path: Path) -> None:
    run = plain(tmp_path)
    run.add("decoder", nn.Linear(8, 2))
    assert figures(run)["parameters_total"] == FIRST + SECOND + HEAD + 8 * 2 + 2


def test_shared_ones_count_once(tmp_path: Path) -> None:
    run = plain(tmp_path)
    run.add("again", run.encoder.second)
    assert figures(run)["parameters_total"] == FIRST + SECOND + HEAD


def test_tables_of_embeddings_count_once_and_only_by_themselves(tmp_path: Path) -> None:
    run = plain(tmp_path)
    words = run.add("words", nn.Embedding(10, 4))
    output = run.add("output", nn.Linear(4, 10))
    output.weight = words.weight  # tied, as in language models
    run.add("bags", nn.EmbeddingBag(3, 4))
    assert figures(run)["parameters_embedding"] == 10 * 4 + 3 * 4
    assert figures(run)["parameters_total"] == FIRST + SECOND + HEAD + 10 * 4 + 10 + 3 * 4


def test_buffers_and_types_weigh(tmp_path: Path) -> None:
    class Heavy(fakes.Layers):
        def load(self) -> nn.Module:
            encoder = nn.Sequential(nn.BatchNorm1d(4).half())
            encoder.spec = FeatureSpec(4)
            return encoder

    run = trials.live(tmp_path, backbone=Heavy())
    run.head = nn.Identity()
    # Weight, bias, running mean and variance of two bytes each; one count of eight bytes.
    assert figures(run) == {
        "parameters_total": 8,
        "parameters_trainable": 8,
        "parameters_embedding": 0,
        "parameters_mib": pytest.approx((16 * 2 + 8) / 2**20),
    }


def test_a_cell_s_record_has_them(tmp_path: Path) -> None:
    record = trials.done(fakes.cell(trials.Nothing()), tmp_path, [Parameters()])
    assert trials.undeclared(Parameters, record.resources["memory"]) == []
    assert trials.measured(record, "memory").keys() == {figure.name for figure in Parameters.figures}
