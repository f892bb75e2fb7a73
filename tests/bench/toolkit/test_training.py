"""The training loop against arithmetic written out by hand."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from itertools import pairwise

import pytest
import torch
from torch import Tensor, nn

from bench import Batch, Limits, Position
from bench.toolkit.training import _clip, decay_groups, epochs_of, layerwise, sgd

BATCHES, EPOCHS = 3, 4


class Rows:
    """Three fixed batches an epoch, in another order each time."""

    steps = BATCHES

    def __init__(self) -> None:
        random = torch.Generator().manual_seed(0)
        self.x = torch.randn(BATCHES, 5, 4, generator=random)
        self.y = torch.randn(BATCHES, 5, 2, generator=random)
        self.epochs: list[int | None] = []
        self.firsts: list[int] = []

    def batches(self, epoch: int | None = None, first: int = 0) -> Iterator[Batch]:
        self.epochs.append(epoch)
        self.firsts.append(first)
        for at in range(first, BATCHES):
            at = (at + (epoch or 0)) % BATCHES
            yield Batch({"x": self.x[at]}, {"y": self.y[at]}, indices=range(5))


class Model(nn.Module):
    """Has what decays (two matrices) and what does not (biases, a norm)."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first, self.norm, self.second = nn.Linear(4, 6), nn.LayerNorm(6), nn.Linear(6, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.second(self.norm(self.first(x)).tanh())

    def blocks(self) -> list[nn.Module]:
        return [self.first, self.norm]


@dataclass
class FakeRun:
    """As much of a run as the loop looks at."""

    model: nn.Module = field(default_factory=Model)
    head: nn.Module = field(default_factory=nn.Identity)
    rows: Rows = field(default_factory=Rows)
    limits: Limits = field(default_factory=Limits)
    precision: str = "fp32"
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    expected: list[int] = field(default_factory=list)
    micro_batches: int = 1

    def data(self, split: str) -> Rows:
        assert split == "train"
        return self.rows

    def loss(self, batch: Batch) -> Tensor:
        return (self.model(batch.inputs["x"]).float() - batch.targets["y"]).square().mean()

    def resume(self, **parts: object) -> Position:
        return Position()

    def expect(self, steps: int) -> None:
        self.expected.append(steps)

    def autocast(self) -> AbstractContextManager[object]:
        dtypes = {"bf16": torch.bfloat16, "fp16": torch.float16}
        if self.precision == "fp32":
            return nullcontext()
        return torch.autocast("cpu", dtypes[self.precision])


def by_hand(update: Callable[[int, list[Tensor], list[Tensor]], None], clip: float | None = None) -> Model:
    """Train the model with a loop that knows nothing of torch.optim."""
    run = FakeRun()
    parameters = list(run.model.parameters())
    step = 0
    for epoch in range(EPOCHS):
        for batch in Rows().batches(epoch):
            gradients = [gradient.clone() for gradient in torch.autograd.grad(run.loss(batch), parameters)]
            if clip is not None:
                norm = math.sqrt(sum(float(gradient.square().sum()) for gradient in gradients))
                gradients = [gradient * min(1.0, clip / norm) for gradient in gradients]
            with torch.no_grad():
                update(step, parameters, gradients)
            step += 1
    return run.model


def trained(**settings: object) -> Model:
    run = FakeRun()
    steps = list(sgd(run, list(run.model.parameters()), epochs=EPOCHS, **settings))
    assert len(steps) == BATCHES * EPOCHS
    return run.model


def cosine(step: int, *, warm: int, total: int) -> float:
    """Loshchilov and Hutter 2017, equation 5 with one restart, after a linear rise."""
    if step < warm:
        return (step + 1) / warm
    return 0.5 * (1 + math.cos(math.pi * (step - warm) / (total - warm)))


def assert_same(model: nn.Module, expected: nn.Module) -> None:
    for (name, got), wanted in zip(model.named_parameters(), expected.parameters(), strict=True):
        torch.testing.assert_close(got, wanted, rtol=1e-4, atol=1e-6, msg=lambda text, name=name: name + text)


def test_adamw_with_cosine_warm_up_and_clipping() -> None:
    moments: dict[int, tuple[Tensor, Tensor]] = {}

    def adamw(step: int, parameters: list[Tensor], gradients: list[Tensor]) -> None:
        """Loshchilov and Hutter 2019, algorithm 2, green part."""
        lr = 0.01 * cosine(step, warm=3, total=12)
        for at, (parameter, gradient) in enumerate(zip(parameters, gradients, strict=True)):
            first, second = moments.get(at, (torch.zeros_like(gradient), torch.zeros_like(gradient)))
            first = 0.9 * first + 0.1 * gradient
            second = 0.999 * second + 0.001 * gradient**2
            moments[at] = first, second
            decay = 0.1 if parameter.ndim > 1 else 0.0
            first_hat, second_hat = first / (1 - 0.9 ** (step + 1)), second / (1 - 0.999 ** (step + 1))
            parameter -= lr * decay * parameter + lr * first_hat / (second_hat.sqrt() + 1e-8)

    expected = by_hand(adamw, clip=0.5)
    model = trained(lr=0.01, weight_decay=0.1, schedule="cosine", warmup=0.25, clip=0.5)
    assert_same(model, expected)


def test_sgd_with_nesterov_momentum() -> None:
    velocity: dict[int, Tensor] = {}

    def nesterov(step: int, parameters: list[Tensor], gradients: list[Tensor]) -> None:
        """Sutskever et al. 2013 in the form in which the gradient is taken at the parameters themselves."""
        for at, (parameter, gradient) in enumerate(zip(parameters, gradients, strict=True)):
            if parameter.ndim > 1:
                gradient = gradient + 0.1 * parameter
            velocity[at] = 0.8 * velocity.get(at, torch.zeros_like(gradient)) + gradient
            parameter -= 0.05 * (gradient + 0.8 * velocity[at])

    expected = by_hand(nesterov)
    assert_same(trained(lr=0.05, optimizer="sgd", momentum=0.8, weight_decay=0.1), expected)


def descent(step: int, parameters: list[Tensor], gradients: list[Tensor]) -> None:
    for parameter, gradient in zip(parameters, gradients, strict=True):
        parameter -= 0.05 * gradient


def test_sgd_without_momentum() -> None:
    assert_same(trained(lr=0.05, optimizer="sgd", momentum=0.0), by_hand(descent))


@pytest.mark.parametrize("clip", [0.05, 1000.0], ids=["above the bound", "within the bound"])
def test_sgd_with_clipping(clip: float) -> None:
    """AdamW hardly depends on the size of gradients; sgd shows it."""
    expected = by_hand(descent, clip=clip)
    assert_same(trained(lr=0.05, optimizer="sgd", momentum=0.0, clip=clip), expected)


@pytest.mark.parametrize("fused", [True, False])
@pytest.mark.parametrize(
    ("gradient", "clipped"), [(3.0, 2.0), (0.5, 0.5), (0.0, 0.0)], ids=["above", "below", "zero"]
)
def test_gradients_are_never_made_larger(gradient: float, clipped: float, fused: bool) -> None:
    weight = nn.Parameter(torch.zeros(()))
    weight.grad = torch.tensor(gradient)
    optimiser = torch.optim.SGD([weight], lr=1.0, fused=fused)
    scaler = torch.amp.GradScaler("cpu", enabled=False)
    _clip(scaler, optimiser, [weight], 2.0)
    scaler.step(optimiser)
    assert float(weight.detach()) == pytest.approx(-clipped, rel=1e-5)


def rates(*, limit: int | None = None, **settings: object) -> list[float]:
    """The learning rate of each step, seen by how far a slope of one moves a parameter."""
    weight = nn.Parameter(torch.zeros(1))
    run = FakeRun(limits=Limits(steps=limit))
    path = [0.0]
    training = sgd(
        run,
        [weight],
        lr=1.0,
        epochs=EPOCHS,
        optimizer="sgd",
        momentum=0,
        loss=lambda _: weight.sum(),
        **settings,
    )
    for _ in training:
        path.append(float(weight.detach()))
    return [before - after for before, after in pairwise(path)]


def test_the_rate_is_constant_without_a_schedule() -> None:
    assert rates() == pytest.approx([1.0] * 12)


def test_the_rate_rises_and_then_falls_by_cosine() -> None:
    # A sixth of twelve steps is two; then ten steps, a tenth of a half turn each.
    falling = [1.0, 0.97553, 0.90451, 0.79389, 0.65451, 0.5, 0.34549, 0.20611, 0.09549, 0.02447]
    assert rates(schedule="cosine", warmup=1 / 6) == pytest.approx([0.5, 1.0, *falling], abs=1e-5)


def test_the_rate_falls_in_a_straight_line_as_that_of_transformers_does() -> None:
    # get_linear_schedule_with_warmup rises from nothing, so that its first step does nothing; ours does not.
    falling = [1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1]
    assert rates(schedule="linear", warmup=1 / 6) == pytest.approx([0.5, 1.0, *falling], abs=1e-5)


def test_the_rate_rises_and_then_stays() -> None:
    assert rates(warmup=0.25) == pytest.approx([1 / 3, 2 / 3, *[1.0] * 10])


def test_a_limit_on_steps_is_the_end_of_the_schedule() -> None:
    assert rates(limit=4, schedule="cosine")[:4] == pytest.approx([1, 0.853553, 0.5, 0.146447], abs=1e-5)


def test_a_limit_beyond_the_end_changes_nothing() -> None:
    assert rates(limit=100, schedule="cosine") == pytest.approx(rates(schedule="cosine"))


def test_groups_learn_at_their_scale_of_the_rate() -> None:
    run = FakeRun()
    before = [parameter.detach().clone() for parameter in run.model.parameters()]
    groups = layerwise(run.model, run.model.second, 0.5)

    def slope_of_one(_: Batch) -> Tensor:
        return sum(parameter.sum() for parameter in run.model.parameters())

    training = sgd(run, groups, lr=1.0, epochs=1, optimizer="sgd", momentum=0, loss=slope_of_one)
    next(training)
    moved = [
        float((old - new.detach()).mean()) for old, new in zip(before, run.model.parameters(), strict=True)
    ]
    # In the order of definition: first block, second block, head; weight and bias of each.
    assert moved == pytest.approx([0.25, 0.25, 0.5, 0.5, 1.0, 1.0])


def test_layers_learn_slower_with_depth() -> None:
    model = Model()
    groups = layerwise(model, model.second, 0.1)
    assert [group["scale"] for group in groups] == pytest.approx([1.0, 0.1, 0.01])
    held = [set(map(id, group["params"])) for group in groups]
    assert held == [set(map(id, module.parameters())) for module in (model.second, model.norm, model.first)]


def test_only_what_has_more_than_one_axis_decays() -> None:
    model = Model()
    groups = decay_groups([{"params": list(model.parameters()), "scale": 0.5}], 0.1)
    by_decay = {group["weight_decay"]: group["params"] for group in groups}
    assert {id(p) for p in by_decay[0.1]} == {id(model.first.weight), id(model.second.weight)}
    assert len(by_decay[0.0]) == 4
    assert [group["scale"] for group in groups] == [0.5, 0.5]


@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
def test_a_parameter_that_encoder_and_head_share_is_stepped_once(optimizer: str) -> None:
    shared = nn.Parameter(torch.zeros(3))
    encoder, head = nn.Module(), nn.Module()
    encoder.table, head.table = shared, shared
    encoder.blocks = lambda: [encoder]
    settings = {"epochs": 1, "optimizer": optimizer, "momentum": 0.0, "loss": lambda _: shared.sum()}
    next(sgd(FakeRun(), [*encoder.parameters(), *head.parameters()], lr=0.5, **settings))
    assert shared.tolist() == pytest.approx([-0.5] * 3, rel=1e-6)
    groups = decay_groups(layerwise(encoder, head, 0.1), 0.0)
    assert [(group["scale"], len(group["params"])) for group in groups] == [(1.0, 1)]


def positions(rows: Rows, begun: Position) -> list[tuple[int, int]]:
    """Epoch and step of each batch that is left of a loop of two epochs, the first of them the fourth."""
    run = FakeRun()
    run.resume = lambda **parts: begun
    return [
        (epoch.number, epoch.steps)
        for epoch in epochs_of(run, rows, 2, 3)
        for batch in epoch
        if epoch.done(batch, torch.zeros(()))
    ]


def test_epochs_are_passed_through_in_order() -> None:
    rows = Rows()
    assert positions(rows, Position()) == [(0, 1), (0, 2), (0, 3), (1, 4), (1, 5), (1, 6)]
    assert (rows.epochs, rows.firsts) == ([3, 4], [0, 0])


@pytest.mark.parametrize(
    ("steps", "asked_for"),
    [(1, [(3, 1), (4, 0)]), (3, [(3, 3), (4, 0)]), (4, [(4, 1)]), (6, [(4, 3)])],
)
def test_epochs_go_on_in_the_middle_of_one_and_end_the_one_that_was_over(
    steps: int, asked_for: list[tuple[int, int]]
) -> None:
    rows = Rows()
    found = positions(rows, Position(steps))
    assert list(zip(rows.epochs, rows.firsts, strict=True)) == asked_for
    assert [step for _, step in found] == list(range(steps + 1, 7))


def test_a_finished_loop_has_no_epochs() -> None:
    rows = Rows()
    assert positions(rows, Position(6, finished=True)) == []
    assert rows.epochs == []


def test_parts_are_put_back_before_the_first_epoch_is_asked_for() -> None:
    run, resumed = FakeRun(), []
    run.resume = lambda **parts: resumed.append(parts) or Position()
    epochs_of(run, Rows(), 1, optimiser="o", rate="r")
    assert resumed == [{"optimiser": "o", "rate": "r"}]


@pytest.mark.parametrize(
    ("begun", "expected"), [(Position(), [6]), (Position(4), [2]), (Position(6, finished=True), [])]
)
def test_a_loop_says_how_many_steps_are_to_come(begun: Position, expected: list[int]) -> None:
    run = FakeRun()
    run.resume = lambda **parts: begun
    epochs_of(run, Rows(), 2)
    assert run.expected == expected


def test_each_step_tells_how_many_examples_and_the_loss() -> None:
    run = FakeRun()
    expected = float(run.loss(next(run.rows.batches(0))).detach())
    step = next(sgd(run, list(run.model.parameters()), lr=0.1, epochs=1))
    assert step.examples == 5
    assert float(step.loss) == pytest.approx(expected)
    assert not step.loss.requires_grad


def test_other_data_and_another_loss_can_be_given() -> None:
    run, rows = FakeRun(), Rows()
    weight = nn.Parameter(torch.ones(1))
    steps = list(sgd(run, [weight], lr=0.1, epochs=2, data=rows, loss=lambda batch: weight.sum() * 3))
    assert float(steps[0].loss) == 3.0
    assert rows.epochs == [0, 1]
    assert run.rows.epochs == []


def test_a_later_loop_goes_on_with_the_epochs() -> None:
    run = FakeRun()
    list(sgd(run, list(run.model.parameters()), lr=0.1, epochs=2, first_epoch=3))
    assert run.rows.epochs == [3, 4]


def test_gradients_of_one_loop_do_not_leak_into_the_next() -> None:
    run = FakeRun()
    training = sgd(run, list(run.model.parameters()), lr=0.1, epochs=1)
    next(training)
    training.close()
    assert all(parameter.grad is None for parameter in run.model.parameters())


def final_loss(precision: str) -> float:
    run = FakeRun(precision=precision)

    def small(batch: Batch) -> Tensor:
        return 0.01 * run.loss(batch)  # times the first scale of 65,536 it still is within fp16

    *_, last = sgd(run, list(run.model.parameters()), lr=0.02, epochs=EPOCHS * 5, loss=small)
    assert all(parameter.dtype == torch.float32 for parameter in run.model.parameters())
    return float(last.loss)


@pytest.mark.parametrize("precision", ["bf16", "fp16"])
def test_half_precision_learns_as_full_precision_does(precision: str) -> None:
    assert final_loss(precision) == pytest.approx(final_loss("fp32"), rel=0.05)


def test_a_forward_pass_in_half_precision_is_in_half_precision() -> None:
    run, seen = FakeRun(precision="bf16"), []
    run.model.second.register_forward_hook(lambda *arguments: seen.append(arguments[-1].dtype))
    next(sgd(run, list(run.model.parameters()), lr=0.02, epochs=1))
    assert seen == [torch.bfloat16]


@pytest.mark.parametrize("clip", [None, 1.0])
def test_with_fp16_steps_that_overflow_are_left_out(clip: float | None) -> None:
    weight = nn.Parameter(torch.zeros(1))
    overflowing = iter([True, True, False])

    def loss(_: Batch) -> Tensor:
        return weight.sum() * (math.inf if next(overflowing) else 1.0)

    path = []
    run = FakeRun(precision="fp16")
    for _ in sgd(run, [weight], lr=1.0, epochs=1, optimizer="sgd", momentum=0, loss=loss, clip=clip):
        path.append(float(weight.detach()))
    assert path == pytest.approx([0.0, 0.0, -1.0])
