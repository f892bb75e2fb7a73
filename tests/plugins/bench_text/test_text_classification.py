from __future__ import annotations

import numpy as np
import torch

import bench
from bench.toolkit.texts import TextProcessor
from bench_text.byte_tokenizer import byte_tokenizer
from bench_text.text_classification import TextClassification

TASK = TextClassification()
PROCESSOR = TextProcessor(byte_tokenizer(), 16, types=True)


def test_a_sample_holds_tokens_and_label() -> None:
    sample = TASK.prepare(bench.Example("hi", 2), PROCESSOR)
    assert set(sample.inputs) == {"ids", "types"}
    assert sample.targets["label"] == np.int64(2)


def test_texts_and_pairs_collate_to_padded_batches() -> None:
    examples = [bench.Example("hello", 0), bench.Example(("a", "b"), 1), bench.Example("", 1)]
    batch = TASK.collate([TASK.prepare(example, PROCESSOR) for example in examples])
    assert batch.inputs["ids"].shape == batch.inputs["mask"].shape == batch.inputs["types"].shape == (3, 7)
    assert batch.inputs["mask"].sum(dim=1).tolist() == [7, 5, 2]
    assert batch.inputs["types"][1].tolist() == [0, 0, 0, 1, 1, 0, 0]
    assert batch.targets["label"].tolist() == [0, 1, 1]
    assert batch.targets["label"].dtype == torch.int64
    assert batch.size == 3


def test_samples_whose_features_are_known_need_no_inputs() -> None:
    batch = TASK.collate([bench.Sample({}, {"label": np.array(1)})])
    assert batch.inputs == {}
    assert batch.targets["label"].tolist() == [1]
