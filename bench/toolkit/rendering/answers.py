"""What a verdict decides, in words that are never more certain than the data."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from ...api import Answer, Comparison, Contender, Verdict
from .text import number, number_like, with_spread

LISTED = 4
"""How many of those that cannot be told apart are named."""


@dataclass(frozen=True)
class Words:
    """What it is called to come first, to be ahead and to be behind; `lead` has room for by how much."""

    wins: str
    ahead: str
    behind: str
    lead: str


BEST = Words("is best", "better", "worse", "{} ahead of")
FASTEST = Words("is fastest", "faster", "slower", "{} times as fast as")


def answer(found: Verdict, words: Words) -> str:
    """Return who comes first, or between whom it is undecided and what would decide it."""
    if not found.rivals:
        return f"only {_told(found.best, found)} was measured"
    clauses = [_victory(found, words)] if found.winner else list(_open(found, words))
    return "; ".join([*clauses, *_reservations(found)])


def _victory(found: Verdict, words: Words) -> str:
    (rival, comparison), *others = found.rivals
    lead = words.lead.format(_difference(found, comparison))
    told = f"{_told(found.best, found)} {words.wins}, surely "
    if not others:
        return f"{told}{lead} {_told(rival, found)}"
    return f"{told}{words.ahead} than all {len(others) + 1} others, {lead} the next, {_told(rival, found)}"


def _open(found: Verdict, words: Words) -> Iterator[str]:
    """Give a clause for each answer but `better`; the best is told in full in the first."""
    name = _told(found.best, found)
    beaten = len(found.those("better"))
    rest = f" ({_others(beaten)} surely {words.behind})" if beaten else ""
    for kind in ("worse", "undecided", "same", "undecidable"):
        pairs = [(rival, item) for rival, item in found.rivals if item.answer == kind]
        if pairs:
            yield _clause(kind, name, pairs, found, words) + rest + _needs(pairs, found)
            name, rest = found.best.title, ""


def _clause(
    kind: Answer, name: str, pairs: Sequence[tuple[Contender, Comparison]], found: Verdict, words: Words
) -> str:
    rivals = [rival for rival, _ in pairs]
    # Of what nothing is known there is not much to tell.
    named = _listed([_told(rival, found) for rival in rivals], 1 if kind == "undecidable" else LISTED)
    each = "each of " if len(rivals) > 1 else ""
    if kind == "worse":
        return f"{name} is surely {words.behind} than {named}"
    if kind == "same":
        return f"{name} is the same within {found.margin:g} as {named}"
    if kind == "undecided":
        return f"undecided between {name} and {each}{named}"
    return f"{_counted([found.best, *rivals], found)} cannot decide between {name} and {each}{named}"


def _needs(pairs: Sequence[tuple[Contender, Comparison]], found: Verdict) -> str:
    """Return what it would take to decide between all of these."""
    needs = [comparison.need for _, comparison in pairs if comparison.need is not None]
    seeds = [(need.low, need.high) for need in needs if need.low is not None and need.high is not None]
    if not needs:
        return ""
    if not seeds and found.over == "runs":
        return "; more runs would hardly tell"
    if not seeds:
        return f"; more {found.column.split} examples, not more seeds, would tell"
    # All of them need as many as the one that needs the most; some are told with fewer.
    few = len(seeds) < len(needs)
    low, high = min(seeds) if few else (max(ends) for ends in zip(*seeds, strict=True))
    count = f"{low} to {high}" if low < high else f"{low}"
    told = f"; {count} {found.over} each might tell"
    if few and found.over == "runs":
        return f"{told} some of them"
    if few:
        return f"{told} some of them, more {found.column.split} examples the others"
    return f"{told} ({_range([found.best.n, *(rival.n for rival, _ in pairs)])} now)"


def _reservations(found: Verdict) -> Iterator[str]:
    """Give what must be said for the answers not to claim too much."""
    bases = {item.basis for item in found.comparisons if item.answer != "undecidable"}
    if "networks" in bases:
        once = " (one seed each)" if all(rival.n == 1 for rival in found.contenders) else ""
        yield f"this holds for these trained networks only{once}"
    if "seeds" in bases:
        yield f"this holds for these {found.column.split} examples only"
    if found.corrected is not None:
        shown = number(found.best.mean)
        corrected = number_like(shown, found.corrected)
        if corrected != shown:
            yield f"being chosen by this very figure flatters {found.best.title}: expect about {corrected}"


def _told(contender: Contender, found: Verdict) -> str:
    unit = f" {found.column.figure.unit}" if found.over == "runs" else ""
    value = with_spread(contender.mean, None if contender.alike else contender.spread) + unit
    told = [value]
    if contender is found.best or contender.n != found.best.n or contender.alike:
        told.append(_plural(contender.n, found.over))
    if contender.alike:
        told.append("all alike")
    if contender.busy:
        told.append(f"the machine busy in {contender.busy}")
    if contender is found.best and found.chosen_on not in ("", found.column.split):
        told.append(f"chosen on {found.chosen_on}")
    return f"{contender.title} ({', '.join(told)})"


def _difference(found: Verdict, comparison: Comparison) -> str:
    """Return by how much the best is ahead, and from what to what that may truly be."""
    ends = comparison.low, comparison.high
    if found.over == "runs":
        return f"{comparison.difference:.2f} ({ends[0]:.2f} to {ends[1]:.2f})"
    shown = number(found.best.mean)
    low, high = sorted(map(abs, ends))
    told, *reach = (number_like(shown, value) for value in (abs(comparison.difference), low, high))
    return f"{told} ({' to '.join(reach)})"


def _counted(contenders: Sequence[Contender], found: Verdict) -> str:
    counts = {contender.n for contender in contenders}
    each = " each" if len(counts) == 1 else ""
    return f"{_range(counts)} {_noun(max(counts), found.over)}{each}"


def _range(counts: Collection[int]) -> str:
    low, high = min(counts), max(counts)
    return f"{low} to {high}" if low < high else f"{low}"


def _plural(count: int, noun: str) -> str:
    return f"{count} {_noun(count, noun)}"


def _noun(count: int, nouns: str) -> str:
    return nouns.removesuffix("s") if count == 1 else nouns


def _others(count: int) -> str:
    return f"{count} other is" if count == 1 else f"{count} others are"


def _listed(names: list[str], most: int) -> str:
    if len(names) > most + 1:
        names[most:] = [f"{len(names) - most} more"]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
