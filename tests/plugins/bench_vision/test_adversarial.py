from __future__ import annotations

import copy
import math

import pytest
import torch
from torch import nn

from bench_vision.adversarial import Game, discriminator_loss, follow, generator_loss, gradient_penalty

MODES = 6


class Flat(nn.Sequential):
    """Layers whose single output is the log-odds `[N]`."""

    def forward(self, points):
        return super().forward(points).squeeze(1)


def network(inputs, outputs, kind=nn.Sequential, width=32):
    return kind(
        nn.Linear(inputs, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, outputs)
    )


def game_of(generator, discriminator, **settings):
    optimizers = [
        torch.optim.Adam(each.parameters(), 3e-3, (0.0, 0.99)) for each in (generator, discriminator)
    ]
    return Game(generator, discriminator, *optimizers, **settings)


def centres():
    angles = torch.arange(MODES) * 2 * math.pi / MODES
    return 2 * torch.stack([angles.cos(), angles.sin()], dim=1)


def test_a_mixture_of_gaussians_is_learnt_with_all_its_modes():
    torch.manual_seed(0)
    generator, discriminator = network(8, 2), network(2, 1, Flat)
    game = game_of(generator, discriminator, penalty=0.1, penalty_interval=4)
    for step in range(1000):
        real = centres()[torch.randint(MODES, (128,))] + 0.1 * torch.randn(128, 2)
        game.update(real, torch.randn(128, 8), step)
    with torch.no_grad():
        distance, nearest = torch.cdist(generator(torch.randn(1000, 8)), centres()).min(dim=1)
    near = distance < 0.5
    assert near.float().mean() > 0.6
    assert (nearest[near].bincount(minlength=MODES) > 1000 / MODES / 4).all()


def test_losses_are_those_of_the_paper():
    real, fake = torch.tensor([2.0, -1.0]), torch.tensor([0.5, 3.0])
    by_definition = -real.sigmoid().log().mean() - (1 - fake.sigmoid()).log().mean()
    assert discriminator_loss(real, fake).item() == pytest.approx(by_definition.item(), rel=1e-5)
    assert generator_loss(fake).item() == pytest.approx(-fake.sigmoid().log().mean().item(), rel=1e-5)
    assert discriminator_loss(torch.zeros(3), torch.zeros(3)).item() == pytest.approx(2 * math.log(2))


def test_the_penalty_of_a_linear_discriminator_is_half_its_squared_norm():
    discriminator = Flat(nn.Linear(3, 1))
    penalty = gradient_penalty(discriminator, torch.randn(5, 3))
    weight = discriminator[0].weight
    assert penalty.item() == pytest.approx(weight.square().sum().item() / 2, rel=1e-5)
    (gradient,) = torch.autograd.grad(penalty, weight)
    torch.testing.assert_close(gradient, weight.detach())


def test_the_penalty_comes_at_its_interval_and_so_much_stronger():
    torch.manual_seed(0)
    generator, discriminator = nn.Linear(2, 2), Flat(nn.Linear(2, 1))
    still, learning = (
        torch.optim.SGD(generator.parameters(), 0.0),
        torch.optim.SGD(discriminator.parameters(), 0.1),
    )
    start = copy.deepcopy(discriminator.state_dict())
    latents, real = torch.randn(2, 8, 2)

    def moved(step, **settings):
        discriminator.load_state_dict(start)
        Game(generator, discriminator, still, learning, **settings).update(real, latents, step)
        return discriminator[0].weight.detach() - start["0.weight"]

    penalised = {"penalty": 0.5, "penalty_interval": 4}
    torch.testing.assert_close(moved(4, **penalised) - moved(4), -0.1 * 4 * 0.5 * start["0.weight"])
    for step in (1, 2, 3):
        torch.testing.assert_close(moved(step, **penalised), moved(step))


def test_a_step_leaves_no_gradients_and_both_can_learn():
    generator, discriminator = network(4, 2), network(2, 1, Flat)
    game_of(generator, discriminator).update(torch.randn(8, 2), torch.randn(8, 4), 0)
    for module in (generator, discriminator):
        assert all(p.grad is None and p.requires_grad for p in module.parameters())


def test_the_average_follows_fast_at_first_then_slowly():
    average, module = nn.BatchNorm1d(1), nn.BatchNorm1d(1)
    nn.init.constant_(average.weight, 0.0)
    module.num_batches_tracked += 3
    follow(average, module, step=0, decay=0.99)
    assert average.weight.item() == pytest.approx(0.9)
    assert average.num_batches_tracked == 3
    nn.init.constant_(module.weight, 0.0)
    follow(average, module, step=100_000, decay=0.99)
    assert average.weight.item() == pytest.approx(0.9 * 0.99)
