"""Files as users name them, and known by their content."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.toolkit.files import file_digest, read_regular, user_path


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


def test_home_is_found_and_that_of_nobody_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")
    assert user_path("~/a.csv") == Path("/home/somebody/a.csv")
    assert user_path("~nobody-of-this-name/a.csv") == Path("~nobody-of-this-name/a.csv")


@pytest.mark.parametrize("read", [file_digest, read_regular])
def test_what_may_never_end_is_not_opened(tmp_path: Path, read: Callable[[Path], object]) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero"), tmp_path):
        with pytest.raises(OSError, match="not a regular file"):
            read(path)


def test_a_regular_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"one")
    assert read_regular(tmp_path / "file") == b"one"
