"""MiniLM on SST-2 with Hugging Face's Trainer: by its defaults, or with bf16 and batches by length."""

from __future__ import annotations

import json
import tempfile

import numpy as np
from datasets import load_dataset
from options import parsed, parser, training
from transformers import (
    AutoModelForSequenceClassification,
    AutoTokenizer,
    DataCollatorWithPadding,
    Trainer,
)


def main() -> None:
    asked = parser()
    asked.add_argument("--train", type=int, default=2000)
    asked.add_argument("--lr", type=float, default=5e-5)
    options = parsed(asked)
    tokenizer = AutoTokenizer.from_pretrained(options.model)
    files = {split: str(options.data / f"{split}.csv") for split in ("train", "test")}
    data = load_dataset("csv", data_files=files)
    data["train"] = data["train"].shuffle(seed=0).select(range(options.train))
    data = data.map(lambda rows: tokenizer(rows["text"], truncation=True, max_length=128), batched=True)
    with tempfile.TemporaryDirectory() as folder:
        trainer = Trainer(
            model=AutoModelForSequenceClassification.from_pretrained(options.model, num_labels=2),
            args=training(
                options,
                folder,
                num_train_epochs=1,
                per_device_train_batch_size=32,
                learning_rate=options.lr,
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
