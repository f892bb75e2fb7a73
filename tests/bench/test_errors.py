"""The tree of errors is the one that its docstring draws."""

from __future__ import annotations

import inspect
import re

import pytest

import bench
from bench import errors
from bench.errors import BenchError, DataError, SuiteError

DRAWN = {
    name: int(code)
    for name, code in re.findall(r"^ +(?:[├└]── )?(\w+)  .* exit (\d)$", errors.__doc__ or "", re.MULTILINE)
}


def classes() -> dict[str, type[BenchError]]:
    return {
        name: cls
        for name, cls in inspect.getmembers(errors, inspect.isclass)
        if cls.__module__ == errors.__name__
    }


def test_every_error_is_drawn_and_every_drawn_one_is_there() -> None:
    assert "BenchError" in DRAWN
    assert classes().keys() == DRAWN.keys()


@pytest.mark.parametrize("name", DRAWN)
def test_exit_codes_are_as_drawn(name: str) -> None:
    cls = classes()[name]
    assert cls.exit_code == DRAWN[name]
    assert name == "BenchError" or cls.__bases__ == (BenchError,)
    assert cls.__doc__


def test_a_suite_error_holds_every_problem() -> None:
    error = SuiteError(["a.yaml:1:2: x: wrong", "a.yaml:3:4: y: wrong too"])
    assert error.problems == ("a.yaml:1:2: x: wrong", "a.yaml:3:4: y: wrong too")
    assert str(error) == "a.yaml:1:2: x: wrong\na.yaml:3:4: y: wrong too"


def test_a_data_error_may_name_the_setting_at_fault() -> None:
    assert DataError("no such file", field="train").field == "train"
    assert DataError("no such file").field is None
    assert str(DataError("no such file", field="train")) == "no such file"


@pytest.mark.parametrize(
    "name", ["BenchError", "DataError", "DependencyError", "UnsuitableError", "WeightsError"]
)
def test_what_plugins_raise_is_public(name: str) -> None:
    assert getattr(bench, name) is classes()[name]
