"""Contenders over several data sets, which stand for others like them: data sets as a random factor.

Scores are `[K, D]`, of K contenders on D data sets, the higher the better; nan where there is none.
"""

from __future__ import annotations

import numpy as np
from scipy.special import stdtr, stdtrit

from ..api.comparison import Answer, Comparison
from .scores import Array

FEWEST = 3
"""Of two data sets, two differences that are equal by chance would decide."""


def compare_across(
    scores: Array, first: int = 0, *, margin: float = 0.0, alpha: float = 0.05
) -> list[Comparison]:
    """Return what one contender is to each other, in their order, on a fresh data set.

    By the differences on each data set that both have, with Student's t on one degree of freedom less. Each
    pair of all there are has its share of alpha (Bonferroni), so the first may be the one that was seen to be
    best. Limits from the studentized range would be wrong more often than alpha, as each pair has a spread of
    its own from few data sets. margin, alpha: as for `judge`.
    """
    pairs = len(scores) * (len(scores) - 1) // 2
    others = [at for at in range(len(scores)) if at != first]
    differences = [scores[first] - scores[at] for at in others]
    return [_compared(each[~np.isnan(each)], pairs, margin, alpha) for each in differences]


def normalised(scores: Array) -> Array:
    """Return the mean over data sets of scores that are scaled so that the worst has 0 and the best 1, `[K]`.

    Where all have the same, all have 1. Each data set has a score at least, and so has each contender.
    """
    above = scores - np.nanmin(scores, axis=0)
    highest = np.nanmax(above, axis=0)
    scaled = np.where(highest > 0, above / np.where(highest > 0, highest, 1.0), above + 1.0)
    means: Array = np.nanmean(scaled, axis=1)
    return means


def inconclusive(datasets: int, alpha: float = 0.05) -> str:
    """Return what cannot be concluded from so few data sets; empty if nothing."""
    if datasets < FEWEST:
        return f"nothing can be concluded of other data sets; {FEWEST} or more of them would say something"
    smallest = 2.0 ** (1 - datasets)
    if smallest <= alpha:
        return ""
    return (
        f"of {datasets} data sets no rank test can reach {alpha:.2g}: the least p of the signed-rank and the "
        f"sign test is {smallest:.2g}; what is said of other data sets rests on differences being normally "
        "distributed"
    )


def mean_ranks(scores: Array) -> Array:
    """Return the mean over data sets of each contender's rank, 1 for the best, `[K]`; ties share theirs.

    All have a score on each data set.
    """
    others = scores[:, None]
    ranks = (scores < others).sum(axis=0) + ((scores == others).sum(axis=0) + 1) / 2
    means: Array = ranks.mean(axis=1)
    return means


def critical_difference(contenders: int, datasets: int, alpha: float = 0.05) -> float:
    """Return by how much mean ranks must differ in Nemenyi's test (Demsar 2006): for a picture, no more.

    What is better by ranks hangs on which other contenders take part.
    """
    from scipy import stats  # takes half a second, and only this needs it

    studentized = stats.studentized_range.ppf(1 - alpha, contenders, np.inf)
    return float(studentized * np.sqrt(contenders * (contenders + 1) / (12 * datasets)))


def _compared(differences: Array, pairs: int, margin: float, alpha: float) -> Comparison:
    freedom = len(differences) - 1
    difference = float(differences.mean()) if len(differences) else 0.0
    if len(differences) < FEWEST:
        return Comparison(difference, -np.inf, np.inf, 1.0, "undecidable", "datasets")
    error = float(differences.std(ddof=1) / np.sqrt(len(differences)))
    reach = error * float(-stdtrit(freedom, alpha / pairs / 2))
    p = min(1.0, 2 * pairs * float(stdtr(freedom, -_ratio(abs(difference), error))))
    answer: Answer = "undecided"
    if abs(difference) + error * float(-stdtrit(freedom, alpha / pairs)) < margin:
        answer = "same"
    elif p <= alpha:
        answer = "better" if difference > 0 else "worse"
    return Comparison(difference, difference - reach, difference + reach, p, answer, "datasets")


def _ratio(part: float, whole: float) -> float:
    """Return one by the other, where 0 by 0 is 0."""
    return part / whole if whole else np.inf if part else 0.0
