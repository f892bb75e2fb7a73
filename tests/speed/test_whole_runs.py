"""Whole commands, start-up included, against the scripts that they replace."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import mean

import pytest
import torch
from safetensors.torch import save_file
from torchvision.models import resnet18

import scenes
from bench.records.record import Record
from bench.records.store import Store
from imagenet_lite import lite0
from pairs import Pairs, Ran, command
from rivals import THREADS, script
from scenes import DETECTION, FINE_TUNE, SEGMENTATION, camvid

TRAIN, WHOLE_TEST, TEST, EPOCHS, LR = 4096, 10_000, 2000, 3, 0.01
HEAD_EPOCHS, SEEDS = 10, (0, 1, 2)
PLAIN_SGD = f"optimizer: sgd, lr: {LR}, weight_decay: 0, schedule: constant, warmup: 0, clip: null"
"""What the textbook script does."""

IMAGES = """
limits: {{train_examples: {train}, val_examples: 10, test_examples: {test}}}
matrix:
  backbone: {{name: torchvision/resnet18, weights: {weights}, image_size: 64}}
  objective: {objective}
  dataset: {{name: parquet, image: image, path: {data}/cifar10}}
  seed: {seeds}
"""
TEXTS = """
limits: {{train_examples: 2000, val_examples: 10}}
matrix:
  backbone: minilm
  objective: {{name: fine-tune, epochs: 1, lr: 5e-5}}
  dataset: {{name: csv, text: text, train: {data}/sst2/train.csv, test: {data}/sst2/test.csv}}
  seed: [{seed}]
"""
TOKENS = """
defaults: {{batch_size: 16, precision: bf16}}
matrix:
  backbone: {{name: minilm, max_length: {length}}}
  objective: {{name: fine-tune, epochs: 1, lr: 1e-4, schedule: linear}}
  dataset: {{name: json, path: {data}, task: {task}}}
  seed: [{seed}]
"""


def run(text: str, folder: Path, number: int) -> tuple[Ran, list[Record]]:
    """Run a suite into an empty results folder: nothing prepared, nothing kept."""
    suite = folder / f"suite-{number}.yaml"
    suite.write_text(text)
    results = folder / f"results-{number}"
    ran = command("-m", "bench", "run", suite, "--results", results)
    return ran, Store(results / suite.stem).records()


def accuracies(records: list[Record]) -> list[float]:
    return [record.quality["test"]["accuracy"] for record in records]


def test_fine_tuning_beats_the_textbook_script(shared_data: Path, tmp_path: Path, pairs: Pairs) -> None:
    objective = f"{{name: fine-tune, epochs: {EPOCHS}, {PLAIN_SGD}}}"
    suite = partial(
        IMAGES.format, train=TRAIN, test=WHOLE_TEST, objective=objective, weights="none", data=shared_data
    )

    def ours(number: int) -> tuple[float, float]:
        ran, records = run(suite(seeds=[number]), tmp_path, number)
        return ran.seconds, accuracies(records)[0]

    def rival(number: int) -> tuple[float, float]:
        options = ("--train", TRAIN, "--test", WHOLE_TEST, "--epochs", EPOCHS, "--lr", LR, "--seed", number)
        ran, figures = script("textbook.py", shared_data / "cifar10" / "data", *options)
        return ran.seconds, figures["accuracy"]

    rounds = pairs.run(ours, rival)
    seconds, right = zip(*rounds.ours, strict=True)
    rival_seconds, rival_right = zip(*rounds.rivals, strict=True)
    pairs.note(accuracy=list(right), rival_accuracy=list(rival_right))
    assert pairs.faster(seconds, rival_seconds) >= 1.5
    assert mean(right) >= mean(rival_right) - 0.01


def test_feature_extraction_beats_running_the_backbone_anew(
    shared_data: Path, tmp_path: Path, pairs: Pairs
) -> None:
    objective = f"{{name: feature-extract, epochs: {HEAD_EPOCHS}, {PLAIN_SGD}}}"
    weights = tmp_path / "resnet18.safetensors"
    torch.manual_seed(0)  # the same backbone in each run of this test, so that its accuracies can be compared
    save_file(resnet18().state_dict(), weights)
    text = IMAGES.format(
        train=TRAIN, test=TEST, objective=objective, weights=weights, data=shared_data, seeds=list(SEEDS)
    )

    def ours(number: int) -> tuple[float, float]:
        ran, records = run(text, tmp_path, number)
        return ran.seconds, mean(accuracies(records))

    def rival(_: int) -> tuple[float, float]:
        options = ("--train", TRAIN, "--test", TEST, "--epochs", HEAD_EPOCHS, "--lr", LR)
        frozen = ("--freeze", "--weights", weights)
        ran = [
            script("textbook.py", shared_data / "cifar10" / "data", *options, *frozen, "--seed", seed)
            for seed in SEEDS
        ]
        return sum(done.seconds for done, _ in ran), mean(figures["accuracy"] for _, figures in ran)

    rounds = pairs.run(ours, rival)
    seconds, right = zip(*rounds.ours, strict=True)
    rival_seconds, rival_right = zip(*rounds.rivals, strict=True)
    pairs.note(accuracy=list(right), rival_accuracy=list(rival_right))
    assert pairs.faster(seconds, rival_seconds) >= 15


@pytest.mark.parametrize(
    ("options", "least"), [(["--bf16", "--by-length"], 1.0), ([], 2.5)], ids=["bf16", "defaults"]
)
def test_text_trains_as_fast_as_with_hugging_face(
    options: list[str], least: float, shared_data: Path, tmp_path: Path, pairs: Pairs
) -> None:
    pytest.importorskip("accelerate", reason="needs accelerate, which Hugging Face's Trainer trains by")
    from bench_text.minilm import packaged

    def ours(number: int) -> tuple[float, float]:
        _, [record] = run(TEXTS.format(data=shared_data, seed=number), tmp_path, number)
        # As the Trainer counts: all examples over all the time, warm-up included.
        return 2000 / record.resources["throughput"]["train"]["seconds"], accuracies([record])[0]

    def rival(number: int) -> tuple[float, float]:
        _, figures = script("hf_trainer.py", packaged(), shared_data / "sst2", "--seed", number, *options)
        return figures["samples_per_s"], figures["accuracy"]

    rounds = pairs.run(ours, rival)
    rates, right = zip(*rounds.ours, strict=True)
    rival_rates, rival_right = zip(*rounds.rivals, strict=True)
    pairs.note(samples_per_s=list(rates), rival_samples_per_s=list(rival_rates))
    pairs.note(accuracy=list(right), rival_accuracy=list(rival_right))
    ratio = pairs.faster([1 / rate for rate in rates], [1 / rate for rate in rival_rates])
    assert ratio >= least
    assert mean(right) >= mean(rival_right) - 0.01


@pytest.mark.parametrize(
    ("task", "name", "examples", "length", "rival_script"),
    [
        ("token-classification", "wnut17", 320, 128, ("hf_tagger.py", "--epochs", 1)),
        ("question-answering", "squad", 80, 384, ("hf_span_finder.py",)),
    ],
    ids=["tags", "spans"],
)
def test_tokens_train_as_fast_as_with_hugging_face(
    task: str,
    name: str,
    examples: int,
    length: int,
    rival_script: tuple[str, ...],
    shared_data: Path,
    tmp_path: Path,
    pairs: Pairs,
) -> None:
    pytest.importorskip("accelerate", reason="needs accelerate, which Hugging Face's Trainer trains by")
    from bench_text.minilm import packaged

    data = tmp_path / "data"
    data.mkdir()
    train = (shared_data / name / "train.jsonl").read_text().splitlines()
    chosen = random.Random(0).sample(train, examples)
    test = (shared_data / name / "test.jsonl").read_text().splitlines()
    for split, lines in (("train", chosen), ("val", test[:10]), ("test", test[:10])):
        (data / f"{split}.jsonl").write_text("\n".join(lines))

    def ours(number: int) -> float:
        suite = TOKENS.format(data=data, task=task, length=length, seed=number)
        _, [record] = run(suite, tmp_path, number)
        return examples / record.resources["throughput"]["train"]["seconds"]

    def rival(number: int) -> float:
        script_name, *options = rival_script
        fast = ("--bf16", "--by-length", "--seed", number)
        _, figures = script(script_name, packaged(), data, *options, *fast)
        return figures["samples_per_s"]

    rounds = pairs.run(ours, rival)
    pairs.note(samples_per_s=list(rounds.ours), rival_samples_per_s=list(rounds.rivals))
    assert pairs.faster([1 / rate for rate in rounds.ours], [1 / rate for rate in rounds.rivals]) >= 1.0


def test_segmentation_beats_a_script_with_a_dataloader(
    shared_data: Path, tmp_path: Path, pairs: Pairs
) -> None:
    data = camvid(shared_data, tmp_path)
    check_scenes(SEGMENTATION.format, "plain_segmenter.py", data, "mean_iou", tmp_path, pairs)


def test_detection_beats_a_script_with_a_dataloader(shared_data: Path, tmp_path: Path, pairs: Pairs) -> None:
    suite = partial(DETECTION.format, height=144, width=192)
    check_scenes(suite, "plain_detector.py", shared_data / "bccd", "map_50", tmp_path, pairs)


def check_scenes(
    suite: Callable[..., str], rival_script: str, data: Path, figure: str, folder: Path, pairs: Pairs
) -> None:
    """Whole runs of both, the same network, are timed: the script decodes images by two workers."""
    weights = lite0(folder)

    def ours(number: int) -> tuple[float, float]:
        text = suite(weights=weights, data=data, objective=FINE_TUNE, seeds=[number], threads=THREADS)
        ran, [record] = run(text, folder, number)
        return ran.seconds, record.quality["test"][figure]

    def rival(number: int) -> tuple[float, float]:
        options = ("--epochs", scenes.EPOCHS, "--threads", THREADS, "--seed", number)
        ran, figures = script(rival_script, weights, data, *options)
        return ran.seconds, figures[figure]

    rounds = pairs.run(ours, rival, rounds=3)  # of minutes each
    seconds, quality = zip(*rounds.ours, strict=True)
    rival_seconds, rival_quality = zip(*rounds.rivals, strict=True)
    pairs.note(quality=list(quality), rival_quality=list(rival_quality))
    assert pairs.faster(seconds, rival_seconds) >= 1.3
