"""What every plugin value promises: it can be written down, read again, and told from others."""

from __future__ import annotations

from collections.abc import Iterator

from ..api import Plugin
from ..planning.identity import canonical


def check_value(value: Plugin) -> Iterator[str]:
    """Give what is wrong with a value as a value."""
    fields = value.model_dump(mode="json")
    again = type(value).model_validate(fields)
    if again != value:
        yield "a value made from its own JSON data is another value"
    try:
        same = canonical(value.identity()) == canonical(again.identity())
    except (TypeError, ValueError) as error:
        yield f"its identity must be plain JSON data: {error}"
    else:
        if not same:
            yield "equal values have different identities"
