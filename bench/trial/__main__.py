"""`python -m bench.trial [PLUGIN_FILE ...] < job.json`: one job, for executors that reach other machines."""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path

from .far_end import guard_job
from .warden import write_message


def main() -> None:
    """Run the job on stdin; its messages are lines of JSON on what was stdout."""
    text = sys.stdin.read()
    messages = os.dup(sys.stdout.fileno())
    guard_job(text, [Path(file) for file in sys.argv[1:]], partial(write_message, messages), messages)


if __name__ == "__main__":
    main()
