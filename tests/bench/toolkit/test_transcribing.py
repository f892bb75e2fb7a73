from __future__ import annotations

import math
from itertools import product

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from bench import Features
from bench.toolkit.sounds import mask_of
from bench.toolkit.transcribing import ByteCtcHead, greedy_outputs, mean_ctc_loss


def features(states: torch.Tensor, lengths: list[int] | None = None) -> Features:
    mask = None if lengths is None else mask_of(torch.tensor(lengths), states.shape[1])
    return Features(states.mean(dim=1), (states,), mask)


def written(path, blank=0):
    """What a path of outputs stands for, by the definition."""
    return [
        output
        for place, output in enumerate(path)
        if output != blank and (not place or output != path[place - 1])
    ]


@pytest.mark.parametrize("wanted", [[1], [1, 1], [2, 1], [1, 2, 1]])
@pytest.mark.parametrize("blank", [0, 3])
def test_the_loss_is_that_of_all_paths(wanted, blank):
    wanted = [output if blank == 0 else output - 1 for output in wanted]
    logits = torch.randn(1, 4, 4, generator=torch.Generator().manual_seed(1))
    chances = logits[0].softmax(dim=-1)
    likelihood = sum(
        math.prod(float(chances[place, output]) for place, output in enumerate(path))
        for path in product(range(4), repeat=4)
        if written(path, blank) == wanted
    )
    loss = mean_ctc_loss(logits, features(logits), [wanted], blank)
    assert float(loss) == pytest.approx(-math.log(likelihood) / len(wanted), rel=1e-5)


def test_states_that_do_not_count_change_nothing():
    logits = torch.randn(2, 7, 4)
    together = mean_ctc_loss(logits, features(logits, [7, 4]), [[1, 2], [3]])
    alone = [
        mean_ctc_loss(logits[:1], features(logits[:1]), [[1, 2]]),
        mean_ctc_loss(logits[1:, :4], features(logits[1:, :4]), [[3]]),
    ]
    torch.testing.assert_close(together, torch.stack(alone).mean())


def test_a_text_for_which_there_is_no_room_teaches_nothing():
    logits = torch.randn(1, 2, 4, requires_grad=True)
    loss = mean_ctc_loss(logits, features(logits), [[1, 2, 3]])
    loss.backward()
    assert loss.item() == 0
    assert not logits.grad.any()


@settings(deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=9), min_size=1, max_size=3), st.integers(0, 2)
)
def test_greedy_reading(paths, blank):
    longest = max(map(len, paths))
    logits = torch.zeros(len(paths), longest, 3)
    for row, path in enumerate(paths):
        logits[row, range(len(path)), path] = 1
        logits[row, len(path) :, 2] = 1
    found = greedy_outputs(logits, features(logits, [*map(len, paths)]), blank)
    assert found == [written(path, blank) for path in paths]


def test_bytes_are_read_as_utf8():
    head = ByteCtcHead(4)
    for text in ("hello", "Grüße 你好", "aab"):
        outputs = [output for byte in text.encode() for output in (1 + byte, 0)]
        states = torch.nn.functional.one_hot(torch.tensor([outputs]), 257).float()
        head.linear = torch.nn.Identity()
        head.normalise = lambda seen: seen
        assert head.texts(features(states)) == [text]


def test_half_a_character_is_left_out():
    head = ByteCtcHead(4)
    head.linear, head.normalise = torch.nn.Identity(), lambda seen: seen
    outputs = [1 + byte for byte in "aé".encode()[:2]]
    assert head.texts(features(torch.nn.functional.one_hot(torch.tensor([outputs]), 257).float())) == ["a"]


def test_learning_to_write():
    torch.manual_seed(0)
    head, states = ByteCtcHead(32), torch.randn(2, 30, 32)
    seen = features(states, [30, 20])
    optimiser = torch.optim.Adam(head.parameters(), lr=0.05)
    for _ in range(150):
        optimiser.zero_grad()
        head.loss(seen, ["one two", "drei"]).backward()
        optimiser.step()
    assert head.texts(seen) == ["one two", "drei"]
