"""The files that a suite lists by their addresses are checked before anything is loaded."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.errors import SuiteError
from bench.planning import Download, wanted_downloads
from bench.registry import Registry

DIGEST = "0123456789abcdef" * 4
LINE = f"{{url: https://example.org/pets.csv, sha256: {DIGEST}}}"


def listed(folder: Path, text: str) -> dict[Path, Download]:
    suite = folder / "suite.yaml"
    suite.write_text(text)
    return wanted_downloads(suite, Registry())


def test_files_are_found_by_their_places_though_nothing_else_is_there_yet(tmp_path: Path) -> None:
    found = listed(tmp_path, f"files:\n  data/pets.csv: {LINE}\nmatrix: {{dataset: nowhere}}")
    assert found == {Path("data/pets.csv"): Download(url="https://example.org/pets.csv", sha256=DIGEST)}


@pytest.mark.parametrize("text", ["", "- a", "matrix: {}", "files:"])
def test_there_may_be_none(tmp_path: Path, text: str) -> None:
    assert listed(tmp_path, text) == {}


@pytest.mark.parametrize(
    ("section", "told"),
    [
        (f"/etc/passwd: {LINE}", "within the current folder"),
        (f"../pets.csv: {LINE}", "within the current folder"),
        (f"data/../../pets.csv: {LINE}", "within the current folder"),
        (f"~/pets.csv: {LINE}", "within the current folder"),
        (f"'': {LINE}", "within the current folder"),
        (f'"a\\e[1m.csv": {LINE}', "within the current folder"),
        (f"a: {{url: 'file:///etc/passwd', sha256: {DIGEST}}}", "must be an address"),
        (f"a: {{url: 'https://', sha256: {DIGEST}}}", "must be an address"),
        (f"a: {{url: 'https://[', sha256: {DIGEST}}}", "must be an address"),
        ("a: {url: 'https://example.org/a', sha256: abc}", "sha256"),
        ("a: {url: 'https://example.org/a'}", "missing key 'sha256'"),
        (f"a: {{url: 'https://example.org/a', sha256: {DIGEST}, size: 3}}", "unknown key 'size'|size"),
        ("a: b", "must be a mapping"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, section: str, told: str) -> None:
    with pytest.raises(SuiteError, match=told) as raised:
        listed(tmp_path, f"files:\n  {section}\n")
    assert "suite.yaml:2:" in str(raised.value)
    assert "\x1b" not in str(raised.value)
