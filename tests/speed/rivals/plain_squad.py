"""MiniLM on questions in jsonl as a bare loop over transformers' own model, scored by torchmetrics."""

from __future__ import annotations

import argparse
import json
from typing import Any

import torch
from batches import batches, padded
from options import autocast, moved, parsed, parser, rows
from torch.optim.lr_scheduler import LambdaLR
from torchmetrics.text import SQuAD
from transformers import AutoModelForQuestionAnswering, AutoTokenizer

LENGTH, STRIDE, LONGEST, BATCH, EPOCHS, LR = 384, 128, 30, 16, 2, 1e-4
INPUTS = ("input_ids", "token_type_ids", "attention_mask")


def main() -> None:
    options = parsed(parser())
    tokenizer = AutoTokenizer.from_pretrained(options.model)
    model = moved(AutoModelForQuestionAnswering.from_pretrained(options.model), options)
    # A new head as torch draws it. transformers draws smaller ones, with which so few steps teach less: over
    # three seeds 2.6 points less of exact match.
    model.qa_outputs.reset_parameters()
    train, test = (rows(options.data / f"{split}.jsonl") for split in ("train", "test"))
    learn(model, windows(tokenizer, train), options)
    with autocast(options):
        print(json.dumps(scores(model, windows(tokenizer, test), test)))


def windows(tokenizer: Any, questions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    encoded = tokenizer(
        [row["question"] for row in questions],
        [row["context"] for row in questions],
        truncation="only_second",
        max_length=LENGTH,
        stride=STRIDE,
        return_overflowing_tokens=True,
        return_offsets_mapping=True,
    )
    found = []
    for at, example in enumerate(encoded["overflow_to_sample_mapping"]):
        context = [token for token, origin in enumerate(encoded.sequence_ids(at)) if origin == 1]
        offsets = encoded["offset_mapping"][at]
        answers = questions[example]["answers"]
        begin = answers["answer_start"][0]
        end = begin + len(answers["text"][0])
        first = [token for token in context if offsets[token][0] <= begin < offsets[token][1]]
        last = [token for token in context if offsets[token][0] < end <= offsets[token][1]]
        found.append(
            {
                "example": example,
                "input_ids": encoded["input_ids"][at],
                "token_type_ids": encoded["token_type_ids"][at],
                "attention_mask": encoded["attention_mask"][at],
                "offsets": {token: offsets[token] for token in context},
                "ends": (first[0], last[0]) if first and last else (0, 0),
            }
        )
    return found


def batch_of(own: list[dict[str, Any]]) -> dict[str, torch.Tensor]:
    return {name: padded([window[name] for window in own], 0) for name in INPUTS}


def size(window: dict[str, Any]) -> int:
    return len(window["input_ids"])


def learn(model: Any, read: list[dict[str, Any]], options: argparse.Namespace) -> None:
    model.train()
    steps = EPOCHS * -(-len(read) // BATCH)
    optimiser = torch.optim.AdamW(model.parameters(), lr=LR, weight_decay=0.01)
    warm = steps // 10
    schedule = LambdaLR(
        optimiser, lambda step: step / warm if step < warm else (steps - step) / (steps - warm)
    )
    for _ in range(EPOCHS):
        for own in batches(read, BATCH, size):
            first, last = torch.tensor([window["ends"] for window in own]).T
            with autocast(options):
                loss = model(**batch_of(own), start_positions=first, end_positions=last).loss
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            optimiser.zero_grad()
            schedule.step()


@torch.inference_mode()
def scores(model: Any, read: list[dict[str, Any]], examples: list[dict[str, Any]]) -> dict[str, float]:
    model.eval()
    best: dict[int, tuple[float, str]] = {}
    read = sorted(read, key=size)
    for at in range(0, len(read), 64):
        own = read[at : at + 64]
        output = model(**batch_of(own))
        for row, start, end in zip(own, output.start_logits.float(), output.end_logits.float(), strict=True):
            offsets, context = row["offsets"], examples[row["example"]]["context"]
            places = torch.tensor(list(offsets))
            sums = start[places][:, None] + end[places]
            allowed = torch.ones_like(sums).triu().tril(LONGEST - 1).bool()
            place = int(sums.masked_fill(~allowed, -torch.inf).argmax())
            first, last = (int(places[part]) for part in divmod(place, len(places)))
            found = (float(start[first] + end[last]), context[offsets[first][0] : offsets[last][1]])
            best[row["example"]] = max(best.get(row["example"], found), found)
    metric = SQuAD()
    metric.update(
        [{"prediction_text": text, "id": str(number)} for number, (_, text) in best.items()],
        [{"answers": examples[number]["answers"], "id": str(number)} for number in best],
    )
    return {name: float(value) for name, value in metric.compute().items()}


if __name__ == "__main__":
    main()
