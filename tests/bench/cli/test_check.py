"""`bench check`: contract checks of a package, an entry point or a file."""

from __future__ import annotations

import pytest

import fakes
from bench.cli.main import call

FAULTY = """
from bench import Observer, hookimpl

class Rude(Observer):
    name = "rude"
    check_with = ()
    def follow(self, cell): ...

@hookimpl
def bench_observers():
    return [Rude]
"""

CLOUDS = """
from bench import hookimpl
from fakes import Points

class Clouds(Points):
    "Points by another name."
    name = "clouds"

@hookimpl
def bench_datasets():
    return [Clouds]
"""


def test_a_good_file(capsys):
    assert call(["check", str(fakes.FILE)]) == 0
    assert sorted(line.split() for line in capsys.readouterr().out.splitlines()) == [
        ["ok", "backbone", "layers"],
        ["ok", "dataset", "points"],
        ["ok", "task", "point-classification"],
    ]


@pytest.mark.parametrize("target", ["parameters", "Parameters"])
def test_an_entry_point(target, capsys):
    assert call(["check", target]) == 0
    assert capsys.readouterr().out.split() == ["ok", "meter", "parameters"]


def test_a_file_beside_another(tmp_path, capsys):
    file = tmp_path / "clouds.py"
    file.write_text(CLOUDS)
    assert call(["check", str(file)]) == 3
    assert "no task 'point-classification' is installed" in capsys.readouterr().out
    assert call(["check", str(file), "--plugin", str(fakes.FILE)]) == 0
    assert capsys.readouterr().out.split() == ["ok", "dataset", "clouds"]


def test_a_faulty_file(tmp_path, capsys):
    file = tmp_path / "rude.py"
    file.write_text(FAULTY)
    assert call(["check", str(file)]) == 3
    assert capsys.readouterr().out.splitlines() == [
        "FAULTY  observer rude",
        "        has no docstring; its first line is what `bench list` shows",
    ]


def test_a_broken_file(tmp_path, capsys):
    file = tmp_path / "bad.py"
    file.write_text("import no_such_module")
    assert call(["check", str(file)]) == 3
    out = capsys.readouterr().out
    assert out.startswith("BROKEN  bad (bad.py ")
    assert out.endswith("): ModuleNotFoundError: No module named 'no_such_module'\n")


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("absent", "bench: no plugin comes from 'absent'; `bench list plugins` names those there are\n"),
        ("absent.py", "absent.py: no such plugin file\n"),
    ],
)
def test_nothing_to_check(target, message, capsys):
    assert call(["check", target]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.endswith(message)
    assert len(captured.err.splitlines()) == 1
