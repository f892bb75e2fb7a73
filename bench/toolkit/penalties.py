"""The penalty of a linear head on kept features, chosen on val from a grid."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

from ..api import Data, Run, Split, Steps
from ..errors import UnsuitableError
from .convex import Solver
from .normalising import Normalise, calibrate
from .observations import Observations, observe
from .training import evaluating

GRID: Sequence[float] = tuple(10 ** (exponent / 2) for exponent in range(12, -13, -1))
"""The penalties that are tried: from a million to a millionth in steps of half a decade."""

RISE = 0.1
"""By which share the loss on val lies above the smallest once no weaker penalty is tried.

Under strong penalties it hardly changes, so that a loss that is no smaller says nothing there.
"""

BEFORE_VAL = "head before val"
"""The name of a module that a run has added: the best head that was trained on train alone."""


class Path:
    """The loss on val with each penalty tried so far, and whether the choice has been made."""

    def __init__(self) -> None:
        self.losses: list[float] = []
        self.chosen = False

    @property
    def best(self) -> int:
        """The place of the smallest loss, the stronger penalty's of equals."""
        return self.losses.index(min(self.losses))

    @property
    def over(self) -> bool:
        """Whether there is no weaker penalty to try."""
        if not self.losses:
            return False
        smallest = self.losses[self.best]
        return len(self.losses) == len(GRID) or self.losses[-1] - smallest > RISE * abs(smallest)

    def add(self, loss: float) -> None:
        """Add the loss with the next penalty. Raises UnsuitableError for one that is not finite."""
        if not math.isfinite(loss):
            raise UnsuitableError(f"with l2 {GRID[len(self.losses)]:g} the loss on val is {loss}")
        self.losses.append(loss)

    def state_dict(self) -> dict[str, Any]:
        """Return what a checkpoint needs."""
        return {"losses": self.losses, "chosen": self.chosen}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` gave."""
        self.losses, self.chosen = state_dict["losses"], state_dict["chosen"]


def minimise_by_val(run: Run, train: Data, val: Data, normalise: Normalise, *, refit: bool) -> Steps[None]:
    """Solve for the run's linear head under each penalty of `GRID`, and keep the one that does best on val.

    What counts is the task's loss on val, which is less a matter of luck than a share of right answers. With
    `refit` the head is then solved for again on train and val together, under the penalty chosen; figures
    on val must be those of the head before that, which `judged_by` sees to.

    Raises UnsuitableError as `observe` does, and for a loss on val that is not finite.
    """
    solver, path = Solver(run), Path()
    best = run.add(BEFORE_VAL, _parameterless(solver.head))
    solver.position = run.resume(solver=solver, path=path)
    if solver.position.finished:
        return
    if not path.chosen:
        yield from _choose(run, solver, path, best, train, val)
        if refit:
            calibrate(run, normalise, train, val)
    run.report("train", {"chosen_l2": GRID[path.best]})
    if refit:
        yield from solver.solve(observe(run, train, val), GRID[path.best])


def _choose(run: Run, solver: Solver, path: Path, best: nn.Module, train: Data, val: Data) -> Steps[None]:
    """Try penalties from the strong end, each from the last one's solution; leave the best head so far."""
    head, learnt, held_out = solver.head, observe(run, train), observe(run, val)
    try:
        while not path.over:
            yield from solver.solve(learnt, GRID[len(path.losses)])
            path.add(_value(solver, held_out))
            run.track("val", {"loss": path.losses[-1]})
            if path.best == len(path.losses) - 1:
                best.load_state_dict(head.state_dict())
        path.chosen = True
    finally:
        source, target = (best, head) if path.losses else (head, best)
        target.load_state_dict(source.state_dict())


def _value(solver: Solver, observations: Observations) -> float:
    with torch.no_grad(), evaluating(solver.head):
        return float(solver.loss(observations))


def _parameterless(module: nn.Module) -> nn.Module:
    """Return a copy with buffers in place of parameters: it computes the same, and adds none to a model."""
    twin = copy.deepcopy(module)
    for part in twin.modules():
        for name, parameter in list(part.named_parameters(recurse=False)):
            delattr(part, name)
            part.register_buffer(name, parameter.detach())
    return twin


@contextmanager
def judged_by(run: Run, split: Split) -> Iterator[None]:
    """Let the run predict by a head that has not been trained on a split, if `minimise_by_val` left one."""
    head = run.head
    if split == "val" and BEFORE_VAL in run.added:
        run.head = run.added[BEFORE_VAL]
    try:
        yield
    finally:
        run.head = head
