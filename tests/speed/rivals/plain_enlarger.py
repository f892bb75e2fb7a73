"""A network of timm that makes images twice as large: a bare loop with a DataLoader, by torchmetrics."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from lite import IMAGENET, Pyramid, lite
from options import parsed, parser
from PIL import Image
from torch import Tensor, nn
from torch.nn.functional import interpolate, l1_loss, pixel_shuffle
from torch.optim.lr_scheduler import OneCycleLR
from torch.utils.data import DataLoader, Dataset
from torchmetrics.functional.image import structural_similarity_index_measure as ssim

SCALE, CROP, BATCH, LR, WIDTH, DEPTH = 2, 32, 8, 2e-3, 32, 4


class Photographs(Dataset[tuple[Tensor, Tensor]]):
    """Images and what Pillow reduces them to; of those to learn from, a part that is flipped by chance."""

    def __init__(self, folder: Path, *, learning: bool) -> None:
        self.files = sorted((folder / "images").iterdir())
        self.learning = learning

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        large = Image.open(self.files[index]).convert("RGB")
        small = large.resize((large.width // SCALE, large.height // SCALE), Image.Resampling.BICUBIC)
        images = [
            torch.from_numpy(np.array(image)).permute(2, 0, 1).float() / 255 for image in (small, large)
        ]
        if self.learning:
            top, left = (int(torch.randint(side - CROP + 1, ())) for side in images[0].shape[1:])
            images = [
                image[:, top * times : (top + CROP) * times, left * times : (left + CROP) * times]
                for image, times in zip(images, (1, SCALE), strict=True)
            ]
            if torch.rand(()) < 0.5:
                images = [image.flip(-1) for image in images]
        return images[0], images[1]


class Block(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        convolutions = [nn.Conv2d(WIDTH, WIDTH, 3, padding=1) for _ in range(2)]
        self.layers = nn.Sequential(convolutions[0], nn.ReLU(), convolutions[1])

    def forward(self, maps: Tensor) -> Tensor:
        changed: Tensor = maps + self.layers(maps)
        return changed


class Enlarger(nn.Module):
    """Adds to bicubic enlarging what residual blocks make of the image and the network's maps."""

    def __init__(self, network: Any) -> None:
        super().__init__()
        self.network = network
        self.pyramid = Pyramid(network.feature_info.channels(), WIDTH)
        self.enter = nn.Conv2d(3, WIDTH, 3, padding=1)
        self.body = nn.Sequential(*(Block() for _ in range(DEPTH)))
        self.leave = nn.Conv2d(WIDTH, 3 * SCALE**2, 3, padding=1)
        nn.init.zeros_(self.leave.weight)
        assert self.leave.bias is not None
        nn.init.zeros_(self.leave.bias)

    def forward(self, small: Tensor) -> Tensor:
        mean, deviation = (part.to(small.device) for part in IMAGENET)
        finest = self.pyramid(self.network((small - mean) / deviation))[0]
        seen = interpolate(finest, small.shape[2:], mode="bilinear", align_corners=False)
        details: Tensor = pixel_shuffle(self.leave(self.body(self.enter(small - 0.5) + seen)), SCALE)
        return bicubic(small) + 0.05 * details


def bicubic(small: Tensor) -> Tensor:
    return interpolate(small, scale_factor=SCALE, mode="bicubic", antialias=True)


def main() -> None:
    asked = parser()
    asked.add_argument("--epochs", type=int, required=True)
    options = parsed(asked)
    train = DataLoader(
        Photographs(options.data / "train", learning=True),
        BATCH,
        shuffle=True,
        num_workers=2,
        persistent_workers=True,
    )
    model = Enlarger(lite(options.model, out_indices=(0, 1, 2))).to(options.device)
    optimiser = torch.optim.AdamW(model.parameters(), lr=LR)
    schedule = OneCycleLR(optimiser, LR, total_steps=options.epochs * len(train))
    model.train()
    for _ in range(options.epochs):
        for small, large in train:
            loss = l1_loss(model(small.to(options.device)), large.to(options.device))
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            optimiser.zero_grad()
            schedule.step()
    print(
        json.dumps(scores(model.eval(), Photographs(options.data / "test", learning=False), options.device))
    )


@torch.inference_mode()
def scores(model: nn.Module, held_out: Photographs, device: str) -> dict[str, float]:
    errors, likeness = [], []
    for small, large in DataLoader(held_out, 10):
        found = (255 * model(small.to(device)).cpu()).round().clamp(0, 255) / 255
        errors.append((found - large).square().mean())
        likeness.append(ssim(found, large, data_range=1.0))
    return {
        "psnr": float(-10 * torch.stack(errors).mean().log10()),
        "ssim": float(torch.stack(likeness).mean()),  # type: ignore[arg-type]  # torchmetrics may give two
    }


if __name__ == "__main__":
    main()
