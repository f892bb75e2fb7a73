"""What messages say: values, and pydantic's findings in our own words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from ..toolkit.messages import did_you_mean, one_line
from .document import Loc

LONGEST = 60
MOST_UNKNOWN = 20
"""Of more unknown keys in one place only these are named."""


def show(value: Any) -> str:
    """Return a value as a message quotes it, on one line."""
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    if isinstance(value, dict):
        return "a mapping"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str) and len(value) > LONGEST:
        return repr(value[:LONGEST] + "...")
    return repr(value)


def more_unknown(count: int) -> str:
    """Return what is said of the unknown keys that are not named, of so many in all."""
    return f"{count - MOST_UNKNOWN:,} more keys are unknown"


EXPECTED = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "string_type": "text",
    "path_type": "text",
    "list_type": "a list",
    "tuple_type": "a list",
    "set_type": "a list",
    "frozen_set_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "none_required": "null",
    "literal_error": "one of {expected}",
    "enum": "one of {expected}",
    "greater_than": "{number} above {gt}",
    "greater_than_equal": "{number} of at least {ge}",
    "less_than": "{number} below {lt}",
    "less_than_equal": "{number} of at most {le}",
    "multiple_of": "a multiple of {multiple_of}",
    "string_too_short": "text of at least {min_length} characters",
    "string_too_long": "text of at most {max_length} characters",
    "string_pattern_mismatch": "text that matches {pattern}",
    "too_short": "a list of at least {min_length}",
    "too_long": "a list of at most {max_length}",
}
"""What pydantic's types of error say a value must be."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a field; `at_key` where the key is to blame, not its value."""

    loc: Loc
    message: str
    at_key: bool = False


def findings(
    details: Iterable[ErrorDetails],
    model: type[BaseModel],
    data: Any,
    own: Iterable[str] = (),
    hint: Callable[[object, Iterable[str]], str] = did_you_mean,
) -> Iterator[Finding]:
    """Give pydantic's findings on `data`, one for each place, in words of our own.

    `own` are keys that stand beside the model's fields, for suggestions. `hint` ends the message about an
    unknown key, given it and those that are known.
    """
    unmet: dict[Loc, list[ErrorDetails]] = {}
    unknown = 0
    for detail in details:
        loc = detail["loc"]
        if detail["type"] == "missing":
            yield Finding(_within(loc[:-1], data), f"missing key {str(loc[-1])!r}")
        elif detail["type"] == "extra_forbidden":
            unknown += 1
            if unknown <= MOST_UNKNOWN:
                suggestion = hint(loc[-1], [*model.model_fields, *own]) if len(loc) == 1 else ""
                yield Finding(_within(loc, data), "unknown key" + suggestion, at_key=True)
        elif detail["type"] in EXPECTED:
            unmet.setdefault(_within(loc, data), []).append(detail)
        else:
            yield Finding(_within(loc, data), _sentence(detail))
    if unknown > MOST_UNKNOWN:
        yield Finding((), more_unknown(unknown))
    for loc, branches in unmet.items():
        # A union reports each of its branches: the one that got further into the value is meant.
        if not any(len(other) > len(loc) and other[: len(loc)] == loc for other in unmet):
            yield Finding(loc, _demand(branches, model))


def _demand(branches: list[ErrorDetails], model: type[BaseModel]) -> str:
    """Return what a value must be, any of the branches of a union."""
    expected = dict.fromkeys(_expected(detail, model) for detail in branches)
    texts = [detail.get("ctx", {}).get("expected", "") for detail in branches]
    choices = re.findall(r"'([^']*)'", " ".join(texts))
    given = branches[0]["input"]
    return f"must be {' or '.join(expected)}, not {show(given)}{did_you_mean(given, choices)}"


def _within(loc: Loc, data: Any) -> Loc:
    """Return the location in the data, without the names of union branches that pydantic weaves in."""
    kept: list[str | int] = []
    for part in loc:
        if isinstance(data, dict) and part in data:
            data = data[str(part)]
        elif isinstance(data, list) and isinstance(part, int) and part < len(data):
            data = data[part]
        else:
            continue
        kept.append(part)
    return tuple(kept)


def _expected(detail: ErrorDetails, model: type[BaseModel]) -> str:
    context = dict(detail.get("ctx", {}))
    if "expected" in context:
        context["expected"] = re.sub(r" or (?='?[^' ]*'?$)", ", ", context["expected"])
    return EXPECTED[detail["type"]].format(**context, number=_number(model, detail["loc"]))


def _number(model: type[BaseModel], loc: Loc) -> str:
    field = model.model_fields.get(str(loc[0])) if loc else None
    leaves = set(_leaves(field.annotation)) if field else set()
    return "a whole number" if int in leaves and float not in leaves else "a number"


def _leaves(annotation: Any) -> Iterator[Any]:
    inner = get_args(annotation)
    if not inner:
        yield annotation
    for part in inner:
        yield from _leaves(part)


def _sentence(detail: ErrorDetails) -> str:
    """Return what a validator said, or pydantic's own words for what is rare."""
    cause = detail.get("ctx", {}).get("error")
    text = one_line(cause if cause is not None else detail["msg"])
    return text if cause is not None else text[:1].lower() + text[1:]
