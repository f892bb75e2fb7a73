"""MiniLM on SST-2 with Hugging Face's Trainer: by its defaults, or with bf16 and batches by length."""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np
from datasets import load_dataset
from transformers import (
    AutoModelForSequenceClassification,
    AutoTokenizer,
    DataCollatorWithPadding,
    Trainer,
    TrainingArguments,
    set_seed,
)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("model", type=Path)
    parser.add_argument("sst2", type=Path)
    parser.add_argument("--train", type=int, default=2000)
    parser.add_argument("--lr", type=float, default=5e-5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--fast", action="store_true")
    options = parser.parse_args()
    set_seed(options.seed)  # the Trainer does so itself, but only after the model's new head was drawn
    tokenizer = AutoTokenizer.from_pretrained(options.model)
    files = {"train": str(options.sst2 / "train.csv"), "test": str(options.sst2 / "test.csv")}
    data = load_dataset("csv", data_files=files)
    data["train"] = data["train"].shuffle(seed=0).select(range(options.train))
    data = data.map(lambda rows: tokenizer(rows["text"], truncation=True, max_length=128), batched=True)
    fast = {"bf16": True, "train_sampling_strategy": "group_by_length"} if options.fast else {}
    with tempfile.TemporaryDirectory() as folder:
        trainer = Trainer(
            model=AutoModelForSequenceClassification.from_pretrained(options.model, num_labels=2),
            args=TrainingArguments(
                folder,
                num_train_epochs=1,
                per_device_train_batch_size=32,
                per_device_eval_batch_size=128,
                learning_rate=options.lr,
                seed=options.seed,
                save_strategy="no",
                report_to="none",
                use_cpu=True,
                disable_tqdm=True,
                **fast,
            ),
            train_dataset=data["train"],
            eval_dataset=data["test"],
            data_collator=DataCollatorWithPadding(tokenizer),
            compute_metrics=lambda found: {
                "accuracy": float((np.argmax(found.predictions, 1) == found.label_ids).mean())
            },
        )
        trained = trainer.train().metrics
        tested = trainer.evaluate()
    figures = {"samples_per_s": trained["train_samples_per_second"], "accuracy": tested["eval_accuracy"]}
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
