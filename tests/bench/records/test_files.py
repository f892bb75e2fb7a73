"""A file is the old one or the new one, never half of either."""

from __future__ import annotations

import os
import resource
import stat
import threading
from pathlib import Path

import pytest

from bench.errors import StoreError
from bench.records.files import write_atomic


def test_a_file_is_written_with_its_folders(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "file.json"
    write_atomic(path, b"one")
    assert path.read_bytes() == b"one"
    assert list(path.parent.iterdir()) == [path]


def test_a_file_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "file"
    for data in (b"one", b"two"):
        write_atomic(path, data)
    assert path.read_bytes() == b"two"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_may_be_read_by_whom_the_umask_lets(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_atomic(tmp_path / "file", b"")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o640


def test_where_a_folder_is_in_the_way_it_stays_and_nothing_is_left(tmp_path: Path) -> None:
    path = tmp_path / "file"
    (path / "inside").mkdir(parents=True)
    with pytest.raises(StoreError, match=rf"{path}: cannot be written: "):
        write_atomic(path, b"one")
    assert list(tmp_path.iterdir()) == [path]
    assert list(path.iterdir()) == [path / "inside"]


def test_where_a_file_is_in_place_of_the_folder_it_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "folder").write_text("a file")
    with pytest.raises(StoreError, match="cannot be written: ") as caught:
        write_atomic(tmp_path / "folder" / "file", b"one")
    assert "\n" not in str(caught.value)
    assert (tmp_path / "folder").read_text() == "a file"


def test_when_writing_fails_the_old_file_stays_and_nothing_is_left(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_atomic(path, b"old")
    with pytest.raises(TypeError):
        write_atomic(path, "no bytes")  # fails when the temporary file is already there
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_when_the_disk_has_no_room_the_old_file_stays_and_nothing_is_left(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_atomic(path, b"old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))  # as good as a full disk: writing fails midway
    try:
        with pytest.raises(StoreError, match="cannot be written: File too large"):
            write_atomic(path, b"new" * 100_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_reader_never_sees_half_a_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    texts = [letter * 300_000 for letter in (b"a", b"b")]
    write_atomic(path, texts[0])
    over = threading.Event()

    def write() -> None:
        for turn in range(60):
            write_atomic(path, texts[turn % 2])
        over.set()

    writer = threading.Thread(target=write)
    writer.start()
    seen = set()
    while not over.is_set():
        seen.add(path.read_bytes())
    writer.join()
    assert seen <= set(texts)


def test_a_file_that_was_to_be_written_aside_is_not_when_that_place_is_gone(tmp_path: Path) -> None:
    path, aside = tmp_path / "file", tmp_path / "aside"
    aside.mkdir()
    write_atomic(path, b"first", aside)
    aside.rmdir()
    with pytest.raises(StoreError, match="No such file"):
        write_atomic(path, b"second", aside)
    assert path.read_bytes() == b"first"
    assert [each.name for each in tmp_path.iterdir()] == ["file"]
