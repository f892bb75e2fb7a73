"""What passes a gate, and that nothing does when it is gone."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.records.gate import Gate


def test_files_pass_and_links_are_removed_without_being_followed(tmp_path: Path) -> None:
    gate = Gate(tmp_path / "gate")
    gate.folder.mkdir()
    file, target, link = tmp_path / "file", tmp_path / "place" / "target", tmp_path / "link"
    file.write_text("new")
    gate.pass_on(file, target)
    link.symlink_to(target)
    gate.discard(link)
    assert target.read_text() == "new"
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["gate", "place", "target"]


def test_nothing_happens_when_it_is_gone(tmp_path: Path) -> None:
    gate = Gate(tmp_path / "gate")
    file, target = tmp_path / "file", tmp_path / "target"
    file.write_text("late")
    target.write_text("there")
    for deed in (lambda: gate.pass_on(file, target), lambda: gate.discard(target)):
        with pytest.raises(OSError, match="No such file"):
            deed()
    assert (file.read_text(), target.read_text()) == ("late", "there")
