"""How real the images of `gan` are: the same latents for every cell, so that generators alone differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import torch
from torch import Tensor, nn

from bench import Run, Split, Step, Steps
from bench.toolkit.training import evaluating

from .frechet import Judge
from .gan_networks import Discriminator, Generator, to_bytes, to_images
from .realness import realness
from .sample_grid import png_grid

SEED = 0
GRID = 8


def compare(run: Run, split: Split, judge_weights: str) -> Steps[Mapping[str, float]]:
    """Return figures over a split and as many generated images.

    These are how real the generated ones are, and for each kind the mean probability of being real that the
    discriminator gives it.
    """
    judge = Judge(judge_weights).to(run.device)
    discriminator = Discriminator(run.encoder, cast(nn.Linear, run.added["output"]))
    random = torch.Generator().manual_seed(SEED)
    features: dict[str, list[Tensor]] = {"real": [], "generated": []}
    odds: dict[str, list[Tensor]] = {"real": [], "generated": []}
    with run.phase("evaluate"), evaluating(discriminator):
        for batch in run.data(split).batches():
            kinds = {"real": batch.inputs["pixels"], "generated": generate(run, batch.size, random)}
            for kind, pixels in kinds.items():
                with torch.inference_mode():
                    features[kind].append(judge(pixels).cpu())
                    with run.autocast():
                        odds[kind].append(discriminator(to_images(pixels)).float())
            yield Step(batch.size)
    believed = {
        f"{kind}_taken_as_real": float(torch.cat(parts).sigmoid().mean()) for kind, parts in odds.items()
    }
    return {**realness(torch.cat(features["real"]), torch.cat(features["generated"])), **believed}


def generate(run: Run, count: int, random: torch.Generator) -> Tensor:
    """Return images of the averaged generator, uint8 `[count, 3, H, W]`, of latents drawn from `random`."""
    generator = cast(Generator, run.added["average"])
    latents = torch.randn(count, generator.latent, generator=random).to(run.device)
    with torch.inference_mode(), run.autocast():
        return to_bytes(generator(latents))


def sample_sheet(run: Run) -> bytes:
    """Return a PNG of 8 x 8 generated images, always of the same latents."""
    return png_grid(generate(run, GRID**2, torch.Generator().manual_seed(SEED)), columns=GRID)
