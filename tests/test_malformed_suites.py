"""Suites that are wrong: every one is refused in some lines, in a moment, and does nothing."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.cli.main import LONGEST_LINE, MOST_LINES, call
from bench.errors import BenchError
from bench.planning import load_suite, make_plan
from bench.registry import Registry, load
from bench.toolkit.rendering.text import CONTROL
from malformed import BREAKS, RIGHT, malformed

SECONDS = 1
"""Of CPU, for one suite."""


@pytest.fixture(scope="module", autouse=True)
def registry() -> Registry:
    """All plugins; their imports count for no suite."""
    return load()


def demand_that_it_is_refused(number: int, capsys: pytest.CaptureFixture[str]) -> None:
    Path("suite.yaml").write_bytes(malformed(number))
    began = time.process_time()
    code = call(["plan", "suite.yaml"])
    took = time.process_time() - began
    printed = capsys.readouterr()
    lines = printed.err.splitlines()
    assert (code, printed.out) == (2, ""), number
    assert 0 < len(lines) <= MOST_LINES + 1, number
    assert all(line.startswith(("bench: suite.yaml:", "bench: and ")) for line in lines), lines
    assert max(map(len, lines)) <= LONGEST_LINE + len("bench: "), number
    assert not CONTROL.search(printed.err.replace("\n", "")), number
    assert [path.name for path in Path().iterdir()] == ["suite.yaml"], number
    assert took < SECONDS, number


def test_the_suite_that_is_broken_here_is_right(registry: Registry, tmp_path: Path) -> None:
    path = tmp_path / "suite.yaml"
    path.write_text(yaml.safe_dump(RIGHT))
    assert len(make_plan(load_suite(path, registry), registry).cells) == 37


@pytest.mark.parametrize("number", range(len(BREAKS)))
def test_a_malformed_suite_is_refused(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    demand_that_it_is_refused(number, capsys)


@pytest.mark.slow
def test_five_hundred_malformed_suites_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for number in range(100, 600):
        demand_that_it_is_refused(number, capsys)


WORDS = st.sampled_from(
    [
        *("name", "description", "device", "defaults", "limits", "parents", "matrix", "include", "exclude"),
        *("observers", "executor", "backbone", "objective", "dataset", "task", "seed", "batch_size", "steps"),
        *("from", "as", "own", "count", "weights", "epochs", "lr", "digits", "fine-tune", "feature-extract"),
        *("cifar/resnet20", "cifar", "train_examples", "shots", "redraw", "artifact", "path", "*", "auto"),
    ]
)
LEAVES = WORDS | st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
DATA = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(WORDS | st.text(max_size=5), inner, max_size=5)
    ),
    max_leaves=20,
)
SUITES = st.dictionaries(WORDS, DATA, max_size=6)


def _mixed(data: Any) -> dict[str, Any]:
    """Return the right suite with some sections, or some axes, in place of its own."""
    return {**RIGHT, **data, "matrix": {**RIGHT["matrix"], **data}}


DOCUMENTS = (
    DATA.map(lambda data: yaml.safe_dump(data, allow_unicode=True).encode("utf-8", "surrogatepass"))
    | SUITES.map(lambda data: yaml.safe_dump(RIGHT | data).encode("utf-8", "surrogatepass"))
    | SUITES.map(lambda data: yaml.safe_dump(_mixed(data)).encode("utf-8", "surrogatepass"))
    | st.text("{}[]:,-?&*!|>%@`'\"# \n\tab1\\é", max_size=200).map(str.encode)
    | st.binary(max_size=200)
)


def demand_that_it_is_a_suite_or_problems(document: bytes, folder: Path, registry: Registry) -> None:
    path = folder / "suite.yaml"
    path.write_bytes(document)
    problems: list[str] = []
    began = time.process_time()
    try:
        make_plan(load_suite(path, registry), registry)
    except BenchError as error:
        problems = str(error).splitlines()
        assert problems
    assert time.process_time() - began < SECONDS
    assert all(line.startswith(f"{path}:") for line in problems)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(document=DOCUMENTS)
def test_any_document_is_a_suite_or_problems(
    document: bytes, tmp_path_factory: pytest.TempPathFactory, registry: Registry
) -> None:
    demand_that_it_is_a_suite_or_problems(document, tmp_path_factory.getbasetemp(), registry)


@pytest.mark.slow
@settings(max_examples=10_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(document=DOCUMENTS)
def test_ten_thousand_documents_are_suites_or_problems(
    document: bytes, tmp_path_factory: pytest.TempPathFactory, registry: Registry
) -> None:
    demand_that_it_is_a_suite_or_problems(document, tmp_path_factory.getbasetemp(), registry)
