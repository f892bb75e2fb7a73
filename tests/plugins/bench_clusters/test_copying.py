"""Files on their way: whole, in their places, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench_clusters.copying import changed, contents, numbered, write, write_one


def test_files_come_to_their_places_and_back_only_if_they_have_changed(tmp_path: Path) -> None:
    first, second = tmp_path / "a" / "same.py", tmp_path / "b" / "same.py"
    for file in (first, second):
        file.parent.mkdir()
        file.write_text(str(file))
    given = contents(numbered([first, second]))
    there = tmp_path / "there"
    assert write(given, there) == [there / "0" / "same.py", there / "1" / "same.py"]
    assert list(changed(there, given)) == []
    (there / "1" / "same.py").write_bytes(b"new")
    (there / "logs").mkdir()
    (there / "logs" / "log").write_bytes(b"word")
    assert list(changed(there, given)) == [("1/same.py", b"new"), ("logs/log", b"word")]


@pytest.mark.parametrize("place", ["../outside", "/etc/outside", "a/../../outside"])
def test_nothing_is_written_outside_the_folder(tmp_path: Path, place: str) -> None:
    with pytest.raises(ValueError, match="is no place in a folder"):
        write_one(place, b"", tmp_path / "folder")
    assert not (tmp_path / "outside").exists()
