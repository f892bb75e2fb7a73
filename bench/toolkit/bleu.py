"""BLEU of a whole set of texts (Papineni et al. 2002), as sacrebleu computes it (Post 2018).

The signature is `case:mixed|eff:no|tok:13a|smooth:exp`. What each output contributes are counts: they add up.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import reduce
from operator import or_

from .ngrams import Counts, counts, matches

ORDER = 4
"""The longest n-grams that are counted."""

ENTITIES = {"&quot;": '"', "&amp;": "&", "&lt;": "<", "&gt;": ">"}
SEPARATED = (
    (re.compile(r"([\{-\~\[-\` -\&\(-\+\:-\@\/])"), r" \1 "),  # signs
    (re.compile(r"([^0-9])([\.,])"), r"\1 \2 "),  # period and comma, unless a digit is before them
    (re.compile(r"([\.,])([^0-9])"), r" \1 \2"),  # ... or behind them
    (re.compile(r"([0-9])(-)"), r"\1 \2 "),  # a dash behind a digit
)
"""How mteval-v13a, which WMT uses, sets words apart."""

Row = tuple[int, ...]


def words(text: str) -> list[str]:
    """Return the words and signs of a text as mteval-v13a tells them apart."""
    text = text.rstrip().replace("<skipped>", "").replace("-\n", "").replace("\n", " ")
    for entity, sign in ENTITIES.items():
        text = text.replace(entity, sign)
    return reduce(lambda line, rule: rule[0].sub(rule[1], line), SEPARATED, f" {text} ").split()


def bleu_counts(output: str, references: Sequence[str]) -> tuple[Row, Row, Row]:
    """Return what an output contributes.

    These are its length and that of the reference which is nearest in length (the shorter of two); then for
    1 to 4 words how many n-grams are in some reference too, and how many there are.
    """
    found, wanted = words(output), [words(reference) for reference in references]
    nearest = min((abs(len(found) - len(each)), len(each)) for each in wanted)[1]
    orders = range(1, ORDER + 1)
    right = tuple(matches(counts(found, order), _most(wanted, order)) for order in orders)
    total = tuple(max(0, len(found) - order + 1) for order in orders)
    return (len(found), nearest), right, total


def _most(references: Sequence[Sequence[str]], order: int) -> Counts:
    """Return the most that each n-gram occurs in any reference."""
    return reduce(or_, (counts(reference, order) for reference in references))


def bleu(lengths: Sequence[float], right: Sequence[float], total: Sequence[float]) -> float:
    """Return BLEU, from 0 to 100, of sums of the counts.

    An order without matches counts as half a match, the next such as a quarter, and so on.
    """
    if not any(right):
        return 0.0
    logarithms, missed = 0.0, 1.0
    for some, all_of_them in zip(right, total, strict=True):
        if not all_of_them:  # an order that no output is long enough for
            return 0.0
        if not some:
            missed *= 2
        logarithms += math.log(100 * some / all_of_them if some else 100 / (missed * all_of_them))
    own, reference = lengths
    brevity = 1.0 if own >= reference else math.exp(1 - reference / own)
    return brevity * math.exp(logarithms / len(right))
