"""Linear heads on kept features, solved to the optimum instead of approached step by step."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from ..api import Data, Features, Position, Run, Step, Steps
from .heads import OnPooled
from .observations import Observations, linear_parts, observe
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

    It begins at zero, whatever the seed. The line search is by the strong Wolfe conditions, all observations
    are in memory as one batch, arithmetic is in float32, and dropout is off. It can be cut off between steps
    and go on, as a part of `Run.resume`. Raises UnsuitableError as `linear_parts` does.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.head, _ = linear_parts(run)
        self.position = Position()
        self._done = False
        for parameter in self.head.linear.parameters():
            nn.init.zeros_(parameter)
        self._method = torch.optim.LBFGS(
            self.head.linear.parameters(),
            max_iter=ITERATIONS,
            history_size=MEMORY,
            tolerance_grad=TOLERANCE,
            line_search_fn="strong_wolfe",
        )

    def solve(self, observations: Observations, l2: float) -> Steps[None]:
        """Minimise the mean loss over M observations plus `l2 / 2M` times the squared norm of the matrix.

        So `l2` is the inverse of scikit-learn's `C`, and biases are not penalised. It begins where the last
        problem ended.
        """
        weight = self.head.linear.weight
        # Of two classes scikit-learn penalises the difference of rows, whose square is twice that of both.
        strength = 2 * l2 if len(weight) == 2 else l2

        def objective() -> Tensor:
            self._method.zero_grad()
            penalty = strength / (2 * len(observations)) * weight.square().sum()
            value = self.loss(observations) + penalty
            torch.autograd.backward(value)
            return value

        progress = self._method.state[weight]
        with evaluating(self.head):
            while not self._done:
                iterations, evaluations = progress.get("n_iter", 0), progress.get("func_evals", 0)
                value = self._method.step(objective)  # type: ignore[no-untyped-call]  # so in torch
                gained = progress["n_iter"] - iterations == ITERATIONS  # or there was nothing left to gain
                self._done = not gained or progress["n_iter"] >= MOST_STEPS * ITERATIONS
                self.position.steps += 1
                yield Step(observations.examples * (progress["func_evals"] - evaluations), value.detach())
        # What was learnt of this problem's curvature does not hold for the next.
        self._method.state.clear()
        self._done = False

    def loss(self, observations: Observations) -> Tensor:
        """Return the task's mean loss."""
        head, features = OnPooled(self.head.linear), Features(observations.vectors)
        return self.run.task.loss(head, features, observations.targets)

    def state_dict(self) -> dict[str, Any]:
        """Return what a checkpoint needs."""
        return {"method": self._method.state_dict(), "done": self._done}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` gave."""
        self._method.load_state_dict(state_dict["method"])
        self._done = state_dict["done"]


def minimise(run: Run, data: Data, l2: float) -> Steps[None]:
    """Solve for the run's linear head under one penalty, as `Solver.solve` describes it.

    Raises UnsuitableError as `observe` does.
    """
    observations, solver = observe(run, data), Solver(run)
    solver.position = run.resume(solver=solver)
    if not solver.position.finished:
        yield from solver.solve(observations, l2)
