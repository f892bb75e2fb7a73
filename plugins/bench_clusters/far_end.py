"""The process that runs cells on a machine of a cluster: `python -m bench.trial`, which outlasts each."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, cast

LONGEST_SECONDS = 30.0
"""It takes a while to end a cell; after so long it is killed, and the cell with it."""


class Gone(Exception):
    """The process has ended, and the cell with it."""


class FarEnd:
    """Takes one job after another, and forks each cell from a process that has the libraries loaded.

    It ends when this process does. It works in `folder`, and `prepare` is called in it before anything else.
    """

    def __init__(
        self,
        files: Sequence[Path],
        modules: Sequence[str],
        environment: Mapping[str, str],
        folder: Path | None = None,
        prepare: Callable[[], None] | None = None,
    ) -> None:
        command = [sys.executable, "-m", "bench.trial", "--modules", ",".join(modules), *map(str, files)]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=dict(environment),
            cwd=folder,
            text=True,
            preexec_fn=prepare,
        )

    def run(self, text: str) -> Iterator[dict[str, Any]]:
        """Run a job; give its messages, the last of which is the last word. Raises Gone if none comes."""
        jobs, messages = cast(IO[str], self.process.stdin), cast(IO[str], self.process.stdout)
        try:
            jobs.write(f"{text}\n")
            jobs.flush()
        except OSError:
            raise Gone from None
        for line in messages:
            message = json.loads(line)
            yield message
            if "progress" not in message:
                return
        raise Gone

    def close(self) -> None:
        """End it, and the cell that it runs."""
        self.process.terminate()
        with suppress(OSError):
            self.process.communicate(timeout=LONGEST_SECONDS)
