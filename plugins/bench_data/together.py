"""Rows whose target must go with their inputs: a tag for each word, an answer that is in its context."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bench import DataError, UnsuitableError
from bench.toolkit.answers import read_answers
from bench.toolkit.choices import check_choices, right_choice
from bench.toolkit.messages import one_line

from .words import look_at_words

if TYPE_CHECKING:
    from .parts import Part


def look_at_row(kind: str | None, inputs: Sequence[Any], target: Any) -> None:
    """Raise ValueError, which says what is wrong, for texts and a target that do not go together."""
    rule = None if kind is None else RULES.get(kind)
    if rule is not None:
        rule(inputs, target)


def check_rows(part: Part, kind: str | None, inputs: Sequence[str], label: str) -> None:
    """Raise DataError for the first row whose texts and target do not go together."""
    if kind not in RULES:
        return
    columns = [part.rows.data.column(name) for name in (*inputs, label)]
    for row, values in enumerate(zip(*columns, strict=True), 1):
        *texts, target = (value.as_py() for value in values)
        try:
            look_at_row(kind, texts, target)
        except ValueError as error:
            raise DataError(
                f"{part.where}, row {row}: {quoted_columns(inputs, label)} hold {error}"
            ) from error


def quoted_columns(inputs: Sequence[str], label: str) -> str:
    """Return what messages call the columns of a row."""
    *first, last = (f"'{name}'" for name in (*inputs, label))
    return f"columns {', '.join(first)} and {last}"


def _tags(inputs: Sequence[Any], target: Any) -> None:
    look_at_words(inputs[0], target)


def _answers(inputs: Sequence[Any], target: Any) -> None:
    other = next((text for text in inputs if not isinstance(text, str)), None)
    if other is not None:
        raise ValueError(f"{one_line(repr(other), 60)} where a text belongs")
    context = inputs[-1]
    if not context.strip():
        raise ValueError("an empty context")
    try:
        read_answers(target, context)
    except UnsuitableError as error:
        raise ValueError(f"what cannot be answers: {error}") from error


def _choice(question: Sequence[Any], answer: Any) -> None:
    check_choices(question)
    right_choice(question[1], answer)


RULES: Mapping[str, Callable[[Sequence[Any], Any], None]] = {
    "tags": _tags,
    "spans": _answers,
    "choice": _choice,
}
