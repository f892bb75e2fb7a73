"""MiniLM on questions in jsonl with Hugging Face's Trainer: how fast it trains."""

from __future__ import annotations

import json
import tempfile

from options import parsed, parser, rows, training
from plain_squad import INPUTS, windows
from transformers import AutoModelForQuestionAnswering, AutoTokenizer, DataCollatorWithPadding, Trainer


def main() -> None:
    options = parsed(parser())
    tokenizer = AutoTokenizer.from_pretrained(options.model)
    questions = rows(options.data / "train.jsonl")
    data = [
        {name: window[name] for name in INPUTS}
        | dict(zip(("start_positions", "end_positions"), window["ends"], strict=True))
        for window in windows(tokenizer, questions)
    ]
    with tempfile.TemporaryDirectory() as folder:
        trainer = Trainer(
            model=AutoModelForQuestionAnswering.from_pretrained(options.model),
            args=training(
                options, folder, num_train_epochs=1, per_device_train_batch_size=16, learning_rate=1e-4
            ),
            train_dataset=data,
            data_collator=DataCollatorWithPadding(tokenizer),
        )
        trained = trainer.train().metrics
    # Of questions, some of which are several windows.
    print(json.dumps({"samples_per_s": len(questions) / trained["train_runtime"]}))


if __name__ == "__main__":
    main()
