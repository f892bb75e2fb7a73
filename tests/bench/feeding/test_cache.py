"""An entry of the cache is whole or not there at all."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from bench.errors import StoreError
from bench.feeding.cache import Cache, TooLarge

BUILD = """
import sys, time
from pathlib import Path
from bench.feeding.cache import Cache

folder, name = Path(sys.argv[1]), sys.argv[2]
cache = Cache(folder / "cache")

def fill(building):
    (building / "half").write_text(name)
    (folder / name).touch()
    while not (folder / "go").exists():
        time.sleep(0.01)
    (building / "other-half").write_text(name)
    (building / "complete").touch()

cache.build(cache.entry("kind", {"a": 1}), fill)
(folder / f"{name}-has-it").touch()
while not (folder / "end").exists():
    time.sleep(0.01)
"""


class Builders:
    """Processes that build one entry, from when a file `go` is there, and use it until `end` is."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, name: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen([sys.executable, "-c", BUILD, str(self.folder), name])
        self.processes.append(process)
        return process

    def wait_for(self, *names: str) -> None:
        until = time.monotonic() + 60
        while not all((self.folder / name).exists() for name in names):
            assert time.monotonic() < until
            time.sleep(0.01)

    def tell(self, name: str) -> None:
        (self.folder / name).touch()


@pytest.fixture
def builders(tmp_path: Path) -> Iterator[Builders]:
    made = Builders(tmp_path)
    yield made
    for process in made.processes:
        process.kill()
        process.wait()


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


def test_of_two_threads_one_builds_and_the_other_waits(tmp_path: Path) -> None:
    filled = []

    def fill(building: Path) -> None:
        filled.append(building)
        time.sleep(0.2)
        complete(building)

    def build() -> None:
        cache = Cache(tmp_path)
        assert (cache.build(cache.entry("kind", 1), fill) / "half").read_text() == "x"

    with ThreadPoolExecutor(4) as pool:
        for result in [pool.submit(build) for _ in range(4)]:
            result.result()
    assert len(filled) == 1
    assert list((tmp_path / "kind").iterdir()) == [Cache(tmp_path).entry("kind", 1)]


def test_of_two_processes_one_builds_and_the_other_waits(tmp_path: Path, builders: Builders) -> None:
    builders.start("first")
    builders.wait_for("first")
    second = builders.start("second")
    time.sleep(0.5)
    builders.tell("go")
    builders.wait_for("first-has-it", "second-has-it")
    assert not (tmp_path / "second").exists()
    builders.tell("end")
    assert second.wait(timeout=60) == 0
    assert_whole(Cache(tmp_path / "cache").entry("kind", {"a": 1}), "first")


def test_if_the_one_that_builds_is_killed_the_next_builds(tmp_path: Path, builders: Builders) -> None:
    first = builders.start("first")
    builders.wait_for("first")
    builders.start("second")
    time.sleep(0.5)
    first.kill()
    builders.tell("go")
    builders.wait_for("second-has-it")
    assert_whole(Cache(tmp_path / "cache").entry("kind", {"a": 1}), "second")


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


def assert_whole(entry: Path, builder: str) -> None:
    assert list(entry.parent.iterdir()) == [entry]
    assert (entry / "half").read_text() == (entry / "other-half").read_text() == builder


def kept(folder: Path, name: str, size: int, age: float) -> Path:
    """An entry of so many bytes that was used so many seconds ago, and that nobody uses now."""

    def fill(building: Path) -> None:
        (building / "data").write_bytes(b"x" * size)
        (building / "complete").touch()

    with closing(Cache(folder)) as cache:
        entry = cache.build(cache.entry("prepared", name), fill)
    then = time.time() - age
    os.utime(entry / "complete", (then, then))
    return entry


def removed(folder: Path, limit: int) -> list[Path]:
    return [entry.folder for entry in Cache(folder, limit).shrink()]


def test_entries_are_told_oldest_use_first(tmp_path: Path) -> None:
    folders = [
        kept(tmp_path, name, size, age) for name, size, age in (("a", 10, 5), ("b", 20, 50), ("c", 30, 500))
    ]
    found = Cache(tmp_path).entries()
    assert [(entry.kind, entry.bytes, entry.folder) for entry in found] == [
        ("prepared", 30, folders[2]),
        ("prepared", 20, folders[1]),
        ("prepared", 10, folders[0]),
    ]


def test_what_was_used_longest_ago_goes_first_and_no_more_than_need_be(tmp_path: Path) -> None:
    new, middle, old = (kept(tmp_path, name, 10, age) for name, age in (("a", 5), ("b", 50), ("c", 500)))
    assert removed(tmp_path, 30) == []
    with closing(Cache(tmp_path)) as cache:
        assert cache.has(old)  # asked for, and thereby used
    assert removed(tmp_path, 29) == [middle]
    assert removed(tmp_path, 0) == [new, old]
    assert Cache(tmp_path).entries() == []
    assert list((tmp_path / "prepared").iterdir()) == []


def test_without_a_limit_all_stay(tmp_path: Path) -> None:
    kept(tmp_path, "a", 10, 5)
    assert Cache(tmp_path).shrink() == []


def test_what_is_in_use_stays_and_younger_ones_go(tmp_path: Path) -> None:
    new, middle, old = (kept(tmp_path, name, 10, age) for name, age in (("a", 5), ("b", 50), ("c", 500)))
    with closing(Cache(tmp_path)) as user, closing(Cache(tmp_path)) as other:
        assert user.has(old)
        assert other.has(old)
        assert user.has(middle)
        os.utime(old / "complete", (0, 0))
        assert removed(tmp_path, 10) == [new]
        user.close()
        assert removed(tmp_path, 10) == [middle]
        assert removed(tmp_path, 0) == []
    assert removed(tmp_path, 0) == [old]


def test_what_another_process_uses_stays_until_it_ends(tmp_path: Path, builders: Builders) -> None:
    process = builders.start("first")
    builders.tell("go")
    builders.wait_for("first-has-it")
    assert removed(tmp_path / "cache", 0) == []
    process.kill()
    process.wait()
    assert len(removed(tmp_path / "cache", 0)) == 1


def test_the_limit_holds_while_entries_are_built(tmp_path: Path) -> None:
    def fill(building: Path) -> None:
        (building / "data").write_bytes(bytes(10))
        (building / "complete").touch()

    old = kept(tmp_path, "old", 10, 500)
    with closing(Cache(tmp_path, limit=25)) as cache:
        first = cache.build(cache.entry("features", 1), fill)
        assert old.exists()
        second = cache.build(cache.entry("features", 2), fill)
        assert not old.exists()
        third = cache.build(cache.entry("features", 3), fill)  # all of them in use: none can go
        assert all(entry.exists() for entry in (first, second, third))
    assert removed(tmp_path, 25) == [first]


def test_an_entry_that_has_gone_is_built_again(tmp_path: Path) -> None:
    entry = kept(tmp_path, "a", 10, 5)
    assert removed(tmp_path, 0) == [entry]
    assert not Cache(tmp_path).has(entry)
    assert kept(tmp_path, "a", 12, 5) == entry
    assert (entry / "data").stat().st_size == 12


def test_one_that_is_there_already_is_left_as_it_is(tmp_path: Path) -> None:
    entry, cache = kept(tmp_path, "a", 10, 5), Cache(tmp_path)
    with cache.claim(entry), cache.building(entry) as folder:
        complete(folder)
    assert (entry / "data").exists()
    assert list(entry.parent.iterdir()) == [entry]


def test_a_map_of_removed_data_can_still_be_read(tmp_path: Path) -> None:
    held = np.memmap(kept(tmp_path, "a", 10, 0) / "data", mode="r")
    assert len(removed(tmp_path, 0)) == 1
    assert bytes(held) == b"x" * 10


def test_what_does_not_fit_is_told(tmp_path: Path) -> None:
    Cache(tmp_path).check(2**60)
    Cache(tmp_path, limit=10).check(10)
    with pytest.raises(TooLarge) as caught:
        Cache(tmp_path, limit=10).check(10.6)
    assert (caught.value.size, caught.value.limit) == (11, 10)


def test_what_a_killed_process_left_half_done_goes(tmp_path: Path, builders: Builders) -> None:
    killed = builders.start("first")
    builders.wait_for("first")
    removed(tmp_path / "cache", 0)
    left = {path.name[:6] for path in (tmp_path / "cache" / "kind").iterdir()}
    assert left == {".build", ".lock-"}  # it is still at it
    killed.kill()
    killed.wait()
    (tmp_path / "cache" / "kind" / ".removed-x").mkdir()
    removed(tmp_path / "cache", 2**40)
    assert list((tmp_path / "cache" / "kind").iterdir()) == []
