"""The runs that have joined on one results folder: each has a folder of its own in it, and claims cells.

results/<suite>/.joined/<run>/beat     who it is; renewed as long as it is alive
results/<suite>/.joined/<run>/gate/    what it does to the files of all goes through here
results/<suite>/.joined/<run>/work/    the files of the cells that it runs, a folder each
results/<suite>/.joined/<run>/<other>/ the folder of a run that has gone, and whose cells it is freeing
results/<suite>/cells/<id>.claim       a link to the name of the run that holds the cell, never followed

A claim lies where the record will. So whoever makes one has changed that folder, and a network file system
shows it as it is now, with the record that another run may have stored there.
"""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Mapping
from pathlib import Path
from uuid import uuid4

from pydantic import ValidationError

from .files import PLAIN_NAME
from .holders import Holder

JOINED, BEAT, GATE, WORK = ".joined", "beat", "gate", "work"
CLAIM = ".claim"
NOBODY = "nobody"
"""Whom a claim is of that no run has made."""

LONGEST = 2**20


def new_name() -> str:
    """Return a name for a run of this process that no other has."""
    host = re.sub(r"[^A-Za-z0-9_-]", "-", platform.node())[:40].strip("-") or "host"
    return f"{host}-{os.getpid()}-{uuid4().hex[:12]}"


def claim_path(folder: Path, id: str) -> Path:
    """Return where a cell is claimed."""
    return folder / "cells" / f"{id}{CLAIM}"


def claimant(claim: Path) -> str | None:
    """Return the name of the run that has made a claim; None if there is no claim."""
    try:
        name = os.readlink(claim)
    except FileNotFoundError:
        return None
    except OSError:  # not a link
        return NOBODY
    return name if PLAIN_NAME.fullmatch(name) else NOBODY


def folders_in(place: Path) -> list[Path]:
    """Return the folders of runs in `.joined`, or of those that a run has taken over in its own."""
    try:
        found = [Path(entry.path) for entry in os.scandir(place) if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return []
    return sorted(path for path in found if path.name not in (GATE, WORK) and not path.name.startswith("."))


def beat_of(run: Path) -> bytes | None:
    """Return a run's latest sign of life; None if it has none, and thus is no run any more."""
    try:
        file = os.open(run / BEAT, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:
        return b""
    try:
        return os.pread(file, LONGEST, 0).partition(b"\n")[0]
    except OSError:
        return b""
    finally:
        os.close(file)


def holder_in(beat: bytes | None) -> Holder | None:
    """Return who a sign of life is of, if it says so."""
    try:
        return Holder.model_validate_json(beat or b"")
    except ValidationError:
        return None


def joined_runs(folder: Path) -> Mapping[str, Holder]:
    """Return the runs that have joined on a folder, but for those that have surely ended, by their names."""
    holders = {run.name: holder_in(beat_of(run)) for run in folders_in(folder / JOINED)}
    return {name: holder for name, holder in holders.items() if holder and not holder.has_ended()}
