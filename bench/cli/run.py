"""`bench run`: run a suite and print its tables."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from . import options


def run(
    suite: options.SuiteFile,
    results: Annotated[Path, typer.Option(help="Folder that gets a folder for the suite.")] = Path("results"),
    executor: Annotated[str | None, typer.Option(help="process or inline, in place of the suite's.")] = None,
    only: options.Only = None,
    limit: options.Limit = None,
    device: options.Device = None,
    seed: options.Seed = None,
    batch_size: options.BatchSize = None,
    set: options.Set = None,
    plugin: options.PluginFiles = None,
    keep_encoders: Annotated[
        bool, typer.Option("--keep-encoders", help="Keep each cell's trained encoder, to export it.")
    ] = False,
    checkpoint_every: Annotated[
        float, typer.Option(metavar="SECONDS", min=0, help="How often a long training saves where it is.")
    ] = 60.0,
    repeat: Annotated[
        int, typer.Option(metavar="N", min=1, help="Measure the speed of each cell in so many runs of it.")
    ] = 1,
    cache_limit: Annotated[
        float,
        typer.Option(
            metavar="GIB", min=0, help="Most that prepared data and features take; the oldest go first."
        ),
    ] = 50.0,
) -> None:
    """Run what is missing of a suite, and print accuracy, throughput and memory."""
    from ..execution.executors import executors
    from ..execution.runner import Runner
    from ..planning import load_suite, make_plan
    from ..records.store import Store
    from ..registry import load
    from .progress import display
    from .tables import conclude

    registry = load(plugin or [])
    overrides = options.overrides(
        limit=limit, device=device, seed=seed, batch_size=batch_size, set=set, executor=executor
    )
    plan = make_plan(load_suite(suite, registry, overrides), registry, only)
    store = Store(results / plan.suite.name)
    with executors()[plan.suite.executor](registry, plan.requires) as runs_in, display() as shown:
        runner = Runner(
            plan,
            store,
            runs_in,
            results / ".cache",
            shown,
            keep_encoders,
            checkpoint_every,
            repeat,
            round(cache_limit * 2**30),
        )
        runner.run()
    conclude(store)
    if runner.failed:
        raise typer.Exit(1)
