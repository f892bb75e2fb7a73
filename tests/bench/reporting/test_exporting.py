"""An exporter's documents, its faults in one line, and where documents are put."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import pytest
from pydantic import Field

from bench import BenchError, Exporter, Sheet
from bench.errors import StoreError
from bench.registry import Owner, Registered, Registry
from bench.reporting import exported_by, write_documents

SHEET = Sheet([], [], [])


class Mine(Exporter):
    """Mine."""

    name: ClassVar[str] = "mine"
    made: ClassVar[object] = {"a.txt": b"x"}

    size: int = Field(1, ge=1, description="size")
    word: str = Field(description="a word")

    def export(self, sheet: Sheet) -> Mapping[str, bytes]:
        if isinstance(self.made, Exception):
            raise self.made
        return self.made


def registry(made: object = Mine.made) -> Registry:
    found = Registry()
    cls = type(
        "Mine", (Mine,), {"made": made, "__module__": __name__, "__annotations__": {"made": "ClassVar"}}
    )
    found.entries["exporter"]["mine"] = Registered(cls, Owner("mine", "mine", "1"))
    return found


def fault(made: object = Mine.made, name: str = "mine", **settings: object) -> str:
    with pytest.raises(BenchError) as caught:
        exported_by(name, SHEET, registry(made), {"word": "w", **settings})
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_documents_are_what_the_exporter_makes() -> None:
    assert exported_by("mine", SHEET, registry(), {"word": "w"}) == {"a.txt": b"x"}


def test_an_unknown_format_is_answered_with_those_there_are() -> None:
    assert fault(name="mime") == "no format 'mime' to export to is installed; did you mean 'mine'?"
    assert fault(name="zip") == "no format 'zip' to export to is installed; there are mine"


def test_a_wrong_setting_is_named() -> None:
    told = "; give settings with --set KEY=VALUE, `bench list exporters` shows them"
    assert fault(size=0) == f"format 'mine': size: must be a whole number of at least 1, not 0{told}"
    assert fault(sise=2) == f"format 'mine': sise: unknown key; did you mean 'size'?{told}"
    with pytest.raises(BenchError, match="format 'mine': missing key 'word'; give settings"):
        exported_by("mine", SHEET, registry(), {})


def test_what_goes_wrong_within_is_one_line() -> None:
    assert fault(BenchError("there are no cells")) == "format 'mine': there are no cells"
    assert fault(ZeroDivisionError("a\nb")) == "format 'mine': ZeroDivisionError: a b"


def test_documents_are_held_to_plain_names_and_bytes() -> None:
    assert fault({"../a": b""}).startswith("format 'mine': names a file '../a'; use letters")
    assert fault({"a": "text"}) == "format 'mine': returns str for 'a', not bytes"


def test_a_single_document_can_be_a_file_and_any_goes_into_a_folder(tmp_path: Path) -> None:
    one = {"cells.csv": b"x"}
    assert write_documents(one, tmp_path / "new" / "mine.csv") == [tmp_path / "new" / "mine.csv"]
    assert write_documents(one, tmp_path / "new") == [tmp_path / "new" / "cells.csv"]
    assert write_documents(one, tmp_path / "results.v2") == [tmp_path / "results.v2" / "cells.csv"]
    assert (tmp_path / "new" / "mine.csv").read_bytes() == b"x"
    assert (tmp_path / "results.v2" / "cells.csv").read_bytes() == b"x"


def test_a_folder_stays_one_whatever_it_is_called(tmp_path: Path) -> None:
    (tmp_path / "a.csv").mkdir()
    assert write_documents({"cells.csv": b"x"}, tmp_path / "a.csv") == [tmp_path / "a.csv" / "cells.csv"]


def test_several_documents_are_no_file(tmp_path: Path) -> None:
    two = {"a.csv": b"x", "b.csv": b"y"}
    with pytest.raises(BenchError, match=r"all\.csv: this format makes 2 files; give a folder"):
        write_documents(two, tmp_path / "all.csv")
    assert len(write_documents(two, tmp_path / "all")) == 2


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "taken").write_bytes(b"")
    with pytest.raises(StoreError, match="cannot be written"):
        write_documents({"a.csv": b"x"}, tmp_path / "taken")
