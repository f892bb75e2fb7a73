"""Where a cell's files lie while it runs: in the results folder, or in one that no other run writes to."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from ..records.store import Store
from ..trial.job import Job
from .results import files_of


def set_out(job: Job, place: Path) -> Job:
    """Return a job that leaves its files in this folder; what it needs is there, by links."""
    if place == job.folder:
        return job
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    for name, needed in job.needs.items():
        link = place / name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(needed.absolute())
    return replace(job, options=job.options.moved(place, job.options.cache_folder), home=job.folder)


def bring_home(job: Job, store: Store) -> None:
    """Move what a job has left to where it belongs in its results folder, if that was set out elsewhere.

    Raises StoreError if that is not possible, or no longer permitted.
    """
    if job.home is None:
        return
    for path in files_of(job, Store(job.folder)):
        if not path.is_symlink():
            store.bring_home(job.id, path.relative_to(job.folder))
    shutil.rmtree(job.folder, ignore_errors=True)
