from __future__ import annotations

import csv
import json

import pyarrow.parquet as pq
import pytest

import fakes
import trials
from bench.cli.main import call
from bench.records.record import Facts, Record
from bench.records.store import Store


def store(folder, *, seed: int, accuracy: float) -> None:
    labels = {"backbone": "cifar/resnet20", "objective": "fine-tune", "dataset": "digits"}
    record = Record(
        id=f"{seed:016d}",
        suite="vision",
        status="done",
        row="0" * 16,
        labels=labels,
        seed=seed,
        primary="accuracy",
        figures={"quality": {"accuracy": Facts(better="higher")}},
        quality={"test": {"accuracy": accuracy}},
        resources={"memory": {"train": {"peak_mib": None}, "": {"method": "PSS"}}},
        cell={"seed": seed, "parent": None},
        identity={"seed": seed},
        started="2030-01-01T00:00:00+00:00",
        seconds=1.0,
    )
    Store(folder).put(record)


def test_tables_are_rebuilt_and_printed(tmp_path, capsys):
    store(tmp_path, seed=0, accuracy=0.5)
    store(tmp_path, seed=1, accuracy=0.7)
    assert call(["report", str(tmp_path)]) == 0
    printed = capsys.readouterr()
    assert "## accuracy\n\n| backbone |" in printed.out
    assert "| cifar/resnet20 | fine-tune | digits | done | 2 | 0.6000 ± 0.1414 |" in printed.out
    assert "only cifar/resnet20 · fine-tune (0.6000 ± 0.1414, 2 seeds)" in printed.out
    assert printed.err == ""
    assert (tmp_path / "accuracy.md").read_text() in printed.out
    assert (tmp_path / "summary.md").is_file()


def test_json_has_null_where_nothing_was_measured(tmp_path, capsys):
    store(tmp_path, seed=0, accuracy=0.5)
    assert call(["report", str(tmp_path), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["tables"]["accuracy"][0]["test accuracy"] == 0.5
    assert printed["tables"]["memory"][0]["train_peak_mib"] is None
    assert printed["tables"]["memory"][0]["seeds"] == 1
    assert [verdict["contenders"][0]["mean"] for verdict in printed["verdicts"]] == [0.5]


def test_any_writer_s_documents_can_be_printed(tmp_path, capsys):
    store(tmp_path, seed=0, accuracy=0.5)
    assert call(["report", str(tmp_path), "--format", "csv"]) == 0
    accuracy, memory = ((tmp_path / f"{name}.csv").read_text() for name in ("accuracy", "memory"))
    assert capsys.readouterr().out == f"## accuracy.csv\n\n{accuracy}\n## memory.csv\n\n{memory}"
    assert not (tmp_path / "report.json").exists()


def test_json_is_a_format_like_others(tmp_path, capsys):
    store(tmp_path, seed=0, accuracy=0.5)
    printed = []
    for arguments in (["--json"], ["--format", "json"], ["--json", "--format", "json"]):
        assert call(["report", str(tmp_path), *arguments]) == 0
        printed.append(capsys.readouterr().out)
    assert len(set(printed)) == 1


@pytest.mark.parametrize("arguments", [["--html"], ["--format", "html"]])
def test_the_page_is_always_written_and_can_be_printed(tmp_path, capsys, arguments):
    store(tmp_path, seed=0, accuracy=0.5)
    assert call(["report", str(tmp_path), *arguments]) == 0
    page = (tmp_path / "report.html").read_text()
    assert capsys.readouterr().out == page
    assert 'href="cells/0000000000000000.json"' in page


def test_charts_are_written_into_a_folder_of_choice(tmp_path, capsys):
    results, charts = tmp_path / "results", tmp_path / "charts"
    store(results, seed=0, accuracy=0.5)
    assert call(["report", str(results), "--charts", str(charts)]) == 0
    assert "## accuracy" in capsys.readouterr().out
    assert (charts / "01-digits-test-accuracy.svg").read_text().startswith("<svg ")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--format", "jsn"], "bench: no writer 'jsn' is installed; did you mean 'json'?\n"),
        (
            ["--json", "--format", "csv"],
            "bench: --json is short for --format json; leave out one of the two\n",
        ),
        (
            ["--json", "--html"],
            "bench: --html is short for --format html; leave out one of the two\n",
        ),
    ],
)
def test_a_format_that_cannot_be_had_is_told_in_a_line(tmp_path, capsys, arguments, told):
    store(tmp_path, seed=0, accuracy=0.5)
    assert call(["report", str(tmp_path), *arguments]) == 2
    assert capsys.readouterr() == ("", told)


PAGE = '''
import bench


class Page(bench.Writer):
    """A page for a browser."""

    name = "page"
    always = True

    def write(self, report):
        from html import escape

        cells = [
            f"<td title='{escape(column.figure.unit)}'>{item and item.value}</td>"
            for table in report.tables
            for row in table.rows
            for column, item in zip(table.columns, row.measurements)
        ]
        winners = [verdict.contenders[0].title for verdict in report.verdicts]
        return {"page.html": f"<h1>{escape(', '.join(winners))}</h1>{''.join(cells)}"}


@bench.hookimpl
def bench_writers():
    return [Page]
'''


def test_a_format_of_a_stranger_is_one_file(tmp_path, capsys):
    results, plugin = tmp_path / "results", tmp_path / "page.py"
    plugin.write_text(PAGE)
    store(results, seed=0, accuracy=0.5)
    assert call(["report", str(results), "--plugin", str(plugin), "--format", "page"]) == 0
    page = (results / "page.html").read_text()
    assert page.startswith("<h1>cifar/resnet20 · fine-tune</h1><td title=''>0.5</td>")
    assert capsys.readouterr() == (page, "")
    assert call(["check", str(plugin)]) == 0
    assert capsys.readouterr().out.split() == ["ok", "writer", "page"]


def test_a_writer_that_fails_is_told_and_the_tables_are_there(tmp_path, capsys):
    results, plugin = tmp_path / "results", tmp_path / "page.py"
    plugin.write_text(PAGE.replace("return {", "1 / 0; return {"))
    store(results, seed=0, accuracy=0.5)
    assert call(["report", str(results), "--plugin", str(plugin)]) == 0
    printed = capsys.readouterr()
    assert printed.err == "warning: writer 'page': ZeroDivisionError: division by zero\n"
    assert (results / "accuracy.md").read_text() in printed.out


def test_a_plugin_that_is_broken_is_told(tmp_path, capsys):
    results, plugin = tmp_path / "results", tmp_path / "page.py"
    plugin.write_text("1 +")
    store(results, seed=0, accuracy=0.5)
    assert call(["report", str(results), "--plugin", str(plugin)]) == 0
    [told] = capsys.readouterr().err.splitlines()
    assert told.startswith("warning: plugin page (page.py ")
    assert told.endswith(") is broken: SyntaxError: invalid syntax (page.py, line 1)")


def test_a_truncated_record_is_told_and_passed_over(tmp_path, capsys):
    store(tmp_path, seed=0, accuracy=0.5)
    store(tmp_path, seed=1, accuracy=0.7)
    path = tmp_path / "cells" / f"{1:016d}.json"
    path.write_text(path.read_text()[:100])
    assert call(["report", str(tmp_path)]) == 0
    printed = capsys.readouterr()
    assert printed.err.startswith("warning: ")
    assert path.name in printed.err
    assert printed.err.count("\n") == 1
    assert "| 1 | 0.5000 |" in printed.out


@pytest.mark.parametrize("exists", [True, False])
def test_a_folder_without_records_is_an_error(tmp_path, capsys, exists):
    folder = tmp_path if exists else tmp_path / "nowhere"
    assert call(["report", str(folder)]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "holds no records" in printed.err
    assert printed.err.count("\n") == 1


def test_a_margin_is_asked_for(tmp_path, capsys):
    store(tmp_path, seed=0, accuracy=0.5)
    assert call(["report", str(tmp_path), "--json", "--margin", "0.05"]) == 0
    assert [found["margin"] for found in json.loads(capsys.readouterr().out)["verdicts"]] == [0.05]
    assert call(["report", str(tmp_path), "--margin", "-1"]) == 2


def test_confusion_takes_figures_apart_by_class_in_every_format(tmp_path, capsys):
    results = tmp_path / "results"
    Store(results).put(trials.done(fakes.cell(trials.Nothing()), tmp_path))
    plugin = ["--plugin", str(fakes.FILE)]
    assert call(["report", str(results), "--confusion", *plugin]) == 0
    printed = capsys.readouterr()
    assert "test, 1 seed: by class\n\n| class | f1 | precision | recall | support |" in printed.out
    assert printed.err == ""
    confusions = list(csv.DictReader((results / "confusion.csv").read_text().splitlines()))
    kept = pq.read_table(next(results.glob("predictions/*.parquet"))).to_pylist()
    assert sum(int(line["count"]) for line in confusions) == sum(line["split"] == "test" for line in kept)
    assert {line["truth"] for line in confusions} <= set(fakes.Points().info().classes)
    assert "each class by row" in (results / "breakdown.md").read_text()
    assert "By class" in (results / "report.html").read_text()
    assert {
        line["class"] for line in csv.DictReader((results / "by_class.csv").read_text().splitlines())
    } == {*fakes.Points().info().classes}


def test_without_kept_predictions_there_is_nothing_to_take_apart(tmp_path, capsys):
    store(tmp_path, seed=0, accuracy=0.5)
    assert call(["report", str(tmp_path), "--confusion"]) == 0
    assert "warning: " in (told := capsys.readouterr().err)
    assert "there is nothing to take apart: no predictions of classes were kept" in told
    assert not (tmp_path / "confusion.csv").exists()


def test_a_folder_that_cannot_be_written_is_reported_on_all_the_same(tmp_path, capsys):
    store(tmp_path, seed=0, accuracy=0.5)
    (tmp_path / "accuracy.md" / "in the way").mkdir(parents=True)  # root may write where others may not
    assert call(["report", str(tmp_path)]) == 0
    printed = capsys.readouterr()
    assert "## accuracy" in printed.out
    (warning,) = printed.err.splitlines()
    assert warning.startswith(f"warning: {tmp_path / 'accuracy.md'}: cannot be written: ")
    assert warning.endswith("; the tables are only printed")
