"""The gate of a run: whatever it does to the files of all is one renaming out of a folder or into it.

Who gives the run up removes its gate first. From then on nothing that it still tries can happen, even if it
was stopped in the middle, and goes on as if nothing had been: a renaming happens or not, and there is no
moment between a look and a deed.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4


@dataclass(frozen=True)
class Gate:
    """A folder on the file system of what passes it. All methods raise OSError if it is gone."""

    folder: Path

    def pass_on(self, path: Path, target: Path) -> None:
        """Move a file to its place, over what is there."""
        inside = self._new()
        os.rename(path, inside)
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(inside, target)

    def discard(self, path: Path) -> None:
        """Remove a file, or a link."""
        inside = self._new()
        os.rename(path, inside)
        os.unlink(inside)

    def _new(self) -> Path:
        return self.folder / uuid4().hex
