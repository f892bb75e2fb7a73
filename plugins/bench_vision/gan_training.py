"""The training of `gan`, live."""

from __future__ import annotations

import copy

import torch
from torch import nn

from bench import Run, Steps
from bench.toolkit.moving import moved
from bench.toolkit.training import epochs_of, freeze, unfreeze

from .adversarial import Game, follow
from .frechet import Judge
from .gan_networks import Discriminator, Generator, to_images
from .image_decoder import image_size


def train(
    run: Run,
    *,
    epochs: int,
    rates: tuple[float, float],
    betas: tuple[float, float],
    penalty: float,
    penalty_interval: int,
    latent: int,
    width: int,
    average_decay: float,
    judge_weights: str,
) -> Steps[None]:
    """Train generator and discriminator; the average of the generator's weights is what is measured.

    `rates` are the learning rates of generator and discriminator, `betas` Adam's for both; `latent` and
    `width` shape the generator. `judge_weights` are needed only after the training, and looked for before.
    """
    Judge(judge_weights)  # weights that are not there are a fault now, not after the training
    generator = run.add("generator", Generator(latent, image_size(run), width))
    average = run.add("average", copy.deepcopy(generator))
    discriminator = Discriminator(run.encoder, run.add("output", nn.Linear(run.encoder.spec.pooled, 1)))
    freeze(average)
    game = Game(
        generator,
        discriminator,
        torch.optim.Adam(unfreeze(generator), rates[0], betas),
        torch.optim.Adam(unfreeze(discriminator), rates[1], betas),
        penalty,
        penalty_interval,
        run.autocast,
    )
    # Otherwise an image would be judged by the others in its batch, if the encoder normalises over them.
    discriminator.eval()
    optimisers = {"generator": game.generator_optimizer, "discriminator": game.discriminator_optimizer}
    for epoch in epochs_of(run, run.data("train"), epochs, **optimisers):
        for batch in epoch:
            latents = moved(torch.randn(batch.size, latent, generator=run.generator), run.device)
            loss = game.update(to_images(batch.inputs["pixels"]), latents, epoch.steps)
            follow(average, generator, epoch.steps, average_decay)
            yield epoch.done(batch, loss)
