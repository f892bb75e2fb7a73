"""Convex training problems, solved to the optimum instead of approached step by step."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ..api import Data, Run, Step, Steps
from ..errors import UnsuitableError
from .training import evaluating

ITERATIONS = 20
"""Iterations in a step."""
MOST_STEPS = 100
TOLERANCE = 1e-6
"""The largest entry of the gradient at which a solution counts as found; float32 does not give much more."""


def minimise(run: Run, parameters: Sequence[nn.Parameter], data: Data, l2: float) -> Steps[None]:
    """Minimise the head's mean loss over all of the data plus `l2 / 2N` times the squared norm of matrices.

    So `l2` is the inverse of scikit-learn's `C`, and biases are not penalised. The features of all N
    examples are held in memory as one batch, in float32, and dropout is off. The method is L-BFGS with a line
    search by the strong Wolfe conditions (Nocedal and Wright 2006, algorithm 7.5).

    Raises UnsuitableError if the data hold no features.
    """
    if data.take([0]).features is None:
        raise UnsuitableError(
            "logistic-regression needs all features, and they do not fit into the cache; raise --cache-limit"
        )
    batch = data.take(range(len(data)))
    matrices = [parameter for parameter in parameters if parameter.ndim > 1]
    solver = torch.optim.LBFGS(
        parameters, max_iter=ITERATIONS, tolerance_grad=TOLERANCE, line_search_fn="strong_wolfe"
    )
    position = run.resume(solver=solver)

    def objective() -> Tensor:
        solver.zero_grad()
        value = run.loss(batch)
        for matrix in matrices:
            value = value + l2 / (2 * batch.size) * matrix.square().sum()
        torch.autograd.backward(value)
        return value

    progress = solver.state[parameters[0]]
    with evaluating(run.head):
        while not position.finished and position.steps < MOST_STEPS:
            iterations, evaluations = progress.get("n_iter", 0), progress.get("func_evals", 0)
            value = solver.step(objective)  # type: ignore[no-untyped-call]  # so in torch
            position.steps += 1
            yield Step(batch.size * (progress["func_evals"] - evaluations), value.detach())
            if progress["n_iter"] - iterations < ITERATIONS:
                break  # nothing was left to gain
