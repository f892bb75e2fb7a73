"""Similarities of images and texts, and what they are learnt by."""

from __future__ import annotations

import math

import pytest
import torch
import transformers
from torch.nn.functional import cross_entropy, logsigmoid, normalize

import bench
from bench.toolkit.image_text import ImageTextHead, Similarity, contrastive_loss, first_rows, rows_in_order
from two_towers import TWO_TOWERS

SOFTMAX = Similarity(torch.tensor(1.5))
SIGMOID = Similarity(torch.tensor([1.5]), torch.tensor([-2.0]))


def vectors(count: int, seed: int) -> torch.Tensor:
    return normalize(torch.randn(count, 4, generator=torch.Generator().manual_seed(seed)), dim=1)


def test_logits_are_scaled_cosines_and_a_bias() -> None:
    images, texts = vectors(2, 0), vectors(3, 1)
    for similarity, bias in ((SOFTMAX, 0.0), (SIGMOID, -2.0)):
        for image, row in zip(images, similarity(images, texts), strict=True):
            for text, logit in zip(texts, row, strict=True):
                cosine = sum(a * b for a, b in zip(image.tolist(), text.tolist(), strict=True))
                assert logit.item() == pytest.approx(cosine * math.exp(1.5) + bias, abs=1e-5)


@pytest.mark.parametrize("kind", ["clip", "siglip"])
def test_the_loss_of_pairs_is_that_of_transformers(kind: str) -> None:
    torch.manual_seed(0)
    shape = TWO_TOWERS[kind]
    config = transformers.AutoConfig.for_model(
        kind, **{**shape, "text_config": {**shape["text_config"], "vocab_size": 50, "eos_token_id": 49}}
    )
    model = transformers.AutoModel.from_config(config).eval()
    length = config.text_config.max_position_embeddings
    ids = torch.randint(3, 49, (5, length))
    ids[:, -1] = 49
    with torch.no_grad():
        output = model(input_ids=ids, pixel_values=torch.randn(5, 3, 32, 32), return_loss=True)
        found = Similarity(model.logit_scale, getattr(model, "logit_bias", None)).loss(
            output.image_embeds, output.text_embeds, torch.arange(5)
        )
    torch.testing.assert_close(found, output.loss, atol=1e-5, rtol=1e-5)


def test_other_texts_about_an_image_are_not_wrong() -> None:
    images, texts, owners = vectors(2, 0), vectors(3, 1), [0, 0, 1]
    logits = SOFTMAX(images, texts)
    by_image = [
        cross_entropy(logits[owner, [at for at in range(3) if at == own or owners[at] != owner]][None], right)
        for own, owner in enumerate(owners)
        for right in [torch.tensor([0 if owner == 0 else 2])]
    ]
    by_text = [cross_entropy(logits[:, at][None], torch.tensor([owner])) for at, owner in enumerate(owners)]
    expected = (sum(by_image) / 3 + sum(by_text) / 3) / 2
    torch.testing.assert_close(SOFTMAX.loss(images, texts, torch.tensor(owners)), expected)


def test_each_pair_is_right_or_wrong_by_sigmoids() -> None:
    images, texts, owners = vectors(2, 0), vectors(3, 1), [0, 0, 1]
    logits = SIGMOID(images, texts)
    terms = [
        logsigmoid(logits[image, at] * (1 if image == owner else -1))
        for image in range(2)
        for at, owner in enumerate(owners)
    ]
    torch.testing.assert_close(SIGMOID.loss(images, texts, torch.tensor(owners)), -sum(terms) / 3)


def test_texts_stand_behind_their_images() -> None:
    counts = torch.tensor([2, 0, 1])
    assert rows_in_order(counts).tolist() == [0, 3, 4, 1, 2, 5]
    assert first_rows(counts + 1).tolist() == [True, False, False, True, True, False]


def test_vectors_are_of_images_first_and_layers_begin_as_the_identity() -> None:
    head, pooled = ImageTextHead(4, SOFTMAX), 3 * vectors(5, 0)
    rows = torch.tensor([2, 3])
    torch.testing.assert_close(head(bench.Features(pooled, rows=rows)), normalize(pooled, dim=1))
    with torch.no_grad():
        head.texts.matrix.mul_(-1)
    signs = torch.tensor([1.0, -1.0, 1.0, -1.0, -1.0])[:, None]
    torch.testing.assert_close(head(bench.Features(pooled, rows=rows)), signs * normalize(pooled, dim=1))
    torch.testing.assert_close(head(bench.Features(pooled)), normalize(pooled, dim=1))


def test_images_alone_are_not_learned_from() -> None:
    with pytest.raises(bench.UnsuitableError, match="only images with texts"):
        contrastive_loss(ImageTextHead(4, SOFTMAX), bench.Features(vectors(2, 0)))
