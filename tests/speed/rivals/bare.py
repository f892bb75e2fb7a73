"""A bare loop over tensors that are in memory already: steps of training, and nothing else."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from time import perf_counter

import torch
from torch import Tensor, nn

LR = 1e-3

Parts = tuple[nn.Module, torch.optim.Optimizer, tuple[Tensor, ...]]


def resnet18(examples: int) -> Parts:
    """ResNet-18 and images of 64 px."""
    from torchvision import models

    model = models.resnet18(num_classes=10).to(memory_format=torch.channels_last)
    optimiser = torch.optim.SGD(model.parameters(), LR, momentum=0.9, nesterov=True, fused=True)
    images = torch.randn(examples, 3, 64, 64).contiguous(memory_format=torch.channels_last)
    return model, optimiser, (images, torch.randint(10, (examples,)))


class Bert(nn.Module):
    """MiniLM, the mean over its tokens, and a linear layer."""

    def __init__(self) -> None:
        super().__init__()
        from transformers import BertModel

        from bench_text.minilm import packaged

        self.bert = BertModel.from_pretrained(packaged(), add_pooling_layer=False)
        self.linear = nn.Linear(384, 2)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        states = self.bert(input_ids=ids, attention_mask=mask).last_hidden_state
        weights = mask.unsqueeze(-1).to(states.dtype)
        return self.linear((states * weights).sum(1) / weights.sum(1))


def minilm(examples: int) -> Parts:
    """MiniLM and texts of 32 tokens."""
    model = Bert()
    optimiser = torch.optim.AdamW(model.parameters(), LR, weight_decay=0.0, fused=True)
    ids = torch.randint(1000, 30000, (examples, 32))
    return model, optimiser, (ids, torch.ones_like(ids), torch.randint(2, (examples,)))


def train(
    model: nn.Module, optimiser: torch.optim.Optimizer, batches: Iterator[tuple[Tensor, ...]]
) -> list[float]:
    """Return the moment at which each step was done."""
    model.train()
    moments = []
    for *inputs, labels in batches:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = nn.functional.cross_entropy(model(*inputs), labels)
        loss.backward()
        optimiser.step()
        optimiser.zero_grad()
        moments.append(perf_counter())
    return moments


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("model", choices=["resnet18", "minilm"])
    for name in ("batch", "steps", "warm-up"):
        parser.add_argument(f"--{name}", type=int, required=True)
    asked = parser.parse_args()
    build = {"resnet18": resnet18, "minilm": minilm}[asked.model]
    model, optimiser, tensors = build(asked.batch * asked.steps)
    batches = zip(*(tensor.split(asked.batch) for tensor in tensors), strict=True)
    moments = train(model, optimiser, batches)
    seconds = moments[-1] - moments[asked.warm_up - 1]
    print(json.dumps({"samples_per_s": asked.batch * (asked.steps - asked.warm_up) / seconds}))


if __name__ == "__main__":
    main()
