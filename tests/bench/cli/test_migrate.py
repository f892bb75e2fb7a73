"""`bench migrate` rewrites what earlier versions wrote, and says how much."""

from __future__ import annotations

import json
from pathlib import Path
from shutil import copytree

import pytest

from bench.cli.main import call

GOLDEN = Path(__file__).parents[1] / "records" / "golden" / "format_1"


@pytest.mark.parametrize("which", ["suite", "."])
def test_all_records_of_a_folder_are_rewritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], which: str
) -> None:
    copytree(GOLDEN, tmp_path / "suite")
    newer = tmp_path / "suite" / "cells" / "a721c0f72e9ccd0f.json"
    newer.write_text('{"format": 999}')
    for told in ("records rewritten: 8\n", "records rewritten: 0\n"):
        assert call(["migrate", str(tmp_path / which)]) == 0
        printed = capsys.readouterr()
        assert printed.out == told
        assert printed.err == (
            f"warning: {newer}: passed over, written by a newer version of bench (format 999)\n"
        )
    formats = sorted(json.loads(path.read_text())["format"] for path in newer.parent.iterdir())
    assert formats == [2] * 8 + [999]


def test_a_folder_without_records_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["migrate", str(tmp_path)]) == 2
    assert "holds no records" in capsys.readouterr().err
