"""A network of timm with a feature pyramid, on masks: a bare loop with a DataLoader, by torchmetrics."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from lite import IMAGENET, WIDTH, Pyramid, lite
from options import autocast, parsed, parser
from PIL import Image
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, interpolate
from torch.optim.lr_scheduler import OneCycleLR
from torch.utils.data import DataLoader, Dataset
from torchmetrics.classification import MulticlassJaccardIndex

HEIGHT, ACROSS, CLASSES, BATCH, LR = 96, 128, 11, 8, 2e-3
IGNORED = 11


class Pairs(Dataset[tuple[Tensor, Tensor]]):
    """Images and masks of a split; those to learn from are flipped by chance."""

    def __init__(self, folder: Path, *, learning: bool) -> None:
        self.images = sorted((folder / "images").iterdir())
        self.masks = sorted((folder / "masks").iterdir())
        self.learning = learning

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        image = (
            Image.open(self.images[index]).convert("RGB").resize((ACROSS, HEIGHT), Image.Resampling.BILINEAR)
        )
        mask = Image.open(self.masks[index]).resize((ACROSS, HEIGHT), Image.Resampling.NEAREST)
        pixels = torch.from_numpy(np.array(image)).permute(2, 0, 1).float() / 255
        pixels = (pixels - IMAGENET[0]) / IMAGENET[1]
        classes = torch.from_numpy(np.array(mask)).long()
        if self.learning and torch.rand(()) < 0.5:
            pixels, classes = pixels.flip(-1), classes.flip(-1)
        return pixels, classes


class Segmenter(nn.Module):
    """Adds maps of strides 4 to 32 up at stride 4, and predicts classes there (Kirillov et al. 2019)."""

    def __init__(self, network: Any) -> None:
        super().__init__()
        self.network = network
        channels = network.feature_info.channels()
        self.pyramid = Pyramid(channels)
        self.blend = nn.ModuleList(
            nn.Sequential(
                nn.ReLU(), nn.Conv2d(WIDTH, WIDTH, 3, padding=1, bias=False), nn.BatchNorm2d(WIDTH), nn.ReLU()
            )
            for _ in channels
        )
        self.classify = nn.Conv2d(WIDTH, CLASSES, 1)

    def forward(self, images: Tensor) -> Tensor:
        maps = self.pyramid(self.network(images))
        sides = maps[0].shape[2:]
        blended = [blend(map_) for blend, map_ in zip(self.blend, maps, strict=True)]
        total = sum(interpolate(map_, sides, mode="bilinear", align_corners=False) for map_ in blended)
        logits = self.classify(total).float()
        return interpolate(logits, (HEIGHT, ACROSS), mode="bilinear", align_corners=False)


def main() -> None:
    asked = parser()
    asked.add_argument("--epochs", type=int, required=True)
    options = parsed(asked)
    train = DataLoader(
        Pairs(options.data / "train", learning=True),
        BATCH,
        shuffle=True,
        num_workers=2,
        persistent_workers=True,
    )
    test = DataLoader(Pairs(options.data / "test", learning=False), 32, num_workers=2)
    model = Segmenter(lite(options.model, out_indices=(1, 2, 3, 4))).to(options.device)
    optimiser = torch.optim.AdamW(model.parameters(), lr=LR)
    schedule = OneCycleLR(optimiser, LR, total_steps=options.epochs * len(train))
    model.train()
    for _ in range(options.epochs):
        for images, masks in train:
            with autocast(options):
                logits = model(images.to(options.device))
                loss = cross_entropy(logits, masks.to(options.device), ignore_index=IGNORED)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            optimiser.zero_grad()
            schedule.step()
    model.eval()
    metric = MulticlassJaccardIndex(CLASSES, average="macro", ignore_index=IGNORED)
    right = total = 0
    with torch.inference_mode(), autocast(options):
        for images, masks in test:
            predicted, counted = model(images.to(options.device)).argmax(dim=1).cpu(), masks != IGNORED
            metric.update(predicted, masks)
            right += int((predicted == masks)[counted].sum())
            total += int(counted.sum())
    print(json.dumps({"mean_iou": float(metric.compute()), "pixel_accuracy": right / total}))


if __name__ == "__main__":
    main()
