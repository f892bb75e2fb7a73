"""`bench cache`, on what a run of the tiny suite has left."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from bench.cli.main import call
from bench.feeding.cache import Cache


def kept(results: Path, kind: str, size: int) -> None:
    def fill(building: Path) -> None:
        (building / "data").write_bytes(bytes(size))
        (building / "complete").touch()

    with closing(Cache(results / ".cache")) as cache:
        cache.build(cache.entry(kind, size), fill)


@pytest.fixture
def results(tmp_path: Path) -> Path:
    for kind, size in (("prepared", 2**20), ("prepared", 2**19), ("features", 2**18)):
        kept(tmp_path, kind, size)
    return tmp_path


def test_sizes_are_told_by_kind(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["cache", "--results", str(results)]) == 0
    assert [line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines()] == [
        ["features", "1 entry, 0.2 MiB"],
        ["prepared", "2 entries, 1.5 MiB"],
        ["all", "3 entries, 1.8 MiB"],
    ]


def test_clear_leaves_results_alone(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (results / "tiny").mkdir()
    (results / "tiny" / "accuracy.md").touch()
    assert call(["cache", "clear", "--results", str(results)]) == 0
    assert capsys.readouterr().out == "removed 3 entries, 1.8 MiB\n"
    assert call(["cache", "--results", str(results)]) == 0
    assert capsys.readouterr().out.split() == ["all", "0", "entries,", "0.0", "MiB"]
    assert (results / "tiny" / "accuracy.md").exists()


def test_what_a_run_is_using_is_left(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with closing(Cache(results / ".cache")) as used:
        assert used.has(used.entry("prepared", 2**20))
        assert call(["cache", "clear", "--results", str(results)]) == 0
    assert (
        capsys.readouterr().out == "removed 2 entries, 0.8 MiB; left 1 entry, 1.0 MiB that a run is using\n"
    )


def test_a_folder_without_results_has_an_empty_cache(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(["cache", "clear", "--results", str(tmp_path / "none")]) == 0
    assert capsys.readouterr().out == "removed 0 entries, 0.0 MiB\n"
