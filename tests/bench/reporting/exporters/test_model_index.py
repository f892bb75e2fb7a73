"""Model cards: the hub's own library reads the results out of them."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from pathlib import Path

import pytest
from huggingface_hub import ModelCard

from bench import BenchError, Sheet
from bench.records.record import Record
from bench.reporting.exporters.model_index import ModelIndex
from bench.reporting.sheet import make_sheet


def cards(sheet: Sheet, folder: Path) -> list[ModelCard]:
    for name, content in ModelIndex().export(sheet).items():
        (folder / name).write_bytes(content)
    return [ModelCard.load(path) for path in sorted(folder.iterdir())]


def test_the_hub_s_library_reads_the_results_of_each_row(sheet: Sheet, tmp_path: Path) -> None:
    hostile, resnet = sorted(cards(sheet, tmp_path), key=lambda card: card.data.model_name)
    assert resnet.data.model_name == "resnet · fine-tune · digits"
    found = {(result.dataset_split, result.metric_type): result for result in resnet.data.eval_results}
    assert found.keys() == {("test", "accuracy"), ("test", "loss"), ("val", "accuracy")}
    result = found["test", "accuracy"]
    assert result.metric_value == pytest.approx(statistics.fmean((0.5, 0.6, 0.75)))
    assert result.metric_args == {"seeds": 3, "std": pytest.approx(statistics.stdev((0.5, 0.6, 0.75)))}
    assert (result.task_type, result.dataset_type) == ("image-classification", "csv")
    assert (result.dataset_name, result.metric_name) == ("digits", "test accuracy")
    assert hostile.data.model_name == " · ".join(sheet.cells[3].labels.values())
    assert hostile.data.eval_results[0].metric_value == 0.375


def test_a_card_s_text_is_no_markup(sheet: Sheet, tmp_path: Path) -> None:
    assert not [card for card in cards(sheet, tmp_path) if "<script>" in card.text]


def test_a_single_seed_has_no_spread(record: Callable[..., Record], tmp_path: Path) -> None:
    [card] = cards(make_sheet([record(accuracy=0.5)]), tmp_path)
    assert card.data.eval_results[0].metric_args == {"seeds": 1}


def test_without_quality_there_is_nothing_to_write(record: Callable[..., Record]) -> None:
    with pytest.raises(BenchError, match="no cell has reported a quality"):
        ModelIndex().export(make_sheet([record()]))
