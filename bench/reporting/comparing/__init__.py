"""Results beside results: what changed from one to the other, how surely, and whether that is a failure."""

from .compare import compare
from .rows import Side, matched, sides_by_axis
from .text import to_text
from .tolerances import Margin, Tolerance, parse_margin, parse_tolerances
from .values import Compared

__all__ = [
    "Compared",
    "Margin",
    "Side",
    "Tolerance",
    "compare",
    "matched",
    "parse_margin",
    "parse_tolerances",
    "sides_by_axis",
    "to_text",
]
