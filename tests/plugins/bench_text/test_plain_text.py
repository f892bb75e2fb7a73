from __future__ import annotations

import numpy as np
import pytest
import torch

import bench
from bench.testing import check
from bench.toolkit.texts import TextProcessor
from bench_text.byte_tokenizer import byte_tokenizer
from bench_text.plain_text import PlainText

TASK = PlainText()
PROCESSOR = TextProcessor(byte_tokenizer(), 16)


def test_texts_collate_with_their_documents() -> None:
    examples = [bench.Example("hello", 0), bench.Example("", 0), bench.Example("you", 7)]
    batch = TASK.collate([TASK.prepare(example, PROCESSOR) for example in examples])
    assert batch.inputs["mask"].sum(dim=1).tolist() == [7, 2, 5]
    assert batch.targets["document"].tolist() == [0, 0, 7]
    assert batch.targets["document"].dtype == torch.int64
    assert batch.size == 3


def test_samples_whose_features_are_known_need_no_inputs() -> None:
    batch = TASK.collate([bench.Sample({}, {"document": np.array(1)})])
    assert batch.inputs == {}


def test_there_is_nothing_to_predict() -> None:
    assert TASK.target is None
    info = bench.DatasetInfo({"train": 1})
    features = bench.Features(torch.zeros(1, 2))
    for ask in (
        lambda: TASK.head(None, info),
        lambda: TASK.loss(torch.nn.Identity(), features, {}),
        lambda: TASK.predict(torch.nn.Identity(), features),
        lambda: TASK.metrics(info),
    ):
        with pytest.raises(bench.UnsuitableError, match="plain text has no labels") as caught:
            ask()
        assert "\n" not in str(caught.value)


def test_it_keeps_the_contract() -> None:
    assert check(PlainText) == []
