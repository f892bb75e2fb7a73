"""`bench list`: what is installed, its settings, and what is broken."""

from __future__ import annotations

import json

import pytest

import fakes
from bench.cli.main import call

PLUGIN = '''
from pathlib import Path
from typing import Literal
from bench import Observer, hookimpl
from pydantic import Field


class Notify(Observer):
    """Tell somebody.

    Not shown.
    """

    name = "notify"
    how: Literal["mail", "bell"] = Field("bell", description="what is rung")
    days: tuple[Literal["mon", "tue"], ...] = Field(("mon",), description="when")
    whom: str = Field(description="name")
    folder: Path = Field(Path("out"), description="where")


    def follow(self, cell): ...


@hookimpl
def bench_observers():
    return [Notify]
'''


@pytest.fixture
def notify(tmp_path):
    file = tmp_path / "notify.py"
    file.write_text(PLUGIN)
    return str(file)


def test_metrics_are_listed(capsys):
    assert call(["list", "metrics"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "metrics"
    names = [line.split()[0] for line in lines[1:]]
    assert [name for name in names if name != "->"] == ["auroc", "calibration-error", "top-5"]


def test_trackers_are_listed_where_the_libraries_they_need_are_not_there(capsys):
    assert call(["list", "observers"]) == 0
    lines = capsys.readouterr().out.splitlines()
    names = [line.split()[0] for line in lines if line.startswith("  ") and line[2] != " "]
    assert names == ["mlflow", "tensorboard", "trackio", "wandb"]


def test_a_kind_is_listed_with_its_settings(notify, capsys):
    assert call(["list", "observers", "--plugin", notify]) == 0
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == "observers"
    at = next(at for at, line in enumerate(lines) if line.startswith("notify Tell somebody. [notify.py "))
    assert lines[at + 1 : at + 5] == [
        "how: bell (mail | bell) what is rung",
        'days: ["mon"] (mon | tue) when',
        "whom: required name",
        'folder: "out" where',
    ]


def test_all_kinds_are_listed_without_settings(capsys):
    assert call(["list", "--plugin", str(fakes.FILE)]) == 0
    out = capsys.readouterr().out
    for kind in ("backbones", "objectives", "tasks", "datasets", "meters", "observers", "executors"):
        assert f"{kind}\n" in out
    assert "  layers/<width> " in out
    assert "  fine-tune " in out
    assert "spread" not in out


def test_output_formats_are_listed(capsys):
    assert call(["list", "writers"]) == 0
    first, *lines = capsys.readouterr().out.splitlines()
    assert first == "writers"
    assert [line.split()[0] for line in lines if not line.startswith("    ")] == [
        *("csv", "html", "json", "markdown", "svg", "terminal")
    ]


def test_json_holds_the_same(notify, capsys):
    assert call(["list", "observers", "--json", "--plugin", notify]) == 0
    found = json.loads(capsys.readouterr().out)["observers"]
    found = next(observer for observer in found if observer["name"] == "notify")
    assert found["name"] == "notify"
    assert found["doc"] == "Tell somebody."
    assert found["settings"] == [
        {"name": "how", "default": "bell", "choices": ["mail", "bell"], "doc": "what is rung"},
        {"name": "days", "default": ["mon"], "choices": ["mon", "tue"], "doc": "when"},
        {"name": "whom", "default": "required", "choices": None, "doc": "name"},
        {"name": "folder", "default": "out", "choices": None, "doc": "where"},
    ]


def test_each_setting_of_each_built_in_is_described(capsys):
    assert call(["list", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    settings = [setting for entries in found.values() for entry in entries for setting in entry["settings"]]
    assert len(settings) > 50
    assert [setting for setting in settings if not setting["doc"]] == []


def test_what_meters_measure_is_listed_with_unit_direction_and_meaning(capsys):
    assert call(["list", "meters"]) == 0
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert (
        "-> <phase>_samples_per_s (samples/s, higher is better) rate over windows of at least 0.1 s"
        " after warm-up"
    ) in lines
    assert "-> parameters_trainable of these, the ones that learn" in lines


def test_json_holds_them_too(capsys):
    assert call(["list", "tasks", "--json", "--plugin", str(fakes.FILE)]) == 0
    tasks = {entry["name"]: entry for entry in json.loads(capsys.readouterr().out)["tasks"]}
    assert tasks["point-classification"]["figures"][0] == {
        "name": "accuracy",
        "column": "accuracy",
        "unit": "",
        "better": "higher",
        "doc": "share of the examples that are classified right",
    }


def test_each_figure_of_each_built_in_is_described(capsys):
    assert call(["list", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    figures = [figure for entries in found.values() for entry in entries for figure in entry["figures"]]
    assert len(figures) > 50
    assert [figure for figure in figures if not figure["doc"]] == []


HOOK = "from bench import hookimpl\n@hookimpl\n"


def status(capsys) -> dict[str, str]:
    return {row["name"]: row["status"] for row in json.loads(capsys.readouterr().out)}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("import no_such_module", "broken: ModuleNotFoundError: No module named 'no_such_module'"),
        ("1 +", "broken: SyntaxError: invalid syntax (bad.py, line 1)"),
        ("x = 1", "broken: TypeError: implements no hook of bench.hookspecs"),
        (
            "from bench import hookimpl\n@hookimpl\ndef bench_tasks(): return [int]",
            "broken: TypeError: <class",
        ),
        (
            "from bench import hookimpl\n@hookimpl\ndef bench_taks(): return []",
            "broken: PluginValidationError",
        ),
        ("raise SystemExit(5)", "broken: SystemExit: 5"),
    ],
)
def test_a_broken_plugin_is_listed_with_its_reason(text, reason, tmp_path, capsys):
    file = tmp_path / "bad.py"
    file.write_text(text)
    assert call(["list", "plugins", "--json", "--plugin", str(file)]) == 0
    found = status(capsys)
    assert found.pop("bad").startswith(reason)
    assert set(found.values()) == {"ok"}


def test_plugins_are_aligned(notify, capsys):
    assert call(["list", "plugins", "--plugin", notify]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len({line.index(" ok") for line in lines}) == 1


def test_a_name_claimed_twice_names_both_owners(tmp_path, capsys):
    twin = tmp_path / "twin.py"
    twin.write_text(fakes.FILE.read_text())
    assert call(["list", "--plugin", str(fakes.FILE), "--plugin", str(twin)]) == 3
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    assert line.startswith("bench: backbone 'layers' is claimed by fakes (fakes.py ")
    assert " and by twin (twin.py " in line
