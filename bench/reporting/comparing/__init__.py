"""Results beside results: what changed from one to another, how surely, and whether that is a failure."""

from .compared import compare
from .data import to_data
from .rows import Side, sides_by_axis
from .text import to_markdown_page, to_text
from .tolerances import ALIKE, Amount, Margins, Tolerance, parse_margins, parse_tolerances
from .values import Compared

__all__ = [
    "ALIKE",
    "Amount",
    "Compared",
    "Margins",
    "Side",
    "Tolerance",
    "compare",
    "parse_margins",
    "parse_tolerances",
    "sides_by_axis",
    "to_data",
    "to_markdown_page",
    "to_text",
]
