"""What to run next where the evidence cannot decide, as commands that can be pasted."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count, islice

from ...planning.seeds import spelled_seeds
from ...planning.titles import NAMED
from ...records.results import Results
from ...toolkit.rendering import plain
from ..standings import Replicates
from .values import Option, Pick, Step, Wish, spelled

RUNS = 5
"""How many runs of a cell tell its speed."""

SEEDS = 3
"""How many seeds of a row tell their spread."""

MOST_SEEDS = 20
"""What more seeds than these would have to tell apart is so close that it makes no difference."""

MISSING = "SUITE.yaml"
"""What a command names where results do not hold their suite."""

ROWS = 2
"""How many rows are run again at most, beside the one to take; those that come next."""


@dataclass(frozen=True)
class Question:
    """What is open, of which rows, and how many seeds, or runs of each seed, may tell; 0 if none would."""

    why: str
    rows: Sequence[Replicates]
    seeds: int = 0
    runs: int = 0


def with_next(pick: Pick, rows: Sequence[Replicates], results: Results, wish: Wish) -> Pick:
    """Return a pick with what remains open, and the commands that may tell."""
    by_title = {row.title: row for row in rows}
    questions = [*_on_limits(pick, by_title), *_on_rivals(pick, by_title)]
    return replace(pick, next=[_step(question, results, wish) for question in questions])


def _on_limits(pick: Pick, rows: Mapping[str, Replicates]) -> Iterator[Question]:
    """Give what must be known of rows that may be within the limits, and would then be the one to take."""
    promising = [
        option for option in pick.options if option.state == "open" and _would_be_taken(option, pick)
    ]
    promising.sort(key=lambda option: option.excess)
    for of_quality in (False, True):
        concerned = [
            option
            for option in promising
            if any(bool(item.column.split) is of_quality for item in option.held if item.standing == "open")
        ][:ROWS]
        found = [rows[option.title] for option in concerned]
        if found:
            why = f"whether {_named(concerned)} {'is' if len(found) == 1 else 'are'} within the limits"
            yield _more_seeds(why, found) if of_quality else _more_runs(why, found)


def _would_be_taken(option: Option, pick: Pick) -> bool:
    if pick.taken is None:
        return True
    mine, best = (each.values.get(pick.chosen_on) for each in (option, pick.taken))
    if mine is None or best is None:
        return False
    return mine < best if pick.column.figure.better == "lower" else mine > best


def _on_rivals(pick: Pick, rows: Mapping[str, Replicates]) -> Iterator[Question]:
    """Give what must be known of rows that may be better than the one to take."""
    taken = pick.taken
    pairs = [(option, option.comparison) for option in pick.options if option.comparison is not None]
    rivals = [(option, found) for option, found in pairs if found.answer in ("undecided", "undecidable")]
    if taken is None or not rivals:
        return
    first, found = rivals[0]
    why = f"whether {taken.title} or {first.title} is better"
    involved = [rows[taken.title], rows[first.title]]
    if not pick.column.split:
        yield _more_runs(why, involved)
    elif found.need is None:
        yield _more_seeds(why, involved)
    elif found.need.low is None or found.need.high is None:
        yield Question(f"{why}: more {pick.column.split} examples would tell, not more seeds", [])
    elif found.need.low > MOST_SEEDS:
        yield Question(f"{why}: that would take more than {MOST_SEEDS} seeds of each", [])
    else:
        yield Question(
            f"{why}: {_range(found.need.low, found.need.high)} seeds of each may tell",
            involved,
            min(found.need.high, MOST_SEEDS),
        )


def _range(low: int, high: int) -> str:
    return f"{low} to {high}" if low < high else str(low)


def _more_runs(why: str, rows: Sequence[Replicates]) -> Question:
    runs = max(RUNS, 2 * max(record.runs for row in rows for record in row.done))
    return Question(f"{why}: {runs} runs of each seed may tell", rows, runs=runs)


def _more_seeds(why: str, rows: Sequence[Replicates]) -> Question:
    seeds = max(SEEDS, 2 * max(len(row.done) for row in rows))
    return Question(f"{why}: {seeds} seeds may tell", rows, seeds=seeds)


def _named(options: Sequence[Option]) -> str:
    return " and ".join(option.title for option in options)


def _step(question: Question, results: Results, wish: Wish) -> Step:
    """Return what is open with the command that measures it and picks again."""
    runs = [line for row in question.rows if (line := _run(row, question, results, wish))]
    if not runs:
        return Step(question.why, "")
    kept = all(results.store(row.done[0]).suite_path.is_file() for row in question.rows)
    why = question.why if kept else f"{question.why}; {MISSING} stands for the suite, which was not kept"
    return Step(why, " && ".join([*runs, _pick(results, wish)]))


def _run(row: Replicates, question: Question, results: Results, wish: Wish) -> str:
    """Return the command that runs more seeds of a row, or its seeds more often; empty if it has enough."""
    used = [record.seed for record in row.done]
    new = list(islice((seed for seed in count() if seed not in used), max(0, question.seeds - len(used))))
    seeds = used if question.runs else new
    if not seeds:
        return ""
    record = row.done[0]
    store = results.store(record)
    suite = str(store.suite_path) if store.suite_path.is_file() else MISSING
    folder = store.folder if store.folder.name not in ("", "..") else store.folder.resolve()
    labels = [name if axis in NAMED else f"{axis} {name}" for axis, name in record.labels.items()]
    return _quoted(
        ["bench", "run", suite, "--results", str(folder.parent), "--set", f"name={folder.name}"]
        + ["--seed", spelled_seeds(list(dict.fromkeys(seeds)))]
        + (["--repeat", str(question.runs)] if question.runs else [])
        + _plugins(wish)
        # With what follows the labels in a cell's title, no longer title is meant too.
        + ["--only", " · ".join([*labels, "seed"])]
    )


def _pick(results: Results, wish: Wish) -> str:
    return _quoted(
        ["bench", "pick", *(str(store.folder) for store in results.stores)]
        + (["--dataset", wish.dataset] if wish.dataset else [])
        + [part for limit in wish.limits for part in limit.option.split(" ", 1)]
        + (["--for", wish.goal] if wish.goal else [])
        + (["--margin", spelled(wish.margin)] if wish.margin else [])
        + _plugins(wish)
        + ["--look", str(wish.look + 1)]
    )


def _plugins(wish: Wish) -> list[str]:
    return [part for file in wish.plugins for part in ("--plugin", file)]


def _quoted(words: Sequence[str]) -> str:
    return shlex.join(map(plain, words))
