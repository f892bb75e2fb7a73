"""A small transformer on pairs of sentences in jsonl, a bare loop with torch's own decoder, by sacrebleu."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterator
from typing import Any

import torch
from batches import batches, padded
from options import autocast, moved, parsed, parser, rows
from sacrebleu.metrics import BLEU
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.optim.lr_scheduler import LambdaLR
from transformers import AutoModel, AutoTokenizer, BertConfig

WIDTH, LAYERS, HEADS, DROPOUT, SMOOTHING = 128, 2, 4, 0.1, 0.1
LENGTH, BATCH, LR = 64, 64, 2e-3
Pair = tuple[list[int], list[int]]


class Translator(nn.Module):
    """An encoder of transformers, and torch's decoder; texts begin and end with the token `boundary`."""

    def __init__(self, tokens: int) -> None:
        super().__init__()
        self.boundary = tokens
        config = BertConfig(
            vocab_size=tokens,
            hidden_size=WIDTH,
            num_hidden_layers=LAYERS,
            num_attention_heads=HEADS,
            intermediate_size=4 * WIDTH,
        )
        self.encoder = AutoModel.from_config(config, add_pooling_layer=False)
        self.table = nn.Embedding(tokens + 1, WIDTH)
        nn.init.normal_(self.table.weight, std=WIDTH**-0.5)
        layer = nn.TransformerDecoderLayer(
            WIDTH, HEADS, 4 * WIDTH, DROPOUT, "gelu", batch_first=True, norm_first=True
        )
        layer.self_attn.dropout = layer.multihead_attn.dropout = layer.dropout.p = 0.0
        self.decoder = nn.TransformerDecoder(layer, LAYERS, nn.LayerNorm(WIDTH))
        for part in self.decoder.layers:
            part.linear1.reset_parameters()  # copies of one layer would begin alike
            part.linear2.reset_parameters()
            for attention in (part.self_attn, part.multihead_attn):
                attention._reset_parameters()
        self.dropout = nn.Dropout(DROPOUT)

    def read(self, ids: Tensor, mask: Tensor) -> Tensor:
        return self.encoder(input_ids=ids, attention_mask=mask.long()).last_hidden_state

    def forward(self, states: Tensor, mask: Tensor, before: Tensor) -> Tensor:
        length = before.shape[1]
        places = torch.arange(length)[:, None]
        rates = torch.exp(torch.arange(0, WIDTH, 2) * (-math.log(10_000) / WIDTH))
        where = torch.cat([(places * rates).sin(), (places * rates).cos()], dim=-1)
        later = torch.ones(length, length).triu(1).bool()
        hidden = self.decoder(
            self.dropout(self.table(before) * math.sqrt(WIDTH) + where),
            states,
            tgt_mask=later,
            memory_key_padding_mask=~mask,
            tgt_is_causal=True,
        )
        return hidden @ self.table.weight.T


def main() -> None:
    asked = parser()
    asked.add_argument("--steps", type=int, required=True)
    options = parsed(asked)
    tokenizer = AutoTokenizer.from_pretrained(options.model)
    train, test = (rows(options.data / f"{split}.jsonl") for split in ("train", "test"))
    model = moved(Translator(len(tokenizer)), options)
    learn(model, [pair(tokenizer, row) for row in train], options)
    with autocast(options):
        texts = translate(model, tokenizer, [row["en"] for row in test])
    score = BLEU().corpus_score(texts, [[row["de"] for row in test]]).score
    print(json.dumps({"bleu": score}))


def pair(tokenizer: Any, row: dict[str, str]) -> Pair:
    written = tokenizer(row["de"], add_special_tokens=False).input_ids
    return tokenizer(row["en"]).input_ids, written[:LENGTH]


def epochs(pairs: list[Pair]) -> Iterator[list[Pair]]:
    while True:
        yield from batches(pairs, BATCH, lambda pair: len(pair[0]))


def learn(model: Translator, pairs: list[Pair], options: argparse.Namespace) -> None:
    steps = options.steps
    model.train()
    matrices = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim == 1]
    optimiser = torch.optim.AdamW(
        [{"params": matrices, "weight_decay": 0.01}, {"params": others, "weight_decay": 0.0}], lr=LR
    )
    warm = round(0.1 * steps)
    schedule = LambdaLR(
        optimiser,
        lambda step: (
            (step + 1) / warm
            if step < warm
            else 0.5 * (1 + math.cos(math.pi * (step - warm) / (steps - warm)))
        ),
    )
    for _, batch in zip(range(steps), epochs(pairs), strict=False):
        read = padded([source for source, _ in batch], 0)
        mask = padded([[1] * len(source) for source, _ in batch], 0).bool()
        before = padded([[model.boundary, *target] for _, target in batch], model.boundary)
        wanted = padded([[*target, model.boundary] for _, target in batch], -100)
        with autocast(options):
            logits = model(model.read(read, mask), mask, before)
            loss = cross_entropy(logits.flatten(0, 1), wanted.flatten(), label_smoothing=SMOOTHING)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad()
        schedule.step()


@torch.inference_mode()
def translate(model: Translator, tokenizer: Any, texts: list[str]) -> list[str]:
    model.eval()
    order = sorted(range(len(texts)), key=lambda number: len(texts[number]))
    found: dict[int, str] = {}
    for at in range(0, len(order), 128):
        own = order[at : at + 128]
        rows = [tokenizer(texts[number]).input_ids for number in own]
        mask = padded([[1] * len(row) for row in rows], 0).bool()
        states = model.read(padded(rows, 0), mask)
        written = torch.full((len(own), 1), model.boundary)
        ended = torch.zeros(len(own), dtype=torch.bool)
        while not ended.all() and written.shape[1] <= LENGTH:
            token = model(states, mask, written)[:, -1].argmax(dim=-1)
            ended |= token == model.boundary
            written = torch.cat([written, token.masked_fill(ended, model.boundary)[:, None]], dim=1)
        for number, row in zip(own, written.tolist(), strict=True):
            found[number] = tokenizer.decode([token for token in row if token != model.boundary])
    return [found[number] for number in range(len(texts))]


if __name__ == "__main__":
    main()
