"""A run that joins others and gives them up sooner than `bench run --join` does, as a program.

python joining.py SUITE RESULTS SECONDS LOOKS
"""

from __future__ import annotations

import sys
from pathlib import Path

import fakes
import mischief
from bench.cli.progress import PlainDisplay
from bench.errors import BenchError
from bench.planning import load_suite, make_plan
from bench.records.joined import Pace
from bench.registry import load
from bench.running.runner import Runner
from bench.trial.options import RunOptions

FILE = Path(__file__)


def main(suite: str, results: str, seconds: str, looks: str) -> str | None:
    """Run a suite; return what went wrong in a line."""
    registry = load([fakes.FILE, mischief.FILE])
    plan = make_plan(load_suite(Path(suite), registry), registry)
    options = RunOptions(
        suite=plan.suite.name,
        folder=Path(results) / plan.suite.name,
        cache_folder=Path(results) / ".cache",
        checkpoint_seconds=0.2,
    )
    pace = Pace(float(seconds), int(looks))
    try:
        with plan.suite.executor.open(registry.files, plan.requires) as pool:
            Runner(plan, pool, options, PlainDisplay(), join=pace).run()
    except BenchError as error:
        return str(error)
    return None


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
