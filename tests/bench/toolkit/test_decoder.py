"""The small decoder: what is kept changes nothing, nor does company, nor padding."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from bench import Features
from bench.toolkit.decoder import TransformerDecoder
from bench.toolkit.generation import IGNORED

LIMIT = 12


@pytest.fixture
def decoder() -> TransformerDecoder:
    torch.set_num_threads(1)
    torch.manual_seed(6)
    made = TransformerDecoder(6, 9, layers=2, width=16, heads=4, dropout=0.1).eval()
    with torch.no_grad():
        made.table.weight.mul_(0.1)  # or it would only repeat itself
        for parameter in made.layers.parameters():
            parameter.mul_(2)
    return made


@pytest.fixture
def features() -> Features:
    lengths = torch.tensor([7, 2, 5, 1, 6, 3])
    states = torch.randn(6, 7, 6, generator=torch.Generator().manual_seed(1))
    return Features(torch.empty(0), (states,), torch.arange(7) < lengths[:, None])


def only(features: Features, at: int) -> Features:
    assert features.mask is not None
    length = int(features.mask[at].sum())
    return Features(
        torch.empty(0), (features.maps[0][at : at + 1, :length],), features.mask[at : at + 1, :length]
    )


def again_and_again(decoder: TransformerDecoder, features: Features) -> list[int]:
    """The text that is written where all is computed again for each token."""
    text: list[int] = []
    while len(text) < LIMIT:
        ids = torch.tensor([text], dtype=torch.long)
        logits, _ = decoder(features, ids, torch.ones_like(ids, dtype=torch.bool))
        token = int(logits[0, -1].argmax())
        if token == decoder.boundary:
            break
        text.append(token)
    return text


@torch.no_grad()
def test_what_is_kept_changes_nothing(decoder: TransformerDecoder, features: Features) -> None:
    texts = decoder.generate(features, LIMIT, None)
    assert texts == [again_and_again(decoder, only(features, at)) for at in range(6)]
    assert len(set(map(len, texts))) > 1


@torch.no_grad()
@pytest.mark.parametrize("beams", [1, 3])
def test_a_batch_writes_what_each_writes_alone(
    decoder: TransformerDecoder, features: Features, beams: int
) -> None:
    alone = [decoder.generate(only(features, at), LIMIT, beams)[0] for at in range(6)]
    assert decoder.generate(features, LIMIT, beams) == alone


@torch.no_grad()
def test_beams_find_what_is_likelier(decoder: TransformerDecoder, features: Features) -> None:
    def score(text: list[int], at: int) -> Tensor:
        ids = torch.tensor([text], dtype=torch.long)
        logits, wanted = decoder(only(features, at), ids, torch.ones_like(ids, dtype=torch.bool))
        own = slice(None, LIMIT)
        chances = logits[0].log_softmax(-1).gather(1, wanted[0][:, None])[own]
        return chances.mean()

    simple, searched = (decoder.generate(features, LIMIT, beams) for beams in (1, 4))
    assert simple != searched
    gains = [score(searched[at], at) - score(simple[at], at) for at in range(6)]
    assert sum(gains) > 0


def test_each_text_ends_where_it_ends(decoder: TransformerDecoder, features: Features) -> None:
    ids = torch.tensor([[1, 2, 3], [4, 0, 0]] * 3)
    mask = torch.tensor([[True, True, True], [True, False, False]] * 3)
    logits, wanted = decoder(features, ids, mask)
    assert logits.shape == (6, 4, 10)
    end = decoder.boundary
    assert wanted[:2].tolist() == [[1, 2, 3, end], [4, end, IGNORED, IGNORED]]
    logits.sum().backward()
    assert all(parameter.grad is not None for parameter in decoder.parameters())


def test_no_token_sees_a_later_one(decoder: TransformerDecoder, features: Features) -> None:
    ids = torch.tensor([[1, 2, 3, 4]] * 6)
    other = torch.tensor([[1, 2, 5, 6]] * 6)
    mask = torch.ones_like(ids, dtype=torch.bool)
    one, two = decoder(features, ids, mask)[0], decoder(features, other, mask)[0]
    torch.testing.assert_close(one[:, :3], two[:, :3])
    assert not torch.allclose(one[:, 3:], two[:, 3:])
