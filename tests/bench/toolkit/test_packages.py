"""Files of packages, read without importing these."""

from __future__ import annotations

import email
import sys
from pathlib import Path

import pytest

from bench.toolkit.packages import package_folder, sources


def test_a_package_is_found_and_not_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "heavy_package" / "models"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").write_text("raise ImportError('too heavy')")
    (folder / "b.py").write_text("B = 'ä'", encoding="utf-8")
    (folder / "a.py").write_text("A = 1")
    (folder / "c.txt").write_text("no source")
    monkeypatch.syspath_prepend(tmp_path)
    assert package_folder("heavy_package") == folder.parent
    assert list(sources("heavy_package", "models")) == ["A = 1", "B = 'ä'"]
    assert list(sources("heavy_package", "layers")) == []
    assert "heavy_package" not in sys.modules


def test_what_is_no_package_has_no_sources() -> None:
    assert package_folder("no_such_package") is None
    assert package_folder("this") is None  # a module
    assert package_folder("email") == Path(email.__file__).parent
    assert list(sources("no_such_package", "models")) == []
