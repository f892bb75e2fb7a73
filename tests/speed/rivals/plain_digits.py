"""Spoken digits in parquet by a plain loop: a convolutional network of log-mel spectra; classes, or CTC."""

from __future__ import annotations

import argparse
import io
import json
import math
from itertools import pairwise
from pathlib import Path
from typing import Any

import jiwer
import soundfile
import torch
from datasets import Audio, load_dataset
from options import moved, parsed
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, ctc_loss
from torch.nn.utils.rnn import pad_sequence
from torch.optim.lr_scheduler import LambdaLR
from transformers.audio_utils import mel_filter_bank

RATE, WINDOW, HOP, BANDS, WIDTH, BATCH, WARMUP = 8000, 200, 80, 64, 128, 32, 0.1
LETTERS = "_abcdefghijklmnopqrstuvwxyz"


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("data", type=Path)
    asked.add_argument("--words", action="store_true")
    asked.add_argument("--epochs", type=int, required=True)
    asked.add_argument("--lr", type=float, required=True)
    asked.add_argument("--seed", type=int, default=0)
    asked.add_argument("--threads", type=int)
    asked.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    options = parsed(asked)
    answer = "text" if options.words else "label"
    train, test = (read(options.data, split, answer) for split in ("train", "test"))
    model = moved(Network(len(LETTERS) if options.words else 10, words=options.words), options)
    learn(model, train, options)
    print(json.dumps(scores(model, test, words=options.words)))


def read(data: Path, split: str, answer: str) -> list[tuple[Tensor, Any]]:
    files = [str(path) for path in sorted(data.glob(f"{split}*"))]
    rows = load_dataset("parquet", data_files=files, split="train").cast_column("audio", Audio(decode=False))
    return [(spectrum(row["audio"]["bytes"]), row[answer]) for row in rows]


def spectrum(content: bytes) -> Tensor:
    wave = torch.from_numpy(soundfile.read(io.BytesIO(content), dtype="float32")[0])
    power = torch.stft(wave, WINDOW, HOP, window=torch.hann_window(WINDOW), return_complex=True).abs() ** 2
    filters = mel_filter_bank(1 + WINDOW // 2, BANDS, 0, RATE / 2, RATE, norm="slaney", mel_scale="slaney")
    mel = (torch.from_numpy(filters).float().T @ power).clamp(min=1e-10).log10()
    return ((mel - mel.mean()) / mel.std()).T


class Network(nn.Module):
    def __init__(self, outputs: int, *, words: bool) -> None:
        super().__init__()
        self.words = words
        widths, layers = [1, WIDTH // 8, WIDTH // 8, WIDTH // 4, WIDTH // 4], []
        for at, (one, other) in enumerate(pairwise(widths)):
            stride = (1 if at else 2, 2)
            conv = nn.Conv2d(one, other, 3, stride=stride, padding=1, bias=False)
            layers += [conv, nn.BatchNorm2d(other), nn.ReLU()]
        self.layers = nn.Sequential(*layers)
        last = nn.Conv1d(widths[-1] * BANDS // 16, WIDTH, 3, padding=1, bias=False)
        self.last = nn.Sequential(last, nn.BatchNorm1d(WIDTH), nn.ReLU())
        self.context = nn.ModuleList(
            nn.Sequential(
                nn.Conv1d(WIDTH, WIDTH, 3, dilation=step, padding=step, bias=False),
                nn.BatchNorm1d(WIDTH),
                nn.ReLU(),
            )
            for step in (1, 2, 4)
        )
        self.output = nn.Linear(WIDTH, outputs)

    def forward(self, spectra: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        maps = self.layers(spectra[:, None])
        states = self.last(maps.transpose(2, 3).flatten(1, 2))
        for layer in self.context:
            states = states + layer(states)
        states = states.transpose(1, 2)
        counts = (lengths + 1) // 2
        if self.words:
            return self.output(states).log_softmax(dim=-1), counts
        mask = (torch.arange(states.shape[1]) < counts[:, None]).float()[:, :, None]
        return self.output((states * mask).sum(dim=1) / mask.sum(dim=1)), counts


def batch_of(rows: list[tuple[Tensor, Any]]) -> tuple[Tensor, Tensor]:
    spectra = [spectrum for spectrum, _ in rows]
    padded = pad_sequence(spectra, batch_first=True).to(torch.get_default_device())
    return padded, torch.tensor([len(spectrum) for spectrum in spectra])


def learn(model: Network, train: list[tuple[Tensor, Any]], options: argparse.Namespace) -> None:
    optimiser = torch.optim.AdamW(model.parameters(), lr=options.lr, weight_decay=0.01)
    steps = options.epochs * -(-len(train) // BATCH)
    warm = WARMUP * steps

    def rate(step: int) -> float:
        share = (step - warm) / (steps - warm)
        return (step + 1) / warm if step < warm else 0.5 * (1 + math.cos(math.pi * share))

    course = LambdaLR(optimiser, rate)
    model.train()
    for _ in range(options.epochs):
        for chosen in torch.randperm(len(train)).split(BATCH):
            rows = [train[at] for at in chosen.tolist()]
            found, counts = model(*batch_of(rows))
            loss = loss_of(found, counts, [answer for _, answer in rows], words=model.words)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            optimiser.zero_grad()
            course.step()


def loss_of(found: Tensor, counts: Tensor, answers: list[Any], *, words: bool) -> Tensor:
    if not words:
        return cross_entropy(found, torch.tensor(answers))
    wanted = torch.tensor([LETTERS.index(letter) for word in answers for letter in word])
    lengths = torch.tensor([len(word) for word in answers])
    return ctc_loss(found.transpose(0, 1), wanted, counts, lengths, zero_infinity=True)


@torch.no_grad()
def scores(model: Network, test: list[tuple[Tensor, Any]], *, words: bool) -> dict[str, float]:
    model.eval()
    outputs = [model(*batch_of([row]))[0][0].argmax(dim=-1) for row in test]
    answers = [answer for _, answer in test]
    if not words:
        right = [int(output) == answer for output, answer in zip(outputs, answers, strict=True)]
        return {"accuracy": sum(right) / len(right)}
    texts = ["".join(LETTERS[at] for at in out.unique_consecutive().tolist() if at) for out in outputs]
    return {"word_error_rate": jiwer.wer(answers, texts), "character_error_rate": jiwer.cer(answers, texts)}


if __name__ == "__main__":
    main()
