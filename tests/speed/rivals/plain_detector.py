"""torchvision's FCOS on a network of timm, on boxes: a bare loop with a DataLoader, by pycocotools."""

from __future__ import annotations

import contextlib
import io
import json
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from lite import DEVIATION, MEAN, WIDTH, Pyramid, lite
from options import autocast, parsed, parser
from PIL import Image
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from torch import Tensor, nn
from torch.optim.lr_scheduler import OneCycleLR
from torch.utils.data import DataLoader, Dataset
from torchvision.models.detection import FCOS
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.fcos import FCOSHead

BATCH, LR, CLASSES, STRIDES = 8, 2e-3, 3, (8, 16, 32)


class Boxes(Dataset[tuple[Tensor, dict[str, Any]]]):
    """Images of a split with their boxes; those to learn from are flipped by chance."""

    def __init__(self, data: Path, split: str, size: tuple[int, int], *, learning: bool) -> None:
        self.folder, self.size, self.learning = data / "images" / split, size, learning
        with contextlib.redirect_stdout(io.StringIO()):
            self.coco = COCO(data / "annotations" / f"{split}.json")
        self.numbers = sorted(self.coco.imgs)
        self.categories = sorted(self.coco.cats)

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, index: int) -> tuple[Tensor, dict[str, Any]]:
        about = self.coco.imgs[self.numbers[index]]
        height, width = self.size
        image = Image.open(self.folder / about["file_name"]).convert("RGB").resize((width, height))
        pixels = torch.from_numpy(np.array(image)).permute(2, 0, 1).float() / 255
        objects = self.coco.imgToAnns[self.numbers[index]]
        boxes = torch.tensor([one["bbox"] for one in objects], dtype=torch.float32).view(-1, 4)
        boxes[:, 2:] += boxes[:, :2]
        boxes *= torch.tensor([width / about["width"], height / about["height"]]).repeat(2)
        labels = torch.tensor([self.categories.index(one["category_id"]) for one in objects])
        if self.learning and torch.rand(()) < 0.5:
            pixels = pixels.flip(-1)
            boxes[:, [0, 2]] = width - boxes[:, [2, 0]]
        scale = torch.tensor([about["width"] / width, about["height"] / height]).repeat(2)
        return pixels, {"boxes": boxes, "labels": labels, "number": self.numbers[index], "scale": scale}


class Maps(nn.Module):
    """The maps that torchvision's detector asks for."""

    out_channels = WIDTH

    def __init__(self, network: Any) -> None:
        super().__init__()
        self.network = network
        self.pyramid = Pyramid(network.feature_info.channels())
        self.smooth = nn.ModuleList(nn.Conv2d(WIDTH, WIDTH, 3, padding=1) for _ in STRIDES)

    def forward(self, images: Tensor) -> OrderedDict[str, Tensor]:
        maps = self.pyramid(self.network(images))
        return OrderedDict(
            (str(at), smooth(map_)) for at, (smooth, map_) in enumerate(zip(self.smooth, maps, strict=True))
        )


def together(pairs: list[tuple[Tensor, dict[str, Any]]]) -> tuple[list[Tensor], list[dict[str, Any]]]:
    return [pixels for pixels, _ in pairs], [target for _, target in pairs]


def main() -> None:
    asked = parser()
    asked.add_argument("--epochs", type=int, required=True)
    asked.add_argument("--height", type=int, default=144)
    asked.add_argument("--width", type=int, default=192)
    options = parsed(asked)
    size = (options.height, options.width)
    train = DataLoader(
        Boxes(options.data, "train", size, learning=True),
        BATCH,
        shuffle=True,
        num_workers=2,
        persistent_workers=True,
        collate_fn=together,
    )
    held_out = Boxes(options.data, "test", size, learning=False)
    model = FCOS(
        Maps(lite(options.model, out_indices=(2, 3, 4))),
        CLASSES,
        min_size=min(size),
        max_size=max(size),
        image_mean=MEAN,
        image_std=DEVIATION,
        anchor_generator=AnchorGenerator(tuple((stride,) for stride in STRIDES), ((1.0,),) * len(STRIDES)),
        head=FCOSHead(WIDTH, 1, CLASSES, num_convs=2),
        score_thresh=0.05,
    ).to(options.device)
    optimiser = torch.optim.AdamW(model.parameters(), lr=LR)
    schedule = OneCycleLR(optimiser, LR, total_steps=options.epochs * len(train))
    model.train()
    for _ in range(options.epochs):
        for images, targets in train:
            with autocast(options):
                loss = sum(model(*placed(images, targets, options.device)).values())
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            optimiser.zero_grad()
            schedule.step()
    print(json.dumps(score(model.eval(), held_out, options.device)))


def placed(
    images: list[Tensor], targets: list[dict[str, Any]], device: str
) -> tuple[list[Tensor], list[dict[str, Tensor]]]:
    wanted = [{name: target[name].to(device) for name in ("boxes", "labels")} for target in targets]
    return [image.to(device) for image in images], wanted


@torch.inference_mode()
def score(model: nn.Module, held_out: Boxes, device: str) -> dict[str, float]:
    results = []
    for images, targets in DataLoader(held_out, 32, num_workers=2, collate_fn=together):
        for found, target in zip(model([image.to(device) for image in images]), targets, strict=True):
            boxes = found["boxes"].cpu() * target["scale"]
            boxes[:, 2:] -= boxes[:, :2]
            results += [
                {
                    "image_id": target["number"],
                    "category_id": held_out.categories[label],
                    "bbox": box,
                    "score": sure,
                }
                for box, label, sure in zip(
                    boxes.tolist(), found["labels"].tolist(), found["scores"].tolist(), strict=True
                )
            ]
    with contextlib.redirect_stdout(io.StringIO()):
        evaluation = COCOeval(held_out.coco, held_out.coco.loadRes(results), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    by_class = evaluation.eval["precision"][:, :, :, 0, -1].mean(axis=(0, 1))
    names = [held_out.coco.cats[number]["name"] for number in held_out.categories]
    return {
        "map": float(evaluation.stats[0]),
        "map_50": float(evaluation.stats[1]),
        **{f"ap of {name}": float(value) for name, value in zip(names, by_class, strict=True)},
    }


if __name__ == "__main__":
    main()
