"""An entry of the cache is whole or not there at all."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from bench.errors import StoreError
from bench.execution.cache import Cache

BUILD = """
import sys, time
from pathlib import Path
from bench.execution.cache import Cache

folder, name = Path(sys.argv[1]), sys.argv[2]
cache = Cache(folder / "cache")

def fill(building):
    (building / "half").write_text(name)
    (folder / name).touch()
    while len(list(folder.glob("builder-*"))) < 2:  # both are at it at once
        time.sleep(0.01)
    (building / "other-half").write_text(name)
    (building / "complete").touch()

cache.build(cache.entry("kind", {"a": 1}), fill)
"""


def test_an_entry_is_filled_once(tmp_path: Path) -> None:
    cache, filled = Cache(tmp_path), []

    def fill(building: Path) -> None:
        filled.append(building)
        complete(building)

    entry = cache.entry("kind", {"a": 1})
    assert cache.build(entry, fill) == cache.build(entry, fill) == entry
    assert len(filled) == 1
    assert (entry / "half").read_text() == "x"


def test_kinds_and_keys_are_told_apart(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    entries = {cache.entry(kind, key) for kind in "ab" for key in ({"x": 1}, {"x": 2}, {"x": "1"})}
    assert len(entries) == 6
    assert cache.entry("a", {"x": 1, "y": 2}) == cache.entry("a", {"y": 2, "x": 1})


def test_two_threads_that_build_one_entry_end_with_one_whole(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    entry = cache.entry("kind", 1)
    both = threading.Barrier(2, timeout=20)
    faults = []

    def build(name: str) -> None:
        def fill(building: Path) -> None:
            (building / "half").write_text(name)
            both.wait()
            (building / "other-half").write_text(name)
            (building / "complete").touch()

        try:
            cache.build(entry, fill)
        except Exception as fault:
            faults.append(fault)

    threads = [threading.Thread(target=build, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    assert_whole(entry)


def test_two_processes_that_build_one_entry_end_with_one_whole(tmp_path: Path) -> None:
    builders = [
        subprocess.Popen([sys.executable, "-c", BUILD, str(tmp_path), f"builder-{name}"]) for name in "ab"
    ]
    assert [builder.wait(timeout=60) for builder in builders] == [0, 0]
    assert_whole(Cache(tmp_path / "cache").entry("kind", {"a": 1}))


@pytest.mark.parametrize("fault", [ValueError("bad data"), KeyboardInterrupt(), OSError("not an image")])
def test_a_fill_that_raises_leaves_nothing(tmp_path: Path, fault: BaseException) -> None:
    cache = Cache(tmp_path)
    entry = cache.entry("kind", 1)

    def fill(building: Path) -> None:
        (building / "half").write_text("x")
        raise fault

    with pytest.raises(type(fault)) as caught:
        cache.build(entry, fill)
    assert caught.value is fault
    assert list(entry.parent.iterdir()) == []


def test_a_fill_that_does_not_finish_leaves_nothing(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    entry = cache.entry("kind", 1)
    cache.build(entry, lambda building: (building / "half").touch())
    assert list(entry.parent.iterdir()) == []


def test_a_full_disk_is_told_in_one_line(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    entry = cache.entry("kind", 1)

    def fill(building: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(StoreError) as caught:
        cache.build(entry, fill)
    assert str(caught.value) == f"{entry}: cannot be written: No space left on device"
    assert list(entry.parent.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    cache = Cache(tmp_path / "file")
    with pytest.raises(StoreError, match="cannot be written: Not a directory"):
        cache.build(cache.entry("kind", 1), complete)


def complete(building: Path) -> None:
    (building / "half").write_text("x")
    (building / "complete").touch()


def assert_whole(entry: Path) -> None:
    assert list(entry.parent.iterdir()) == [entry]
    assert (entry / "half").read_text() == (entry / "other-half").read_text()


def kept(cache: Cache, name: str, size: int, age: float) -> Path:
    """An entry of so many bytes that was used so many seconds ago."""

    def fill(building: Path) -> None:
        (building / "data").write_bytes(b"x" * size)
        (building / "complete").touch()

    folder = cache.build(cache.entry("prepared", name), fill)
    then = time.time() - age
    os.utime(folder / "complete", (then, then))
    return folder


def test_entries_are_told_oldest_use_first(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    folders = [
        kept(cache, name, size, age) for name, size, age in (("a", 10, 5), ("b", 20, 50), ("c", 30, 500))
    ]
    found = cache.entries()
    assert [(entry.kind, entry.bytes, entry.folder) for entry in found] == [
        ("prepared", 30, folders[2]),
        ("prepared", 20, folders[1]),
        ("prepared", 10, folders[0]),
    ]


def test_what_was_used_longest_ago_goes_first_and_no_more_than_need_be(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    new, middle, old = (kept(cache, name, 10, age) for name, age in (("a", 5), ("b", 50), ("c", 500)))
    assert cache.shrink(30) == []
    assert cache.entry("prepared", "c") == old  # asked for, and thereby used
    assert [entry.folder for entry in cache.shrink(29)] == [middle]
    assert new.exists()
    assert old.exists()
    assert {entry.folder for entry in cache.clear()} == {new, old}
    assert cache.entries() == []
    assert list((tmp_path / "prepared").iterdir()) == []


def test_a_map_of_removed_data_can_still_be_read(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    held = np.memmap(kept(cache, "a", 10, 0) / "data", mode="r")
    cache.clear()
    assert bytes(held) == b"x" * 10


def test_what_a_killed_process_left_half_done_goes_after_a_day(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    for name, age in ((".building-old", 25 * 3600), (".building-new", 60)):
        folder = tmp_path / "prepared" / name
        folder.mkdir(parents=True)
        (folder / "complete").touch()
        for path in (folder / "complete", folder):
            os.utime(path, (time.time() - age,) * 2)
    assert cache.entries() == []
    cache.shrink(2**40)
    assert [path.name for path in (tmp_path / "prepared").iterdir()] == [".building-new"]
