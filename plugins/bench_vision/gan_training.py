"""The training of `gan`, live."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import torch
from torch import nn

from bench import Run, Step, Steps
from bench.toolkit.training import freeze, unfreeze

from .adversarial import Game, follow
from .frechet import Judge
from .gan_networks import Discriminator, Generator, to_images
from .image_decoder import image_size

if TYPE_CHECKING:
    from .gan import Gan


def train(gan: Gan, run: Run) -> Steps[None]:
    """Train generator and discriminator; the average of the generator's weights is what is measured."""
    Judge(gan.judge_weights)  # weights that are not there are a fault now, not after the training
    generator = run.add("generator", Generator(gan.latent, image_size(run), gan.width))
    average = run.add("average", copy.deepcopy(generator))
    discriminator = Discriminator(run.encoder, run.add("output", nn.Linear(run.encoder.spec.pooled, 1)))
    freeze(average)
    betas = (gan.beta1, gan.beta2)
    game = Game(
        generator,
        discriminator,
        torch.optim.Adam(unfreeze(generator), gan.generator_lr, betas),
        torch.optim.Adam(unfreeze(discriminator), gan.discriminator_lr, betas),
        gan.r1,
        gan.r1_every,
        run.autocast,
    )
    # Else an image would be judged by the company in its batch, where the encoder normalises over it.
    discriminator.eval()
    position = run.resume(generator=game.generator_optimizer, discriminator=game.discriminator_optimizer)
    data = run.data("train")
    begun, done = divmod(position.steps, data.steps)
    for epoch in range(begun, gan.epochs):
        for batch in data.batches(epoch, first=done):
            latents = torch.randn(batch.size, gan.latent, generator=run.generator).to(run.device)
            loss = game.update(to_images(batch.inputs["pixels"]), latents, position.steps)
            follow(average, generator, position.steps, gan.average)
            position.steps += 1
            yield Step(batch.size, loss)
        done = 0
