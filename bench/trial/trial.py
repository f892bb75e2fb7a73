"""A trial: one cell from seed to record. The objective says what is done; this drives and measures it."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from time import perf_counter
from typing import Any

import torch

from ..api import Listen, Meter, Metric, Steps
from ..errors import BenchError, UnsuitableError
from ..feeding.cache import Cache
from ..feeding.device import device_name
from ..feeding.seeding import seed_globals
from ..measuring.machine import governor
from ..records.files import write_atomic
from ..records.predictions import write_predictions
from ..records.record import Record
from ..toolkit.messages import one_line
from .arithmetic import steady_arithmetic
from .artifacts import describe_encoder, save_encoder, save_heads
from .causes import cause_of
from .compilation import compilations_apart
from .curve import Curve
from .divergence import demand_finite_weights, divergence_notes
from .job import Job
from .largest_batch import estimating
from .live import LiveRun
from .outcome import Attempt
from .telling import Teller
from .threads import threads_for


def run_trial(job: Job, meters: Sequence[Meter], listen: Listen, metrics: Sequence[Metric] = ()) -> Record:
    """Run a cell and return its record, whatever happens but an interrupt.

    It is measured by the meters, and scored by its task's own metrics and those of `metrics` that suit it.

    The message of a fault that somebody can mend becomes the record's reason as it is; the traceback of a
    bug goes to stderr, which an executor may keep as the cell's log.
    """
    attempt = Attempt(job)
    curve = Curve()
    try:
        with closing(job.cache) as cache:
            return _run(attempt, cache, meters, metrics, listen, curve)
    except BenchError as error:
        return attempt.failed(str(error), cause_of(error), **_course(curve))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # sys.exit() in a plugin must not end the run
        traceback.print_exc(file=sys.stderr)
        where = f"; traceback in {job.kept_log_path}" if job.log_path.exists() else ""
        reason = "; ".join([f"{type(error).__name__}: {one_line(error)}", *getattr(error, "__notes__", [])])
        return attempt.failed(f"{reason}{where}", cause_of(error), **_course(curve))


def _run(
    attempt: Attempt,
    cache: Cache,
    meters: Sequence[Meter],
    metrics: Sequence[Metric],
    listen: Listen,
    curve: Curve,
) -> Record:
    job = attempt.job
    cell = job.computed
    budget, earlier = job.earlier or (None, None)
    run = LiveRun(
        cell,
        cache,
        job.origin,
        job.checkpoint,
        earlier,
        again=job.repeats,
        micro_batches=job.micro_batches,
        metrics=metrics,
        curve=curve,
    )
    steady_arithmetic(run.device)
    torch.set_num_threads(threads_for(run.device, job.threads, run.loops.threads))
    run.gauges.start([meter for meter in meters if not (job.shared and meter.exclusive)], run)
    drive = Drive(run, listen, job.options.checkpoint_seconds)
    with closing(run.supply), compilations_apart(run):
        with run.phase("train"):
            evaluator = run.evaluator  # metrics that contradict each other fail before a long training
            seed_globals(cell.seed, "train")
            with estimating(run, job.bounds.memory):
                ended_by = drive.train(cell.objective.train(run))
            demand_finite_weights(run.modules())
            lacking = _keep_end(drive, job, ended_by)
        drive.measure(cell.objective.measure(run))
        _demand_primary(run)
        resources = run.gauges.close(only_exclusive=job.repeats)
    course = _course(curve)
    record = attempt.done(
        evaluator.figures,
        curve=course["curve"],
        quality=run.quality,
        resources=resources,
        figures=run.gauges.facts(resources),
        effective=_effective(attempt, run, drive.steps, ended_by) | _departures(run, job),
        data=_data(run),
        notes=[
            *run.supply.notes,
            *run.supply.selection.overlaps(),
            *run.encoder.notes,
            *run.gauges.notes,
            *evaluator.notes,
            *divergence_notes(run.passed_over),
            *_resumed(run, budget),
            *_in_parts(job),
            *lacking,
            *course["notes"],
        ],
    )
    if not job.repeats:
        _keep_files(run, job, record)
    return record


def _demand_primary(run: LiveRun) -> None:
    """Raise UnsuitableError where a cell has reported nothing to rank it by: tables would do without it."""
    lacking = [split for split in run.splits if run.primary.name not in run.quality.get(split, {})]
    if lacking:
        raise UnsuitableError(
            f"objective '{run.cell.objective.name}' reports no {run.primary.name}, "
            f"by which cells are ranked, on {' and '.join(lacking)}"
        )


def _keep_end(drive: Drive, job: Job, ended_by: str) -> list[str]:
    """Keep the end of the training for larger budgets, if asked for; return a note where it cannot be."""
    if not job.options.keep_checkpoints or job.repeats:
        return []
    loops, reason = drive.run.loops.begun, job.cell.final
    if reason is None and ended_by != "recipe":
        reason = f"limits.{ended_by} ended it"
    if reason is None and loops != 1:
        reason = f"it has {loops} loops that can be resumed, not a single one"
    if reason is not None:
        return [f"no larger budget can go on from this training: {reason}"]
    drive.save(job.kept_checkpoint)
    return []


def _keep_files(run: LiveRun, job: Job, record: Record) -> None:
    store, id = job.store, job.cell.id
    for name, content in run.attachments.items():
        write_atomic(store.file_path(id, name), content)
    if run.contributions:
        write_predictions(store.predictions_path(id), run.contributions, run.info.classes)
    if job.keep_encoder:
        save_encoder(run.encoder, store.artifact_path(id))
        save_heads(run.heads, store.head_path(id))
        describe_encoder(record, store.artifact_path(id), run.info)


class Drive:
    """Pulls an objective's steps, passes them on to gauges and listener, and keeps to the limits.

    A step of training is any that is yielded outside the phases that the core opens (`APART`).
    """

    def __init__(self, run: LiveRun, listen: Listen, checkpoint_seconds: float) -> None:
        self.run = run
        self.teller = Teller(run, listen)
        self.checkpoint_seconds = checkpoint_seconds
        self._steps = 0
        self._saved = perf_counter()

    @property
    def steps(self) -> int:
        """The training steps so far, those of an attempt that was cut off included."""
        return self.run.loops.resumed + self._steps

    def train(self, steps: Steps[None]) -> str:
        """Train until the recipe ends or a limit is reached; return which it was."""
        try:
            with closing(steps):
                return self._pull(steps)
        finally:
            self.teller.rest()

    def _pull(self, steps: Steps[None]) -> str:
        limits = self.run.limits
        for step in steps:
            self.run.gauges.step(step)
            training = self.run.stopwatch.training
            if training:
                self._steps += 1
                self.run.curve.add(self.steps, step.loss)
                self.teller.stepped(self.steps, step.loss)
            else:
                self.run.stopwatch.went_through(step.examples)
            if limits.steps is not None and self.steps >= limits.steps:
                return "steps"
            if limits.seconds is not None and self.run.stopwatch.trained >= limits.seconds:
                return "seconds"
            if training and perf_counter() - self._saved >= self.checkpoint_seconds:
                self.save()
        return "recipe"

    def save(self, path: Path | None = None) -> None:
        """Write a checkpoint: the cell's own, unless another path is given."""
        with self.run.phase("checkpoint"):
            self.run.loops.save(self.steps, path)
        self._saved = perf_counter()

    def measure(self, steps: Steps[None]) -> None:
        """Measure quality to the end: a figure over part of a split would be of another split."""
        for step in steps:
            self.run.gauges.step(step)
            self.run.stopwatch.went_through(step.examples)


def _effective(attempt: Attempt, run: LiveRun, steps: int, ended_by: str) -> dict[str, Any]:
    return {
        "device": str(run.device),
        "device_name": device_name(run.device),
        "precision": run.precision,
        "batch_size": run.settings.batch_size,
        "eval_batch_size": run.settings.eval_batch_size,
        "threads": torch.get_num_threads(),
        "governor": governor(),
        "load_at_start": attempt.load,
        "steps": steps,
        "ended_by": ended_by,
    }


def _departures(run: LiveRun, job: Job) -> dict[str, Any]:
    """Return what is said of a cell only where it did not run as cells usually do."""
    shared = {"shared": True} if job.shared else {}
    anew = {"anew": ", ".join(sorted(run.supply.fresh))} if run.supply.fresh else {}
    parts = {"micro_batches": job.micro_batches} if job.micro_batches > 1 else {}
    return shared | anew | parts


def _in_parts(job: Job) -> list[str]:
    if job.micro_batches == 1:
        return []
    return [
        f"memory was lacking: each training batch was taken in {job.micro_batches} parts (micro_batches), "
        f"and batches of evaluation were of {job.computed.settings.eval_batch_size}; "
        "batch norms saw parts, and parts count by their examples where a loss is a mean over something else"
    ]


def _resumed(run: LiveRun, budget: int | None) -> list[str]:
    loops = run.loops
    if not loops.resumed:
        return []
    start = f"a checkpoint at step {loops.resumed}"
    if loops.source != loops.path:
        start = f"the end of the same training with {run.cell.objective.budget} {budget}"
    return [f"went on from {start}; speed and memory are of the rest"]


def _course(curve: Curve) -> dict[str, list[Any]]:
    return {"curve": [asdict(point) for point in curve.points()], "notes": curve.notes}


def _data(run: LiveRun) -> dict[str, Any]:
    used = {split: int(run.supply.selection.counted(split).sum()) for split in run.subsets}
    extra = {"extra": dict(run.info.extra)} if run.info.extra else {}
    redrawn = {"redrawn": True} if run.limits.redrawn else {}
    known = {"classes": len(run.info.classes), "examples": used, "licence": run.info.licence}
    return known | extra | redrawn
