"""Linear heads on kept features, solved to the optimum instead of approached step by step."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from ..api import Batch, Data, Features, Position, Run, Step, Steps
from ..errors import UnsuitableError
from .heads import LinearHead, OnPooled
from .training import evaluating

ITERATIONS = 20
"""Iterations in a step."""
MOST_STEPS = 100
MEMORY = 20
"""Of how many iterations the curvature is remembered."""
TOLERANCE = 1e-6
"""The largest entry of the gradient at which a solution counts as found; float32 does not give much more."""


class Solver:
    """Finds the optimum of a linear head by L-BFGS (Nocedal and Wright 2006, algorithm 7.5).

    It begins at zero, whatever the seed. The line search is by the strong Wolfe conditions, all examples are
    in memory as one batch, arithmetic is in float32, and dropout is off. It can be cut off between steps and
    go on, as a part of `Run.resume`.
    """

    def __init__(self, run: Run, head: LinearHead) -> None:
        self.run = run
        self.head = head
        self.position = Position()
        self._done = False
        for parameter in head.linear.parameters():
            nn.init.zeros_(parameter)
        self._method = torch.optim.LBFGS(
            head.linear.parameters(),
            max_iter=ITERATIONS,
            history_size=MEMORY,
            tolerance_grad=TOLERANCE,
            line_search_fn="strong_wolfe",
        )

    def solve(self, batch: Batch, l2: float) -> Steps[None]:
        """Minimise the mean loss over N examples plus `l2 / 2N` times the squared norm of the matrix.

        So `l2` is the inverse of scikit-learn's `C`, and biases are not penalised. It begins where the last
        problem ended. `batch` is as `whole` returns it.
        """

        def objective() -> Tensor:
            self._method.zero_grad()
            penalty = l2 / (2 * batch.size) * self.head.linear.weight.square().sum()
            value = self.loss(batch) + penalty
            torch.autograd.backward(value)
            return value

        progress = self._method.state[self.head.linear.weight]
        with evaluating(self.head):
            while not self._done:
                iterations, evaluations = progress.get("n_iter", 0), progress.get("func_evals", 0)
                value = self._method.step(objective)  # type: ignore[no-untyped-call]  # so in torch
                gained = progress["n_iter"] - iterations == ITERATIONS  # or there was nothing left to gain
                self._done = not gained or progress["n_iter"] >= MOST_STEPS * ITERATIONS
                self.position.steps += 1
                yield Step(batch.size * (progress["func_evals"] - evaluations), value.detach())
        # What was learnt of this problem's curvature does not hold for the next.
        self._method.state.clear()
        self._done = False

    def loss(self, batch: Batch) -> Tensor:
        """Return the task's loss on a batch that `whole` returned."""
        head = OnPooled(self.head.linear)
        return self.run.task.loss(head, self.run.forward(batch), batch.targets)

    def state_dict(self) -> dict[str, Any]:
        """Return what a checkpoint needs."""
        return {"method": self._method.state_dict(), "done": self._done}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` gave."""
        self._method.load_state_dict(state_dict["method"])
        self._done = state_dict["done"]


def whole(run: Run, *data: Data) -> Batch:
    """Return all examples of some data as one batch, with features as the run's linear head normalises them.

    Raises UnsuitableError if the head is not linear, or the data hold no features.
    """
    head = linear_head(run)
    if any(part.take([0]).features is None for part in data):
        raise UnsuitableError(
            "logistic-regression needs all features, and they do not fit into the cache; raise --cache-limit"
        )
    batches = [part.take(range(len(part))) for part in data]
    return Batch(
        inputs={},
        targets={name: torch.cat([batch.targets[name] for batch in batches]) for name in batches[0].targets},
        indices=range(sum(map(len, data))),
        features=Features(torch.cat([head.normalised(run.forward(batch)) for batch in batches])),
    )


def linear_head(run: Run) -> LinearHead:
    """Return the run's head. Raises UnsuitableError if it is not linear over the pooled features."""
    if not isinstance(run.head, LinearHead):
        raise UnsuitableError(
            f"task '{run.task.name}' has no linear head over pooled features; use head gradient-descent"
        )
    return run.head


def minimise(run: Run, data: Data, l2: float) -> Steps[None]:
    """Solve for the run's linear head under one penalty, as `Solver.solve` describes it.

    Raises UnsuitableError as `whole` does.
    """
    batch, solver = whole(run, data), Solver(run, linear_head(run))
    solver.position = run.resume(solver=solver)
    if not solver.position.finished:
        yield from solver.solve(batch, l2)
