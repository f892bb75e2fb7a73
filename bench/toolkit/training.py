"""What authors of objectives and backbones reuse: the training loop, freezing, and blocks by depth."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Literal, cast

import torch
from torch import Tensor, nn

from ..api import Batch, Data, Encoder, Run, Step, Steps
from .selection import Selection

ParameterGroup = dict[str, Any]
FEWEST_BLOCKS = 5


def freeze(module: nn.Module | Encoder, *, keep: nn.Module | None = None) -> list[nn.Parameter]:
    """Stop a module from learning, running statistics included, and return the parameters of `keep`."""
    cast(nn.Module, module).eval().requires_grad_(False)
    return unfreeze(keep)


def unfreeze(module: nn.Module | Encoder | None) -> list[nn.Parameter]:
    """Let a module learn, in training mode; return its parameters. None has none."""
    if module is None:
        return []
    live = cast(nn.Module, module)
    live.train().requires_grad_(True)
    return list(live.parameters())


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
    schedule: Literal["cosine", "constant"] = "constant",
    warmup: float = 0.0,
    clip: float | None = None,
    keep: Literal["last", "best"] = "last",
    patience: int | None = None,
    validate: Callable[[], Steps[Mapping[str, float]]] | None = None,
) -> Steps[None]:
    """Minimise a loss over some parameters by gradient descent, yielding a step a batch.

    A recipe of several such loops gives each the number of its `first_epoch`: shuffling and augmentation
    are by the number, and would else be the same in each.

    `parameters` are parameters, or groups `{"params": [...], "scale": s}` that learn at `s * lr`.
    `data` is the training split unless given, `loss` the task's. The rate rises over the `warmup` share
    of all steps and then follows the schedule; the run's limit on steps counts as the end. Gradients are
    clipped to the norm `clip`. With fp16 the loss is scaled, and steps that overflow are left out.

    With `keep="best"` or `patience` each epoch ends with `validate`, by default the task's metrics on val:
    the weights of the best epoch are kept, and training stops after `patience` epochs without a better one.
    A cell that was cut off goes on from its last checkpoint.

    AdamW: Loshchilov and Hutter 2019. Cosine: Loshchilov and Hutter 2017.
    """
    data = data or run.data("train")
    loss = loss or run.loss
    groups = decay_groups(parameters, weight_decay)
    learning = [parameter for group in groups for parameter in group["params"]]
    optimiser = _optimiser(optimizer, groups, lr, momentum)
    total = min(epochs * data.steps, run.limits.steps or epochs * data.steps)
    rate = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _rate(step, total, warmup, schedule))
    scaler = torch.amp.GradScaler(run.device.type, enabled=run.precision == "fp16")
    selection = Selection(run, validate or (lambda: run.metrics("val")), keep, patience)
    position = run.resume(optimiser=optimiser, rate=rate, scaler=scaler, selection=selection)
    if position.finished:
        return
    begun, done = _place(position.steps, data.steps)
    with selection:
        for epoch in range(begun, epochs):
            for batch in data.batches(first_epoch + epoch, first=done):
                with run.autocast():
                    value = loss(batch)
                torch.autograd.backward(scaler.scale(value))
                if clip is not None:
                    _clip(scaler, optimiser, learning, clip)
                scaler.step(optimiser)
                scaler.update()
                optimiser.zero_grad()
                rate.step()
                position.steps += 1
                yield Step(batch.size, value.detach())
            done = 0
            yield from selection.look(epoch)
            if selection.over:
                break


def _clip(
    scaler: torch.amp.GradScaler,
    optimiser: torch.optim.Optimizer,
    parameters: Sequence[nn.Parameter],
    bound: float,
) -> None:
    """Scale gradients so that their norm is at most the bound, at the latest when the optimiser steps.

    A fused optimiser divides gradients by its `grad_scale` as it reads them, as a loss scaler has it do; that
    saves going through all of them once more.
    """
    if scaler.is_enabled() or not optimiser.defaults["fused"]:
        scaler.unscale_(optimiser)
        nn.utils.clip_grad_norm_(parameters, bound)
    else:
        norm = nn.utils.get_total_norm([p.grad for p in parameters if p.grad is not None])
        optimiser.grad_scale = (norm / bound).clamp(min=1)  # type: ignore[attr-defined]  # set by scalers too


def _place(steps: int, per_epoch: int) -> tuple[int, int]:
    """Return the epoch that a step is in, and how many batches of it are done.

    After the last batch of an epoch that is still this epoch: what happens at its end is to be done.
    """
    if steps == 0:
        return 0, 0
    epoch, last = divmod(steps - 1, per_epoch)
    return epoch, last + 1


def _rate(step: int, total: int, warmup: float, schedule: str) -> float:
    rising = round(warmup * total)
    if step < rising:
        return (step + 1) / rising
    if schedule == "constant":
        return 1.0
    return 0.5 * (1 + math.cos(math.pi * min(1.0, (step - rising) / max(1, total - rising))))


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

    Those that learn alike become one group, as an optimiser goes through each group by itself.
    """
    alike: dict[tuple[Any, ...], ParameterGroup] = {}
    for group in _as_groups(parameters):
        options = {name: value for name, value in group.items() if name != "params"}
        for parameter in group["params"]:
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


class Block(nn.Module):
    """Modules and bare parameters that are frozen and unfrozen together."""

    def take(self, name: str, member: nn.Module | nn.Parameter) -> None:
        """Add a module or parameter under its name in the model."""
        key = name.replace(".", "_")
        if isinstance(member, nn.Module):
            self.add_module(key, member)
        else:
            self.register_parameter(key, member)


def blocks_of(model: nn.Module) -> list[nn.Module]:
    """Cut a model into blocks, shallow to deep, that together hold each parameter exactly once.

    Children in the order of their definition are the blocks; while there are fewer than five, the one
    with the most layers among them gives way to its own children. So a residual network comes apart into
    its stages and a transformer into its layers. Norms belong to what they follow, and bare parameters
    (class tokens, position embeddings) to what they precede.
    """
    members = _children("", model)
    while True:
        members = [member for item in members for member in _unwrap(*item)]
        containers = [item for item in members if _expandable(item[1])]
        if len(_merge(members)) >= FEWEST_BLOCKS or not containers:
            return list(_merge(members))
        deepest = max(containers, key=lambda item: _layers(item[1]))
        at = members.index(deepest)
        members[at : at + 1] = _children(*deepest)


Member = tuple[str, nn.Module | nn.Parameter]


def _children(name: str, member: nn.Module | nn.Parameter) -> list[Member]:
    if isinstance(member, nn.Parameter):
        return []
    prefix = f"{name}." if name else ""
    bare = [(prefix + key, parameter) for key, parameter in member.named_parameters(recurse=False)]
    modules = [(prefix + key, child) for key, child in member.named_children() if _size(child)]
    return [*bare, *modules]


def _unwrap(name: str, member: nn.Module | nn.Parameter) -> list[Member]:
    """Replace a container that holds nothing but one child by that child."""
    inner = _children(name, member)
    while len(inner) == 1 and isinstance(inner[0][1], nn.Module):
        (name, member) = inner[0]
        inner = _children(name, member)
    return [(name, member)]


def _expandable(member: nn.Module | nn.Parameter) -> bool:
    return isinstance(member, nn.Module) and any(_size(child) for child in member.children())


def _layers(member: nn.Module | nn.Parameter) -> int:
    """Count the modules with parameters of their own; a big embedding is but one of them."""
    parts = member.modules() if isinstance(member, nn.Module) else ()
    return sum(any(True for _ in part.parameters(recurse=False)) for part in parts)


def _size(module: nn.Module | nn.Parameter) -> int:
    if isinstance(module, nn.Parameter):
        return module.numel()
    return sum(parameter.numel() for parameter in module.parameters())


def _merge(members: Sequence[Member]) -> list[Block]:
    blocks: list[Block] = []
    waiting: list[Member] = []
    for name, member in members:
        if isinstance(member, nn.Parameter):
            waiting.append((name, member))
            continue
        if "Norm" in type(member).__name__ and blocks and not waiting:
            blocks[-1].take(name, member)
            continue
        block = Block()
        for item in (*waiting, (name, member)):
            block.take(*item)
        blocks.append(block)
        waiting = []
    if waiting:
        blocks = blocks or [Block()]
        for item in waiting:
            blocks[-1].take(*item)
    return blocks
