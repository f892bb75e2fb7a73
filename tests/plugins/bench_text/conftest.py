"""Tiny models of transformers, saved as their users would save them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import transformers

from tiny_models import TINY, WORDS, wordpiece


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    transformers.utils.logging.disable_progress_bar()


@pytest.fixture
def save(tmp_path: Path) -> Callable[..., Path]:
    """Saves models, tokenizers and processors into one folder."""

    def save_all(*parts: object) -> Path:
        folder = tmp_path / "model"
        for part in parts:
            part.save_pretrained(folder)
        return folder

    return save_all


@pytest.fixture
def bert_folder(save: Callable[..., Path]) -> Path:
    config = transformers.BertConfig(vocab_size=5 + len(WORDS), max_position_embeddings=32, **TINY)
    return save(transformers.BertModel(config), wordpiece())
