"""`bench run`: run a suite and print its tables."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from ..errors import BenchError, NewerRecord
from . import options


def run(
    suite: options.SuiteFile,
    results: Annotated[Path, typer.Option(help="Folder that gets a folder for the suite.")] = Path("results"),
    executor: Annotated[
        str | None,
        typer.Option("--on", "--executor", metavar="NAME", help="An executor, in place of the suite's."),
    ] = None,
    only: options.Only = None,
    limit: options.Limit = None,
    device: options.Device = None,
    seed: options.Seed = None,
    batch_size: options.BatchSize = None,
    set: options.Set = None,
    plugin: options.PluginFiles = None,
    keep_encoders: Annotated[
        bool, typer.Option("--keep-encoders", help="Keep each cell's model, to predict and export.")
    ] = False,
    keep_checkpoints: Annotated[
        bool,
        typer.Option("--keep-checkpoints", help="Keep the ends of trainings, for more epochs to go on from."),
    ] = False,
    checkpoint_every: Annotated[
        float, typer.Option(metavar="SECONDS", min=0, help="How often a long training saves where it is.")
    ] = 60.0,
    repeat: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Measure the speed of each cell in so many runs of it."),
    ] = None,
    share_machine: Annotated[
        bool,
        typer.Option("--share-machine", help="Run several small cells at once; their speed is not measured."),
    ] = False,
    join: Annotated[
        bool, typer.Option("--join", help="Share the cells with other runs of this suite that --join.")
    ] = False,
    cache_limit: Annotated[
        float,
        typer.Option(
            metavar="GIB", min=0, help="Most that prepared data and features take; the oldest go first."
        ),
    ] = 50.0,
) -> None:
    """Run what is missing of a suite, and print accuracy, throughput and memory."""
    from ..measuring.machine import git
    from ..planning import load_suite, make_plan
    from ..records.joined import PACE
    from ..registry import load
    from ..running.runner import Runner
    from ..trial.options import RunOptions
    from .progress import display
    from .tables import conclude, load_ahead

    if share_machine and repeat is not None:
        raise BenchError("--share-machine measures no speed, so there is none to --repeat: leave out one")
    shown = display()
    with shown:
        registry = load(plugin or [])
        overrides = options.overrides(
            limit=limit, device=device, seed=seed, batch_size=batch_size, set=set, executor=executor
        )
        plan = make_plan(load_suite(suite, registry, overrides), registry, only)
    place = plan.suite.executor
    if share_machine and not place.concurrent:
        raise BenchError(
            f"--share-machine: executor '{place.name}' runs one cell at a time; --executor names another"
        )
    run_options = RunOptions(
        suite=plan.suite.name,
        folder=results / plan.suite.name,
        cache_folder=results / ".cache",
        cache_limit=round(cache_limit * 2**30),
        checkpoint_seconds=checkpoint_every,
        keep_encoders=keep_encoders,
        keep_checkpoints=keep_checkpoints,
        repeat=repeat or 0,
        share_machine=share_machine,
        git=git(Path.cwd()),
    )
    try:
        with terminated_as_interrupted(), place.open(registry.files, plan.requires) as pool, shown:
            load_ahead(registry)  # the executor, too, loads libraries now
            runner = Runner(plan, pool, run_options, shown, join=PACE if join else None)
            runner.run()
    except KeyboardInterrupt:
        conclude(run_options.folder, registry)
        raise
    conclude(run_options.folder, registry)
    if runner.newer:
        raise NewerRecord(
            f"records left as a newer version wrote them: {runner.newer}; "
            "run the suite with that version, or give another --results folder"
        )
    if runner.failed:
        raise typer.Exit(1)


@contextmanager
def terminated_as_interrupted() -> Iterator[None]:
    """Take SIGTERM, by which batch systems end a job, as an interrupt: what is finished is then reported."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
