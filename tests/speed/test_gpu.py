"""On a GPU: the speed of a bare loop, memory as torch counts it, and nothing left behind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from statistics import median
from time import perf_counter

import pytest
import torch
from PIL import Image
from torch import Tensor, nn

import trials
from commandline import run_suite
from pairs import Pairs

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")

BATCH, STEPS, WARM_UP, CELLS = 256, 40, 10, 20
SUITE = """
device: cuda
defaults: {{batch_size: {batch}, eval_batch_size: {batch}, precision: bf16}}
limits: {{steps: {steps}, train_examples: {examples}, val_examples: {examples}}}
matrix:
  backbone: {backbone}
  objective:
    {{name: fine-tune, epochs: 1, lr: 1e-3, optimizer: sgd,
     weight_decay: 0, schedule: constant, warmup: 0, clip: null}}
  dataset: {dataset}
  seed: {seeds}
"""
RESNET = (
    "{name: torchvision/resnet50, weights: none}",
    "{{name: imagefolder, path: {folder}/images}}",
)
BERT = (
    "{name: hf/bert, config: {vocab_size: 30522}, max_length: 128}",
    "{{name: csv, text: text, train: {folder}/texts.csv}}",
)


def write_data(folder: Path, steps: int = STEPS) -> None:
    """Write as many images and texts as all steps need, of two classes; the texts fill 128 tokens."""
    pixels = torch.randint(0, 256, (224, 224, 3), dtype=torch.uint8).numpy()
    image = BytesIO()
    Image.fromarray(pixels).save(image, "jpeg", quality=20)
    count = 2 * BATCH * steps
    for number in range(count):
        file = folder / "images" / "train" / str(number % 2) / f"{number}.jpg"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(image.getvalue())
    rows = (f"{'abcdefg ' * 20},{number % 2}" for number in range(count))
    (folder / "texts.csv").write_text("\n".join(["text,label", *rows]))


def suite(parts: tuple[str, str], folder: Path, seeds: Sequence[int], steps: int = STEPS) -> str:
    backbone, dataset = parts
    return SUITE.format(
        batch=BATCH,
        steps=steps,
        examples=BATCH * steps,
        backbone=backbone,
        dataset=dataset.format(folder=folder),
        seeds=list(seeds),
    )


def resnet() -> tuple[nn.Module, Sequence[Tensor]]:
    from torchvision.models import resnet50

    images = torch.randn(BATCH, 3, 224, 224).contiguous(memory_format=torch.channels_last)
    return resnet50(num_classes=2).to(memory_format=torch.channels_last), [images]


class Bert(nn.Module):
    """BERT-base, the mean over its tokens, and a linear layer."""

    def __init__(self) -> None:
        super().__init__()
        from transformers import BertConfig, BertModel

        self.bert = BertModel(BertConfig(), add_pooling_layer=False)
        self.linear = nn.Linear(768, 2)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        states = self.bert(input_ids=ids, attention_mask=mask).last_hidden_state
        weights = mask.unsqueeze(-1).to(states.dtype)
        return self.linear((states * weights).sum(1) / weights.sum(1))


def bert() -> tuple[nn.Module, Sequence[Tensor]]:
    ids = torch.randint(1000, 30000, (BATCH, 128))
    return Bert(), [ids, torch.ones_like(ids)]


def bare(make: Callable[[], tuple[nn.Module, Sequence[Tensor]]]) -> dict[str, float]:
    """Examples per second of bare loops over tensors on the GPU, and torch's own count of the peak in MiB."""
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    model, inputs = make()
    model.cuda()
    inputs = [tensor.cuda() for tensor in inputs]
    labels = torch.randint(2, (BATCH,), device="cuda")
    optimiser = torch.optim.SGD(model.parameters(), 1e-3, momentum=0.9, nesterov=True, fused=True)

    def train() -> None:
        with torch.autocast("cuda", dtype=torch.bfloat16):
            loss = nn.functional.cross_entropy(model(*inputs), labels)
        loss.backward()
        optimiser.step()
        optimiser.zero_grad()

    def evaluate() -> None:
        with torch.inference_mode(), torch.autocast("cuda", dtype=torch.bfloat16):
            model(*inputs)

    rates = {"train": rate(train)}
    peak = torch.cuda.max_memory_allocated() / 2**20
    model.eval()
    return {**rates, "evaluate": rate(evaluate), "peak_mib": peak}


def rate(step: Callable[[], None]) -> float:
    for _ in range(WARM_UP):
        step()
    torch.cuda.synchronize()
    began = perf_counter()
    for _ in range(STEPS):
        step()
    torch.cuda.synchronize()
    return BATCH * STEPS / (perf_counter() - began)


@pytest.mark.parametrize(("parts", "make"), [(RESNET, resnet), (BERT, bert)], ids=["resnet50", "bert"])
def test_a_cell_is_as_fast_as_a_bare_loop(
    parts: tuple[str, str],
    make: Callable[[], tuple[nn.Module, Sequence[Tensor]]],
    tmp_path: Path,
    pairs: Pairs,
) -> None:
    write_data(tmp_path)

    def ours(number: int) -> dict[str, float]:
        found = run_suite(suite(parts, tmp_path, [number]), tmp_path)
        [record] = [record for record in found if record.seed == number]
        assert record.status == "done", record.reason
        speeds, memory = (trials.measured(record, table) for table in ("throughput", "memory"))
        return {
            "train": speeds["train_samples_per_s"],
            "evaluate": speeds["evaluate_samples_per_s"],
            "peak_mib": memory["train_gpu_allocated_mib"],
        }

    rounds = pairs.run(ours, lambda _: bare(make))
    ratios = {
        name: median(one[name] for one in rounds.ours) / median(one[name] for one in rounds.rivals)
        for name in ("train", "evaluate", "peak_mib")
    }
    pairs.note(**ratios, ours=rounds.ours, rivals=rounds.rivals)
    assert ratios["train"] >= 0.97
    assert ratios["evaluate"] >= 0.97
    # The bare loop holds one batch, and ours another one that is on its way.
    assert ratios["peak_mib"] == pytest.approx(1, abs=0.02)


def test_cells_leave_no_memory_behind(tmp_path: Path) -> None:
    write_data(tmp_path, steps=3)
    free, _ = torch.cuda.mem_get_info()
    for number in range(CELLS):
        run_suite(suite(RESNET, tmp_path, [number], steps=3), tmp_path)
        assert abs(torch.cuda.mem_get_info()[0] - free) < 2**20
