"""Evaluation results: the hub's own library reads them, and nothing is guessed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import yaml
from huggingface_hub import EvalResultEntry, parse_eval_result_entries

from bench import BenchError, Sheet
from bench.records.record import Record
from bench.reporting.exporters.eval_results import EvalResults
from bench.reporting.sheet import make_sheet

BENCHMARK = {"dataset": "owner/pets", "task_id": "default"}


def entries(sheet: Sheet, **settings: object) -> list[EvalResultEntry]:
    files = EvalResults(**BENCHMARK, **settings).export(sheet).values()
    return [entry for file in files for entry in parse_eval_result_entries(yaml.safe_load(file))]


def test_the_hub_s_library_reads_an_entry_of_each_row(sheet: Sheet) -> None:
    first, second = entries(sheet)
    assert (first.dataset_id, first.task_id) == ("owner/pets", "default")
    assert (first.value, second.value) == (pytest.approx(1.85 / 3), 0.375)
    assert first.date == "2030-01-01T00:00:00+00:00"
    assert first.notes == (
        "resnet · fine-tune · digits: test accuracy, mean of 3 seeds, standard deviation 0.1258"
    )


def test_another_split_or_figure_can_be_asked_for(sheet: Sheet) -> None:
    assert entries(sheet, split="val")[1].value == 0.1875
    assert entries(sheet, metric="loss")[0].value == pytest.approx(1 / 3)
    with pytest.raises(BenchError, match="no cell has reported loss on val of 'digits'"):
        entries(sheet, metric="loss", split="val")
    with pytest.raises(BenchError, match="no cell has reported the figure that ranks on train of 'digits'"):
        entries(sheet, split="train")


def test_of_several_data_sets_one_must_be_named(record: Callable[..., Record]) -> None:
    sheet = make_sheet([record(dataset="pets", accuracy=0.5), record(dataset="cars", accuracy=0.75)])
    with pytest.raises(BenchError, match="several data sets, pets, cars; choose one: --set of=NAME"):
        entries(sheet)
    assert [entry.value for entry in entries(sheet, of="cars")] == [0.75]
    with pytest.raises(BenchError, match=r"there is no data set 'car'; did you mean 'cars'\?"):
        entries(sheet, of="car")


def test_a_single_seed_is_said_to_be_one(record: Callable[..., Record]) -> None:
    [entry] = entries(make_sheet([record(accuracy=0.5)]))
    assert entry.notes.endswith(": test accuracy, one seed")
