"""The store: a folder with one JSON file a cell. Every table can be made again from these alone.

results/<suite>/suite.yaml                the suite that was run last
results/<suite>/cells/<id>.json           the record
results/<suite>/logs/<id>.log             what the cell printed, and its traceback if it failed
results/<suite>/predictions/<id>.parquet  what each example contributes to the metrics
results/<suite>/artifacts/<id>.safetensors  the encoder, where another cell starts from it
results/<suite>/artifacts/<id>.json       what that encoder is
results/<suite>/artifacts/<id>-head.safetensors  the head that was trained on it, if one was
results/<suite>/files/<id>/<name>         what else the objective kept
results/<suite>/checkpoints/<id>.safetensors  a training that is under way, or was cut off
results/<suite>/checkpoints/<training>-<budget>.safetensors  one that ended, for larger budgets

`claims` and `runs` say what else is there while runs use it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from pydantic import ValidationError

from ..errors import NewerRecord, StoreError
from ..toolkit.files import read_regular
from .claims import Claim, claimed
from .files import write_atomic
from .joined import Pace, joined
from .migrations import RawRecord, is_old, parse, read
from .reading import Reader
from .record import Record


class Store:
    """The records of one suite. `unreadable` lists files that `records` had to pass over, a line each.

    A record that a newer version wrote is passed over too, and nothing of its cell is ever overwritten.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.unreadable: list[str] = []
        self._reader = Reader()
        self._claim: Claim | None = None

    @property
    def suite_path(self) -> Path:
        """Where the suite is kept that was run last."""
        return self.folder / "suite.yaml"

    def record_path(self, id: str) -> Path:
        """Return where the record of a cell is kept."""
        return self.folder / "cells" / f"{id}.json"

    def log_path(self, id: str) -> Path:
        """Return where the output of a cell is kept."""
        return self.folder / "logs" / f"{id}.log"

    def predictions_path(self, id: str) -> Path:
        """Return where the contributions of a cell's examples to its metrics are kept."""
        return self.folder / "predictions" / f"{id}.parquet"

    def artifact_path(self, id: str) -> Path:
        """Return where the trained encoder of a cell is kept, if it is."""
        return self.folder / "artifacts" / f"{id}.safetensors"

    def head_path(self, id: str) -> Path:
        """Return where that is kept which stood on the encoder of a cell, if anything did."""
        return self.folder / "artifacts" / f"{id}-head.safetensors"

    def artifact_paths(self, id: str) -> list[Path]:
        """Return the places of all files of the trained encoder of a cell."""
        artifact = self.artifact_path(id)
        return [artifact, artifact.with_suffix(".json"), self.head_path(id)]

    def checkpoint_path(self, id: str) -> Path:
        """Return where the training of a cell is kept while it is under way."""
        return self.folder / "checkpoints" / f"{id}.safetensors"

    def kept_checkpoint_path(self, training: str, budget: int) -> Path:
        """Return where the end of a training is kept, if it is, for larger budgets to go on from."""
        return self.folder / "checkpoints" / f"{training}-{budget}.safetensors"

    def kept_checkpoints(self, training: str) -> dict[int, Path]:
        """Return the kept ends of a training by their budgets."""
        paths = self.folder.glob(f"checkpoints/{training}-*.safetensors")
        budgets = {path.stem.removeprefix(f"{training}-"): path for path in paths}
        return {int(budget): path for budget, path in budgets.items() if budget.isdecimal()}

    def file_path(self, id: str, name: str) -> Path:
        """Return where a file that the objective attached is kept."""
        return self.folder / "files" / id / name

    def get(self, id: str) -> Record | None:
        """Return the record of a cell, in today's format; None if there is none that can be read."""
        return self._get(self.record_path(id))

    def is_newer(self, id: str) -> bool:
        """Tell whether a newer version wrote the record of a cell."""
        try:
            self._read(self.record_path(id))
        except NewerRecord:
            return True
        except (OSError, ValueError):
            return False
        return False

    def _get(self, path: Path) -> Record | None:
        try:
            return self._read(path)
        except FileNotFoundError:
            return None
        except NewerRecord as error:
            self.unreadable.append(f"{path}: passed over, {error}")
        except (OSError, ValueError) as error:
            self.unreadable.append(f"{path}: passed over, not a record: {_first_line(error)}")
        return None

    def _read(self, path: Path) -> Record:
        record = read(read_regular(path), self._document, self._reader.read)
        if record.id != path.stem:  # it would lead to files of another cell, or out of the folder
            raise ValueError(f"it is of another cell, {record.id!r}")
        return record

    def _document(self, id: str) -> RawRecord | None:
        try:
            return parse(read_regular(self.record_path(id)))
        except OSError:
            return None

    def records(self) -> list[Record]:
        """Return all records, in the order of their ids."""
        self.unreadable.clear()
        return [record for path in self._record_paths() if (record := self._get(path)) is not None]

    def migrate(self) -> int:
        """Rewrite the records that earlier versions wrote in today's format; return how many there were.

        Raises StoreError if the folder is in use or cannot be written.
        """
        with self.claim():
            old = [id for id in self.ids() if (found := self._document(id)) is not None and is_old(found)]
            migrated = [record for id in old if (record := self.get(id)) is not None]
            for record in migrated:
                self.put(record)
        return len(migrated)

    def ids(self) -> list[str]:
        """Return the ids of all cells that have a record, readable or not, in order."""
        return [path.stem for path in self._record_paths()]

    def _record_paths(self) -> list[Path]:
        return sorted(self.folder.glob("cells/*.json"), key=lambda path: path.stem)

    def put(self, record: Record) -> None:
        """Keep a record, in place of an older one of the same cell.

        Raises StoreError if it cannot be written, or a folder that was held is not any more; an older record
        then stays. Raises NewerRecord if the one that is there was written by a newer version.
        """
        if self.is_newer(record.id):
            raise NewerRecord(f"{self.record_path(record.id)}: not overwritten, a newer version wrote it")
        self.write(self.record_path(record.id), record.model_dump_json(indent=1).encode())

    def write(self, path: Path, data: bytes) -> None:
        """Write a file of this folder.

        Raises StoreError if it cannot be written, or the folder was held, but is not any more.
        """
        self.check_claim()
        try:
            write_atomic(path, data, None if self._claim is None else self._claim.aside)
        except StoreError:
            self.check_claim()
            raise

    def adopt(self, id: str) -> None:
        """Take over a finished cell and its encoder from another suite of the same results, if one has both.

        A record of the cell that a newer version wrote stays, and so does its encoder.
        """
        if self.is_newer(id):
            return
        for folder in sorted(self.folder.parent.glob("*/")):
            other = Store(folder)
            record = other.get(id) if other.artifact_path(id).exists() else None
            if record is not None and record.status == "done" and folder != self.folder:
                for kept in filter(Path.is_file, other.artifact_paths(id)):
                    self.write(self.folder / kept.relative_to(folder), kept.read_bytes())
                self.put(record)
                return

    @contextmanager
    def claim(self, join: Pace | None = None) -> Iterator[None]:
        """Hold the folder for this process alone, or with others that `join`, of which each takes cells.

        Raises StoreError at once if another run holds it the other way, or alone.
        """
        holding: AbstractContextManager[Claim] = joined(self.folder, join) if join else claimed(self.folder)
        with holding as self._claim:
            try:
                yield
            finally:
                self._claim = None

    def say_running(self, cells: Mapping[str, str]) -> None:
        """Let everybody see which cells run in a folder that is held, by id, and since when in ISO 8601."""
        if self._claim is not None:
            self._claim.say(cells)

    def check_claim(self) -> None:
        """Raise StoreError if the folder is held, but has been moved away, or is no longer held."""
        if self._claim is not None:
            self._claim.check()

    def take(self, id: str) -> bool:
        """Hold a cell of a folder that is held; tell whether that was possible: another run may hold it."""
        return self._claim is None or self._claim.take(id)

    def let_go(self, id: str) -> None:
        """Hold a cell no longer."""
        if self._claim is not None:
            self._claim.let_go(id)

    def place(self, id: str) -> Path:
        """Return the folder where the files of a cell lie while it runs: this one, or one for it alone."""
        return self.folder if self._claim is None else self._claim.place(id)

    def bring_home(self, id: str, name: Path) -> None:
        """Move a file of a cell from there to where it belongs, under its name in both.

        Raises StoreError as `write` does.
        """
        if self._claim is not None:
            self._claim.bring_home(id, name)

    def stamp(self, id: str) -> object:
        """Return what changes when the record of a cell is written; None if there is no record."""
        try:
            status = os.stat(self.record_path(id))
        except OSError:
            return None
        return status.st_ino, status.st_mtime_ns, status.st_size


def _first_line(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc'])) or 'file'}: {first['msg']}"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return str(error).splitlines()[0]
