"""What can be said of measured figures, and how surely: arithmetic alone, nothing of records or tables.

The question is about the recipe: a fresh seed on a fresh example. Examples and seeds are crossed.
"""

from .across import compare_across, critical_difference, inconclusive, mean_ranks, normalised
from .family import Family, judge
from .jackknife import jackknife
from .scores import Scores, grouped
from .spending import spent

__all__ = [
    "Family",
    "Scores",
    "compare_across",
    "critical_difference",
    "grouped",
    "inconclusive",
    "jackknife",
    "judge",
    "mean_ranks",
    "normalised",
    "spent",
]
