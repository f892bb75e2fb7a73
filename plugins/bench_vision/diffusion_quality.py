"""How real the images of `diffusion` are: the same noise for every cell, so that networks alone differ."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import torch
from torch import Tensor

from bench import Run, Split, Step, Steps
from bench.toolkit.training import evaluating

from .diffusion_learner import Diffuser
from .frechet import Judge
from .gan_networks import to_bytes
from .image_decoder import image_size
from .noise_levels import drawn
from .realness import realness
from .sample_grid import png_grid

SEED = 0
GRID = 8


def compare(
    run: Run, split: Split, diffuser: Diffuser, steps: int, judge_weights: str
) -> Steps[Mapping[str, float]]:
    """Return how real as many drawn images are as a split has."""
    judge = Judge(judge_weights).to(run.device)
    random = torch.Generator().manual_seed(SEED)
    real, generated = [], []
    with run.phase("evaluate"):
        for batch in run.data(split).batches():
            pixels = batch.inputs["pixels"]
            images = draw(run, diffuser, tuple(pixels.shape), steps, random)
            with torch.inference_mode():
                real.append(judge(pixels).cpu())
                generated.append(judge(images).cpu())
            yield Step(batch.size)
    return realness(torch.cat(real), torch.cat(generated))


def draw(run: Run, diffuser: Diffuser, shape: tuple[int, ...], steps: int, random: torch.Generator) -> Tensor:
    """Return images of this shape, uint8 `[N, 3, H, W]`, of noise drawn from `random`."""
    noise = torch.randn(shape, generator=random).to(run.device)
    with evaluating(run.encoder, diffuser), torch.inference_mode(), run.autocast():
        return to_bytes(drawn(noise, partial(diffuser.predicted, run.encoder), steps))


def sample_sheet(run: Run, diffuser: Diffuser, steps: int) -> bytes:
    """Return a PNG of 8 x 8 drawn images, always of the same noise."""
    shape = (GRID**2, 3, *image_size(run))
    return png_grid(draw(run, diffuser, shape, steps, torch.Generator().manual_seed(SEED)), columns=GRID)
