"""What authors of objectives reuse: the training loop, its epochs, freezing, and rates by depth."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, cast

import torch
from torch import Tensor, nn

from ..api import Batch, Data, Encoder, Position, Run, Stateful, Step, Steps
from .heads import show_targets
from .micro_batches import backward
from .selection import Selection

ParameterGroup = dict[str, Any]


def freeze(module: nn.Module, *, keep: nn.Module | None = None) -> list[nn.Parameter]:
    """Stop a module from learning, running statistics included, and return the parameters of `keep`.

    Of a parameter that both share (the table of tokens, which a language model reads off) `keep` gets a copy.
    """
    if keep is not None:
        untie(keep, module)
    module.eval().requires_grad_(False)
    return unfreeze(keep)


def untie(module: nn.Module, other: nn.Module) -> None:
    """Give a module its own copy of each parameter that it shares with another one."""
    shared = {id(parameter) for parameter in other.parameters()}
    for part in module.modules():
        for name, parameter in list(part.named_parameters(recurse=False)):
            if id(parameter) in shared:
                setattr(part, name, nn.Parameter(parameter.detach().clone()))


def unfreeze(module: nn.Module | None) -> list[nn.Parameter]:
    """Let a module learn, in training mode; return its parameters. None has none."""
    if module is None:
        return []
    module.train().requires_grad_(True)
    return list(module.parameters())


@contextmanager
def evaluating(*modules: nn.Module) -> Iterator[None]:
    """Put modules in evaluation mode, and each of their parts back in its own mode afterwards."""
    learning = [part for module in modules for part in module.modules() if part.training]
    if learning:
        for module in modules:
            module.eval()
    try:
        yield
    finally:
        for part in learning:
            part.training = True


@dataclass
class Epoch:
    """A pass over training data, or the rest of one that was begun in an earlier attempt.

    `number` counts from 0 within the loop. The loop calls `done` for each batch.
    """

    number: int
    batches: Iterable[Batch]
    position: Position

    def __iter__(self) -> Iterator[Batch]:
        """Give the batches that are left."""
        return iter(self.batches)

    @property
    def steps(self) -> int:
        """The steps of the loop so far, over all epochs."""
        return self.position.steps

    def done(self, batch: Batch, loss: Tensor) -> Step:
        """Count a step, and return it to be yielded."""
        self.position.steps += 1
        return Step(batch.size, loss.detach())


def epochs_of(run: Run, data: Data, count: int, first: int = 0, /, **parts: Stateful) -> Iterator[Epoch]:
    """Return the `count` epochs of a training loop, from where an earlier attempt at the cell was cut off.

    Call it right before the loop, once all modules are there: they and the named parts (optimiser,
    schedule, ...) are put back as they were. A recipe of several loops gives each the number of its `first`
    epoch: shuffling and augmentation depend on the number, and would otherwise be the same in each.
    """
    position = run.resume(**parts)
    if not position.finished:
        run.expect(max(0, count * data.steps - position.steps))
    begun, done = _place(position.steps, data.steps)
    remaining = [] if position.finished else range(begun, count)
    return (
        Epoch(number, data.batches(first + number, first=done if number == begun else 0), position)
        for number in remaining
    )


def _place(steps: int, per_epoch: int) -> tuple[int, int]:
    """Return the epoch that a step is in, and how many batches of it are done.

    After its last batch an epoch is still this one: what happens at its end is yet to be done.
    """
    if steps == 0:
        return 0, 0
    epoch, last = divmod(steps - 1, per_epoch)
    return epoch, last + 1


def sgd(
    run: Run,
    parameters: Sequence[nn.Parameter] | Sequence[ParameterGroup],
    *,
    lr: float,
    epochs: int,
    first_epoch: int = 0,
    data: Data | None = None,
    loss: Callable[[Batch], Tensor] | None = None,
    optimizer: Literal["adamw", "sgd"] = "adamw",
    momentum: float = 0.9,
    weight_decay: float = 0.0,
    schedule: Literal["cosine", "linear", "constant"] = "constant",
    warmup: float = 0.0,
    clip: float | None = None,
    keep: Literal["last", "best"] = "last",
    patience: int | None = None,
    validate: Callable[[], Steps[Mapping[str, float]]] | None = None,
) -> Steps[None]:
    """Minimise a loss over some parameters by gradient descent, yielding a step per batch.

    `epochs`, `first_epoch` and how a cell that was cut off goes on: see `epochs_of`.

    `parameters` are parameters, or groups `{"params": [...], "scale": s}` that learn at `s * lr`.
    `data` is the training split unless given, `loss` the task's; of this the head sees all targets first, if
    it has a method `fit_targets`. The rate rises over the `warmup` share
    of all steps and then follows the schedule; the run's limit on steps counts as the end. Gradients are
    clipped to the norm `clip`. With fp16 the loss is scaled, and steps that overflow are left out. A batch is
    taken in `run.micro_batches` parts, whose gradients accumulate: its step stays that of the whole batch.

    With `keep="best"` or `patience` each epoch ends with `validate`, by default the task's metrics on val:
    the weights of the best epoch are kept, and training stops after `patience` epochs without a better one.

    A parameter that is given twice (encoder and head share it) learns once, at the rate it is first given.

    AdamW: Loshchilov and Hutter 2019. Cosine: Loshchilov and Hutter 2017.
    """
    data = data or run.data("train")
    if loss is None:
        show_targets(run.head, data)
        loss = run.loss
    groups = decay_groups(parameters, weight_decay)
    learning = [parameter for group in groups for parameter in group["params"]]
    optimiser = _optimiser(optimizer, groups, lr, momentum)
    total = min(epochs * data.steps, run.limits.steps or epochs * data.steps)
    rate = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _rate(step, total, warmup, schedule))
    scaler = torch.amp.GradScaler(run.device.type, enabled=run.precision == "fp16")
    selection = Selection(run, validate or (lambda: run.metrics("val")), keep, patience)
    passes = epochs_of(
        run, data, epochs, first_epoch, optimiser=optimiser, rate=rate, scaler=scaler, selection=selection
    )
    with selection:
        for epoch in passes:
            for batch in epoch:
                value = backward(run, batch, loss, scaler.scale)
                if clip is not None:
                    _clip(scaler, optimiser, learning, clip)
                scaler.step(optimiser)
                scaler.update()
                optimiser.zero_grad()
                rate.step()
                yield epoch.done(batch, value)
            yield from selection.look(epoch.number)
            if selection.over:
                break


def _clip(
    scaler: torch.amp.GradScaler,
    optimiser: torch.optim.Optimizer,
    parameters: Sequence[nn.Parameter],
    bound: float,
) -> None:
    """Scale gradients so that their norm is at most the bound, now or when the optimiser steps.

    A fused optimiser divides gradients by its `grad_scale` as it reads them, which is meant for loss scalers;
    that saves going through all of them once more.
    """
    if scaler.is_enabled() or not optimiser.defaults["fused"]:
        scaler.unscale_(optimiser)
        nn.utils.clip_grad_norm_(parameters, bound)
    else:
        norm = nn.utils.get_total_norm([p.grad for p in parameters if p.grad is not None])
        optimiser.grad_scale = (norm / bound).clamp(min=1)  # type: ignore[attr-defined]  # set by scalers too


def _rate(step: int, total: int, warmup: float, schedule: str) -> float:
    rising = round(warmup * total)
    if step < rising:
        return (step + 1) / rising
    if schedule == "constant":
        return 1.0
    gone = min(1.0, (step - rising) / max(1, total - rising))
    return 1 - gone if schedule == "linear" else 0.5 * (1 + math.cos(math.pi * gone))


def _optimiser(name: str, groups: list[ParameterGroup], lr: float, momentum: float) -> torch.optim.Optimizer:
    for group in groups:
        group["lr"] = lr * group.pop("scale", 1.0)
    # Fused kernels update all parameters in one pass over memory.
    fused = all(p.device.type in ("cpu", "cuda") for group in groups for p in group["params"])
    if name == "adamw":
        return torch.optim.AdamW(groups, lr=lr, fused=fused)
    return torch.optim.SGD(groups, lr=lr, momentum=momentum, nesterov=momentum > 0, fused=fused)


def decay_groups(
    parameters: Sequence[nn.Parameter] | Sequence[ParameterGroup], weight_decay: float
) -> list[ParameterGroup]:
    """Split parameters so that matrices and kernels decay, and biases and norms (one axis) do not.

    Those that learn alike become one group, as an optimiser goes through each group by itself. One that is
    given twice (encoder and head share it) is in the group that gives it first.
    """
    alike: dict[tuple[Any, ...], ParameterGroup] = {}
    taken: set[int] = set()
    for group in _as_groups(parameters):
        options = {name: value for name, value in group.items() if name != "params"}
        for parameter in group["params"]:
            if id(parameter) in taken:
                continue
            taken.add(id(parameter))
            decay = weight_decay if parameter.ndim > 1 else 0.0
            key = (decay, *sorted(options.items()))
            alike.setdefault(key, {**options, "params": [], "weight_decay": decay})["params"].append(
                parameter
            )
    return list(alike.values())


def _as_groups(parameters: Sequence[nn.Parameter] | Sequence[ParameterGroup]) -> list[ParameterGroup]:
    items = list(parameters)  # `module.parameters()` can be read only once
    if all(isinstance(item, dict) for item in items):
        return cast(list[ParameterGroup], items)
    return [{"params": items}]


def layerwise(encoder: Encoder, head: nn.Module, decay: float) -> list[ParameterGroup]:
    """Return groups for `sgd` in which each block learns `decay` times as fast as the one above it.

    The head learns at the full rate, the topmost block at `decay` times that (Howard and Ruder 2018).
    """
    modules = [head, *reversed(encoder.blocks())]
    return [
        {"params": list(module.parameters()), "scale": decay**depth} for depth, module in enumerate(modules)
    ]
