"""The options that rivals share: those of the command line, and those of Hugging Face's Trainer."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import torch
from transformers import TrainingArguments, set_seed


def parser() -> argparse.ArgumentParser:
    """Return a parser of what all rivals are told; more may be added to it."""
    options = argparse.ArgumentParser()
    options.add_argument("model", type=Path, help="folder of a model, or of a tokenizer alone")
    options.add_argument("data", type=Path, help="folder with a file for each split")
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--threads", type=int)
    options.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    options.add_argument("--bf16", action="store_true")
    options.add_argument("--by-length", action="store_true", help="let the Trainer group them")
    return options


def parsed(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """Return the options, with seed and threads set.

    The Trainer sets the seed itself, but only after a model's new head was drawn.
    """
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    set_seed(options.seed)
    return options


def rows(file: Path) -> list[dict[str, Any]]:
    """Return the objects in a file of jsonl."""
    return [json.loads(line) for line in file.open()]


def autocast(options: argparse.Namespace) -> torch.autocast:
    """Return a context in which arithmetic runs in bf16 where that is asked for."""
    return torch.autocast(options.device, dtype=torch.bfloat16, enabled=options.bf16)


def moved(model: Any, options: argparse.Namespace) -> Any:
    """Return a model on the device, where tensors are made, too, from now on."""
    torch.set_default_device(options.device)
    return model.to(options.device)


def training(options: argparse.Namespace, folder: str, **own: Any) -> TrainingArguments:
    """Return the Trainer's arguments: those that all rivals give it, and some of one's own."""
    return TrainingArguments(
        folder,
        per_device_eval_batch_size=128,
        seed=options.seed,
        bf16=options.bf16,
        train_sampling_strategy="group_by_length" if options.by_length else "random",
        save_strategy="no",
        report_to="none",
        use_cpu=options.device == "cpu",
        disable_tqdm=True,
        **own,
    )
