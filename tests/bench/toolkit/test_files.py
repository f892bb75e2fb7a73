"""Files known by their content."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from bench.toolkit.files import file_digest


def test_a_digest_is_the_content_s_wherever_the_file_lies(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "file").write_bytes(b"one")
    assert file_digest(tmp_path / "a" / "file") == hashlib.sha256(b"one").hexdigest()
    assert file_digest(tmp_path / "b" / "file") == hashlib.sha256(b"one").hexdigest()


def test_a_file_that_has_changed_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"one")
    before = file_digest(file)
    file.write_bytes(b"other")
    assert file_digest(file) == hashlib.sha256(b"other").hexdigest() != before


def test_a_file_that_is_not_there_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        file_digest(tmp_path / "none")
