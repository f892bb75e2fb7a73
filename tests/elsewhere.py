"""A one-file plugin of a stranger: an executor whose cells run in scratch folders that nobody shares.

It uses nothing but `bench` and the command `python -m bench.trial`. With another way to copy files and to
start a command, this is an executor on another machine.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Self

from pydantic import Field

import bench

FILE = Path(__file__)


class Elsewhere(bench.Executor):
    """Each cell in a scratch folder of its own, from which everything is brought back."""

    name: ClassVar[str] = "elsewhere"

    at_once: int = Field(2, ge=1, description="most cells at the same time")

    def open(self, files: Sequence[Path], modules: Sequence[str]) -> Site:
        return Site(self.at_once, files)


class Site:
    """The machines, so to speak."""

    def __init__(self, at_once: int, files: Sequence[Path]) -> None:
        self.at_once = at_once
        self.files = files
        self.visits: set[Visit] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        for visit in list(self.visits):
            visit.process.kill()
            visit.close()

    def takes(self, job: bench.Job) -> bool:
        return len(self.visits) < self.at_once

    def submit(self, job: bench.Job) -> Visit:
        visit = Visit(self, job)
        self.visits.add(visit)
        return visit


class Visit:
    """A job under way: shipped there, and brought back by `result`."""

    def __init__(self, site: Site, job: bench.Job) -> None:
        self.site = site
        self.folder = Path(tempfile.mkdtemp(prefix="elsewhere-"))
        for place, path in job.needs.items():
            ship(path, self.folder / place)
        files = [ship(path, self.folder / "plugins" / path.name) for path in site.files]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bench.trial", *files],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=self.folder,
        )
        self.process.stdin.write(job.moved(self.folder).to_json())
        self.process.stdin.close()

    def result(self, listen: bench.Listen) -> bench.Result:
        record = None
        for line in self.process.stdout:
            message = json.loads(line)
            if "progress" in message:
                listen(bench.Progress(**message["progress"]))
            record = message.get("record", record)
        code = self.process.wait()
        return bench.Result(self.folder, record, cause=f"it ended elsewhere with exit code {code}")

    def close(self) -> None:
        self.process.wait()
        self.process.stdout.close()
        self.site.visits.discard(self)
        shutil.rmtree(self.folder)


def ship(path: Path, to: Path) -> Path:
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(path, to)
    return to


@bench.hookimpl
def bench_executors() -> list[type[bench.Executor]]:
    return [Elsewhere]
