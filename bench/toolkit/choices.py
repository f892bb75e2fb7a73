"""Questions with choices: which is right, and how a question and each of its choices become tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .messages import one_line

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..api import Inputs
    from .texts import TextProcessor

SHOWN = 60


def check_choices(question: Any) -> None:
    """Raise ValueError, which says what is wrong, unless it is a text and a list of at least two others."""
    prompt, choices = question if isinstance(question, list | tuple) and len(question) == 2 else (None, None)
    if prompt is None:
        raise ValueError("no text with choices; name two columns, as in `text: [question, choices]`")
    if not isinstance(prompt, str):
        raise ValueError(f"{_shown(prompt)} where the text of the question belongs")
    if not isinstance(choices, list | tuple):
        raise ValueError(f"{_shown(choices)} where a list of choices belongs")
    if len(choices) < 2:
        raise ValueError(f"{'a single choice' if choices else 'no choices'}; there must be two at least")
    for choice in choices:
        if not isinstance(choice, str) or not choice.strip():
            raise ValueError(f"the choice {_shown(choice)}, which is no text")


def right_choice(choices: Sequence[str], answer: Any) -> int:
    """Return the index of the right choice, given as that, in digits too, or as its text.

    Raises ValueError, which says what is wrong with it.
    """
    if isinstance(answer, str) and (count := choices.count(answer)):
        if count > 1:
            raise ValueError(f"the answer {_shown(answer)}, which is {count} of the choices")
        return choices.index(answer)
    if isinstance(answer, str) and answer.isascii() and answer.isdigit():
        answer = int(answer)
    if isinstance(answer, int) and not isinstance(answer, bool) and 0 <= answer < len(choices):
        return answer
    what = f"is none of the {len(choices)} choices, nor the index of one, counted from 0"
    raise ValueError(f"the answer {_shown(answer)}, which {what}")


def _shown(value: Any) -> str:
    return one_line(repr(value), SHOWN)


@dataclass(frozen=True)
class ChoiceRow:
    """A question with one of its choices: `ids` and `types`, and which tokens are the choice's, `[L]` each.

    cut: whether the question, or even the choice, has lost its beginning, to fit into what the encoder takes.
    """

    ids: NDArray[np.int32]
    types: NDArray[np.int32]
    chosen: NDArray[np.bool_]
    cut: bool


def row_of(processor: TextProcessor, prompt: str, choice: str) -> ChoiceRow:
    """Return the tokens of a question and a choice.

    They are a pair to tokenizers that end a text and set pairs apart with tokens of their own, as BERT's;
    and one text with a space between them to others, as those of causal language models. Then the choice's
    tokens are those that reach beyond the question, without the white space at its end.
    """
    pair = processor.vocabulary.pair
    return (
        _as_pair(processor, prompt, choice)
        if pair.between and pair.after
        else _as_one(processor, prompt, choice)
    )


def _as_pair(processor: TextProcessor, prompt: str, choice: str) -> ChoiceRow:
    import numpy as np

    pair = processor.vocabulary.pair
    room = processor.max_length - pair.extra
    first, second = _tokens(processor, prompt)[0], _tokens(processor, choice)[0][-room:]
    kept = first[len(first) - min(len(first), room - len(second)) :]
    joined = pair.join(kept.astype(np.int64), second.astype(np.int64))
    chosen = np.zeros(len(joined["ids"]), dtype=np.bool_)
    begin = len(pair.before) + len(kept) + len(pair.between)
    chosen[begin : begin + len(second)] = True
    cut = len(kept) < len(first)
    return ChoiceRow(joined["ids"].astype(np.int32), joined["types"].astype(np.int32), chosen, cut)


def _as_one(processor: TextProcessor, prompt: str, choice: str) -> ChoiceRow:
    import numpy as np

    before = np.array(processor.vocabulary.pair.before, dtype=np.int32)
    room = processor.max_length - len(before)
    tokens, ends = _tokens(processor, f"{prompt} {choice}")
    ids = np.concatenate([before, tokens[-room:]])
    chosen = np.concatenate([np.zeros(len(before), np.bool_), ends[-room:] > len(prompt.rstrip())])
    return ChoiceRow(ids, np.zeros_like(ids), chosen, len(tokens) > room)


def _tokens(processor: TextProcessor, text: str) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return all tokens of a text, without those of the tokenizer's own, and where each ends in it."""
    import numpy as np

    windows = processor.windows(text, stride=0)
    own = [window.text >= 0 for window in windows]
    ids = [window.ids[mask] for window, mask in zip(windows, own, strict=True)]
    ends = [window.end[mask] for window, mask in zip(windows, own, strict=True)]
    return np.concatenate(ids), np.concatenate(ends)


def pack_rows(rows: Sequence[ChoiceRow], processor: TextProcessor) -> Inputs:
    """Return the rows of a question end to end, as `bench.toolkit.windows.pack` does."""
    from .windows import end_to_end

    named = [
        {"ids": row.ids, **({"types": row.types.astype("uint8")} if processor.types else {})} for row in rows
    ]
    packed = end_to_end(named)
    packed.remark = f"cut to {processor.max_length} tokens" if any(row.cut for row in rows) else ""
    return packed
