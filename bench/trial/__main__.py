"""`python -m bench.trial [--modules MODULE,...] [PLUGIN_FILE ...] < jobs`: for executors elsewhere."""

from __future__ import annotations

import argparse
import os
from functools import partial
from pathlib import Path

from .far_end import serve
from .preload import preload
from .warden import write_message


def main() -> None:
    """Run the jobs on stdin, a line each; messages are lines of JSON on what was stdout."""
    parser = argparse.ArgumentParser("python -m bench.trial", description=serve.__doc__)
    parser.add_argument(
        "--modules", default="", help="modules to load once for all cells, with commas between"
    )
    parser.add_argument("files", nargs="*", type=Path, metavar="PLUGIN_FILE")
    given = parser.parse_args()
    jobs, messages = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)  # a cell that reads stdin takes no job away
    os.close(nothing)
    os.dup2(2, 1)  # what a library prints while it is loaded is no message
    preload(given.modules.split(","))
    with os.fdopen(jobs) as lines:
        serve(lines, given.files, partial(write_message, messages), messages)


if __name__ == "__main__":
    main()
