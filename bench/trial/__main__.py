"""`python -m bench.trial [PLUGIN_FILE ...] < job.json`: one job, for executors that reach other machines."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from .far_end import guard_job


def main() -> None:
    """Run the job on stdin; its messages are lines of JSON on what was stdout."""
    text = sys.stdin.read()
    with os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8") as messages:

        def send(message: dict[str, Any]) -> None:
            print(json.dumps(message, allow_nan=False), file=messages, flush=True)

        guard_job(text, [Path(file) for file in sys.argv[1:]], send, messages.fileno())


if __name__ == "__main__":
    main()
