"""MiniLM on tags of words in jsonl with Hugging Face's Trainer, scored by seqeval."""

from __future__ import annotations

import json
import tempfile
from typing import Any

import numpy as np
from datasets import load_dataset
from options import parsed, parser, training
from seqeval.metrics import f1_score
from transformers import (
    AutoModelForTokenClassification,
    AutoTokenizer,
    DataCollatorForTokenClassification,
    Trainer,
)


def main() -> None:
    asked = parser()
    asked.add_argument("--epochs", type=int, default=3)
    options = parsed(asked)
    tokenizer = AutoTokenizer.from_pretrained(options.model)
    files = {split: str(options.data / f"{split}.jsonl") for split in ("train", "test")}
    data = load_dataset("json", data_files=files)
    names = sorted({tag for split in data.values() for row in split["ner_tags"] for tag in row})

    def prepare(rows: dict[str, Any]) -> Any:
        tokens = tokenizer(rows["tokens"], is_split_into_words=True, truncation=True, max_length=128)
        tokens["labels"] = [
            _labels(tokens.word_ids(at), tags, names) for at, tags in enumerate(rows["ner_tags"])
        ]
        return tokens

    data = data.map(prepare, batched=True, remove_columns=data["train"].column_names)
    with tempfile.TemporaryDirectory() as folder:
        trainer = Trainer(
            model=AutoModelForTokenClassification.from_pretrained(options.model, num_labels=len(names)),
            args=training(
                options,
                folder,
                num_train_epochs=options.epochs,
                per_device_train_batch_size=16,
                learning_rate=1e-4,
                weight_decay=0.01,
                lr_scheduler_type="linear",
                warmup_steps=0.1,
            ),
            train_dataset=data["train"],
            data_collator=DataCollatorForTokenClassification(tokenizer),
        )
        trained = trainer.train().metrics
        found = trainer.predict(data["test"])
    truth, answers = [], []
    for logits, labels in zip(found.predictions, found.label_ids, strict=True):
        own = labels >= 0
        truth.append([names[label] for label in labels[own]])
        answers.append([names[label] for label in np.argmax(logits, axis=1)[own]])
    figures = {"samples_per_s": trained["train_samples_per_second"], "f1": float(f1_score(truth, answers))}
    print(json.dumps(figures))


def _labels(words: list[int | None], tags: list[str], names: list[str]) -> list[int]:
    first = [at for at, word in enumerate(words) if word is not None and words[:at].count(word) == 0]
    return [names.index(tags[words[at] or 0]) if at in first else -100 for at in range(len(words))]


if __name__ == "__main__":
    main()
