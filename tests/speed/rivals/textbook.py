"""The script that people write: images from a DataLoader, fp32, SGD, a test after each epoch.

With `--freeze` the backbone does not learn, and is run anew in each epoch all the same.
"""

from __future__ import annotations

import argparse
import io
import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import torch
from PIL import Image
from safetensors.torch import load_file
from torch import nn
from torch.utils.data import DataLoader, Dataset
from torchvision.models import resnet18

MEAN = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1)
STD = torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)


class Images(Dataset):
    def __init__(self, files: list[Path], positions: np.ndarray, size: int) -> None:
        table = [row for file in files for row in pq.read_table(file).to_pylist()]
        self.rows = [table[position] for position in positions]
        self.size = size

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        row = self.rows[index]
        image = Image.open(io.BytesIO(row["image"]["bytes"])).convert("RGB")
        image = image.resize((self.size, self.size), Image.Resampling.BILINEAR)
        pixels = torch.from_numpy(np.asarray(image).copy()).permute(2, 0, 1) / 255
        return (pixels - MEAN) / STD, row["label"]


def accuracy(model: nn.Module, loader: DataLoader) -> float:
    model.eval()
    right = 0
    with torch.no_grad():
        for images, labels in loader:
            right += (model(images).argmax(1) == labels).sum().item()
    return right / len(loader.dataset)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--train", type=int, default=4096)
    parser.add_argument("--test", type=int, default=10_000)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--lr", type=float, default=0.01)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--freeze", action="store_true")
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    chosen = np.random.default_rng(0)
    train = Images(
        sorted(options.data.glob("train-*.parquet")), chosen.permutation(50_000)[: options.train], 64
    )
    test = Images(sorted(options.data.glob("test-*.parquet")), chosen.permutation(10_000)[: options.test], 64)
    train_loader = DataLoader(train, options.batch_size, shuffle=True, num_workers=2)
    test_loader = DataLoader(test, 128, num_workers=2)
    model = resnet18(weights=None)
    if options.weights:
        model.load_state_dict(load_file(options.weights))
    model.fc = nn.Linear(model.fc.in_features, 10)
    if options.freeze:
        model.requires_grad_(False)
        model.fc.requires_grad_(True)
    learning = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimiser = torch.optim.SGD(learning, lr=options.lr, momentum=0.9)
    for _ in range(options.epochs):
        model.train(not options.freeze)
        for images, labels in train_loader:
            loss = nn.functional.cross_entropy(model(images), labels)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        tested = accuracy(model, test_loader)
    print(json.dumps({"accuracy": tested}))


if __name__ == "__main__":
    main()
