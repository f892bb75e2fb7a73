"""What authors of tasks over images and texts reuse: how well both go together, by the vectors of each.

An encoder of both has a native part with the role `similarity`. It reads images (`pixels`) and texts (`ids`,
`mask`), each alone or both at once: its features are then those of the images and, behind them, of the texts,
or in the `order` that it is given, int64 `[R]`.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, logsigmoid, normalize

from ..api import Encoder, Features, Sample
from ..errors import UnsuitableError
from .texts import collate_tokens
from .training import evaluating
from .vector_heads import VectorHead

SIMILARITY = "similarity"
"""The role of the native part of encoders that compare images with texts (`NativePart`)."""


class Similarity(nn.Module):
    """Logits of images and texts: their cosines, times the exponential of `log_scale`, and a bias if any.

    With a bias they are of whether one image and one text belong together (SigLIP, Zhai et al. 2023); without
    one, of which of several do (CLIP, Radford et al. 2021). That is how it learns, too.
    """

    def __init__(self, log_scale: Tensor, bias: Tensor | None = None) -> None:
        super().__init__()
        self.log_scale = nn.Parameter(log_scale.detach().clone().float().reshape(()))
        self.bias = None if bias is None else nn.Parameter(bias.detach().clone().float().reshape(()))

    def forward(self, images: Tensor, texts: Tensor) -> Tensor:
        """Return the logits, float32 `[N, T]`, of vectors of length 1, `[N, D]` and `[T, D]`."""
        with torch.autocast(images.device.type, enabled=False):
            logits = images.float() @ texts.float().T * self.log_scale.exp()
        return logits if self.bias is None else logits + self.bias

    def loss(self, images: Tensor, texts: Tensor, owners: Tensor) -> Tensor:
        """Return the contrastive loss of a batch, a scalar; text t is about image `owners[t]`, int64 `[T]`.

        The other texts about an image are neither right nor wrong where one of them is to be found.
        """
        logits = self(images, texts)
        if self.bias is not None:
            own = owners == torch.arange(len(images), device=owners.device)[:, None]
            return -logsigmoid(torch.where(own, logits, -logits)).sum() / len(texts)
        places = torch.arange(len(texts), device=owners.device)
        others = (owners[:, None] == owners) & (places[:, None] != places)
        by_image = cross_entropy(logits[owners].masked_fill(others, -torch.inf), places)
        return (by_image + cross_entropy(logits.T, owners)) / 2


def native_similarity(encoder: Encoder) -> Similarity | None:
    """Return a copy of what an encoder compares images and texts with; None if it does not."""
    for part in encoder.native:
        built = part.build() if part.role == SIMILARITY else None
        if isinstance(built, Similarity):
            return built
    return None


class ZeroShotHead(nn.Module):
    """Logits of classes, each of which is a text: how similar an image is to it."""

    texts: Tensor

    def __init__(self, similarity: Similarity, texts: Tensor) -> None:
        super().__init__()
        self.similarity = similarity
        self.register_buffer("texts", texts)

    def forward(self, features: Features) -> Tensor:
        """Return the logits, float32 `[N, C]`."""
        logits: Tensor = self.similarity(normalize(features.pooled.float(), dim=1), self.texts)
        return logits


def zero_shot_head(encoder: Encoder, classes: Sequence[str], prompt: str) -> ZeroShotHead | None:
    """Return a head that knows classes by their names; None where the encoder does not read texts.

    The text of a class is the prompt with its name in place of `{}`.
    """
    similarity = native_similarity(encoder)
    if similarity is None or not classes:
        return None
    texts = [prompt.replace("{}", name) for name in classes]
    return ZeroShotHead(similarity, text_vectors(encoder, texts))


@torch.no_grad()
def text_vectors(encoder: Encoder, texts: Sequence[str]) -> Tensor:
    """Return the vectors of texts, of length 1, float32 `[T, D]`."""
    device = next(encoder.parameters()).device
    with evaluating(encoder):
        vectors = [encoder(_inputs(encoder, text, device)).pooled.float() for text in texts]
    return normalize(torch.cat(vectors), dim=1)


def _inputs(encoder: Encoder, text: str, device: torch.device) -> dict[str, Tensor]:
    inputs = collate_tokens([Sample(encoder.processor(text), {})])
    return {name: tensor.to(device) for name, tensor in inputs.items()}


class ImageTextHead(nn.Module):
    """Vectors of length 1 of images and of texts, each behind a linear layer that begins as the identity.

    As in `VectorHead`, the layers learn over frozen features alone. Where an example is several rows, its
    first is an image and the others are texts; otherwise each is an image.
    """

    def __init__(self, width: int, similarity: Similarity) -> None:
        super().__init__()
        self.images = VectorHead(width)
        self.texts = VectorHead(width)
        self.similarity = similarity

    def forward(self, features: Features) -> Tensor:
        """Return the vectors, float32 `[R, D]`."""
        if features.rows is None:
            vectors: Tensor = self.images(features)
            return vectors
        first = first_rows(features.rows).to(features.pooled.device)
        images, texts = self.images(features), self.texts(features)
        return torch.where(first[:, None], images, texts)


def first_rows(rows: Tensor) -> Tensor:
    """Tell which rows are the first of an example, bool `[R]`, given how many each has, int64 `[N]`."""
    first = torch.zeros(int(rows.sum()), dtype=torch.bool, device=rows.device)
    first[rows.cumsum(0) - rows] = True
    return first


def rows_in_order(texts: Tensor) -> Tensor:
    """Return the order that puts the texts of each image behind it, int64 `[N + T]`.

    `texts` says how many each has, int64 `[N]`; the order is of all images and, behind these, all texts.
    """
    images = torch.arange(len(texts))
    return torch.cat([images, images.repeat_interleave(texts)]).argsort(stable=True)


def contrastive_loss(head: ImageTextHead, features: Features) -> Tensor:
    """Return the loss of an `ImageTextHead` over a batch of images with their texts, a scalar."""
    rows = features.rows
    if rows is None:
        raise UnsuitableError("only images with texts can be learned from")
    vectors, rows = head(features), rows.to(features.pooled.device)
    first = first_rows(rows)
    owners = torch.arange(len(rows), device=rows.device).repeat_interleave(rows - 1)
    return head.similarity.loss(vectors[first], vectors[~first], owners)
