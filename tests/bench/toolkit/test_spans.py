"""The likeliest span is the one that trying all of them finds."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.functional import cross_entropy

from bench import Features
from bench.toolkit.alignment import Window
from bench.toolkit.spans import best_spans, end_to_end, locate, places, span_loss


def window(question: int, context: list[tuple[int, int]]) -> Window:
    """[first] question [between] context [after], a character each of the question."""
    text = [-1, *[0] * question, -1, *[1] * len(context), -1]
    pieces = [(0, 0), *((at, at + 1) for at in range(question)), (0, 0), *context, (0, 0)]
    begin, end = np.array(pieces, np.int32).T
    ids = np.arange(len(text), dtype=np.int32)
    return Window(ids, ids * 0, np.array(text, np.int32), begin, end, ids * 0 - 1)


WINDOWS = st.lists(st.integers(0, 6), min_size=1, max_size=3).map(
    lambda sizes: [
        window(2, [(3 * n + at, 3 * n + at + 1) for at in range(size)]) for n, size in enumerate(sizes)
    ]
)


@given(WINDOWS, st.integers(1, 4), st.integers(0, 2**31))
def test_the_best_of_all_spans(windows: list[Window], longest: int, seed: int) -> None:
    found = places(windows)
    tokens = {name: torch.from_numpy(values)[None] for name, values in found.items()}
    start, stop = torch.randn((2, 1, len(found["begin"])), generator=torch.Generator().manual_seed(seed))
    spans = best_spans(start, stop, tokens, longest)
    offset, every, nulls = 0, [], []
    for own in windows:
        nulls.append(float(start[0, offset] + stop[0, offset]))
        context = np.flatnonzero(own.text == 1)
        for first in context:
            for last in context[(context >= first) & (context < first + longest)]:
                total = float(start[0, offset + first] + stop[0, offset + last])
                every.append((total, int(own.begin[first]), int(own.end[last])))
        offset += len(own.ids)
    assert float(spans.null[0]) == min(nulls)
    if every:
        assert (float(spans.score[0]), int(spans.begin[0]), int(spans.end[0])) == max(every)
    else:
        assert int(spans.end[0]) <= int(spans.begin[0])


def test_spans_do_not_depend_on_the_batch() -> None:
    short, long = (
        [window(1, [(0, 1), (1, 2)])],
        [window(1, [(n, n + 1) for n in range(9)]), window(1, [(9, 12)])],
    )
    rows = [places(short), places(long)]
    logits = [torch.randn(2, len(row["begin"]), generator=torch.Generator().manual_seed(1)) for row in rows]
    width = len(rows[1]["begin"])
    together = {
        name: torch.stack([torch.from_numpy(np.pad(row[name], (0, width - len(row[name])))) for row in rows])
        for name in rows[0]
    }
    starts, stops = torch.stack(
        [torch.nn.functional.pad(own, (0, width - own.shape[1])) for own in logits], dim=1
    )
    both = best_spans(starts, stops, together, 3)
    for number, row in enumerate(rows):
        alone = best_spans(
            *logits[number][:, None], {name: torch.from_numpy(value)[None] for name, value in row.items()}, 3
        )
        for name in ("begin", "end", "score", "null"):
            assert torch.equal(getattr(both, name)[number], getattr(alone, name)[0])


def test_an_answer_is_found_in_the_windows_that_hold_all_of_it() -> None:
    own = window(2, [(0, 3), (4, 7), (7, 8), (10, 12)])
    assert locate(own, 4, 8) == (5, 6)
    assert locate(own, 5, 6) == (5, 5)
    assert locate(own, 0, 12) == (4, 7)
    assert locate(own, 10, 15) == (0, 0)
    assert locate(window(2, [(10, 12)]), 8, 12) == (0, 0)
    assert locate(window(2, []), 0, 1) == (0, 0)


def test_characters_of_several_tokens() -> None:
    own = window(0, [(0, 1), (1, 2), (1, 2), (1, 2), (2, 3)])
    assert locate(own, 1, 2) == (3, 5)


def test_windows_end_to_end_and_their_loss() -> None:
    mask = torch.tensor([[True] * 3, [True, True, False], [True] * 3])
    logits = torch.randn(3, 3, 2)
    features = Features(torch.empty(0), (), mask, torch.tensor([2, 1]))
    joined = end_to_end(logits, features)
    assert torch.equal(joined[0], torch.cat([logits[0], logits[1, :2]]))
    assert torch.equal(joined[1], torch.cat([logits[2], torch.zeros(2, 2)]))
    targets = {"first": torch.tensor([[1, 0], [2, 0]]), "last": torch.tensor([[2, 0], [2, 0]])}
    ends = [((logits[0], 1, 2)), (logits[1, :2], 0, 0), (logits[2], 2, 2)]
    expected = [
        cross_entropy(own[:, end], torch.tensor(place[end])) for own, *place in ends for end in (0, 1)
    ]
    assert torch.allclose(span_loss(logits, features, targets), torch.stack(expected).mean())
