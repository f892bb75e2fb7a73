"""Adversarial training of any two modules: a generator, and a discriminator that gives log-odds."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus


@dataclass(frozen=True)
class Game:
    """A generator that learns to pass its output off as real, and a discriminator that learns to tell.

    The generator maps latents `[N, L]` to examples, the discriminator examples to log-odds `[N]` of being
    real.
    """

    generator: nn.Module
    discriminator: nn.Module
    generator_optimizer: torch.optim.Optimizer
    discriminator_optimizer: torch.optim.Optimizer
    penalty: float = 0.0
    """Weight of the gradient penalty; it is added only every `penalty_interval` steps, and then as many
    times as strong (Karras et al. 2020, section 4.1)."""
    penalty_interval: int = 8
    autocast: Callable[[], AbstractContextManager[object]] = nullcontext

    def update(self, real: Tensor, latents: Tensor, step: int) -> Tensor:
        """Let both take a step, and return the discriminator's loss without the penalty.

        `step` is how many were taken before. The discriminator learns first, the generator against what
        it has become, on the same examples.
        """
        with self.autocast():
            fake = self.generator(latents)
        loss = self._improve_discriminator(real, fake.detach(), step)
        self._improve_generator(fake)
        return loss

    def _improve_discriminator(self, real: Tensor, fake: Tensor, step: int) -> Tensor:
        with self.autocast():
            odds = self.discriminator(torch.cat([real, fake]))
        loss = discriminator_loss(*odds.split([len(real), len(fake)]))
        total = loss
        if self.penalty and step % self.penalty_interval == 0:
            steepness = gradient_penalty(self.discriminator, real)
            total = loss + self.penalty * self.penalty_interval * steepness
        torch.autograd.backward(total)
        self.discriminator_optimizer.step()
        self.discriminator_optimizer.zero_grad()
        return loss.detach()

    def _improve_generator(self, fake: Tensor) -> None:
        self.discriminator.requires_grad_(False)
        with self.autocast():
            odds = self.discriminator(fake)
        torch.autograd.backward(generator_loss(odds))
        self.discriminator.requires_grad_(True)
        self.generator_optimizer.step()
        self.generator_optimizer.zero_grad()


def discriminator_loss(real: Tensor, fake: Tensor) -> Tensor:
    """Return the mean cross-entropy of telling real from generated, in nats; 2 ln 2 is by chance."""
    return softplus(-real.float()).mean() + softplus(fake.float()).mean()


def generator_loss(fake: Tensor) -> Tensor:
    """Return the non-saturating loss (Goodfellow et al. 2014, section 3)."""
    return softplus(-fake.float()).mean()


def gradient_penalty(discriminator: Callable[[Tensor], Tensor], real: Tensor) -> Tensor:
    """Return R1: half the mean squared norm of the log-odds' gradient at real examples.

    Mescheder et al. 2018, equation 9. An example's log-odds must not depend on the others.
    """
    real = real.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(discriminator(real).sum(), real, create_graph=True)
    return gradient.flatten(1).square().sum(dim=1).mean() / 2


@torch.no_grad()
def follow(average: nn.Module, module: nn.Module, step: int, decay: float) -> None:
    """Move a copy towards the module: an exponential moving average of weights and statistics.

    In the first steps it forgets faster, so that the weights of the start do not stay in it.
    """
    rate = 1 - min(decay, (1 + step) / (10 + step))
    now = module.state_dict()
    for name, kept in average.state_dict().items():
        if kept.is_floating_point():
            kept.lerp_(now[name], rate)
        else:
            kept.copy_(now[name])
