"""Does a writer keep its contract? Tried with a little report whose names are meant to do harm."""

from __future__ import annotations

from collections.abc import Iterator

from ..api import (
    Across,
    CellTrace,
    Circumstances,
    Column,
    Comparison,
    Confusion,
    Contender,
    Extent,
    Figure,
    Interval,
    Measurement,
    Need,
    Point,
    Ranks,
    Report,
    Row,
    RowBreakdown,
    Table,
    Value,
    Verdict,
    Writer,
)
from ..registry import Registry
from ..reporting import faults_of

HOSTILE = "=../../x | <script>alert(1)</script> [a](b) {c} %s \\"

CONDITIONS: dict[str, Value] = {
    "machine": HOSTILE,
    "device": "cpu",
    "device_name": HOSTILE,
    "precision": "fp32",
    "batch_size": 32,
    "eval_batch_size": 128,
    "threads": None,
}


def check_writer(writer: Writer, registry: Registry) -> Iterator[str]:
    """Give what is wrong with a writer: what its files are called, and whether it writes the same twice."""
    report = hostile_report()
    documents = writer.write(report)
    yield from faults_of(documents)
    if not documents:
        yield "writes no document"
    if writer.write(report) != documents:
        yield "writes the same report in another way the second time"


def hostile_report() -> Report:
    """Return a report of everything that there can be, with names that must not be taken for markup."""
    quality = Column(Figure(HOSTILE, better="higher"), f"test {HOSTILE}", split="test")
    speed = Column(
        Figure(HOSTILE, "samples/s", better="higher", headline=1, by_phase=True),
        f"train_{HOSTILE}",
        phase="train",
    )
    labels = {"backbone": HOSTILE, "dataset": HOSTILE}
    rivals = [
        Contender(HOSTILE, 0.9, 0.1, 2, (1, 2), Interval(0.8, 1.0, 0.95, "recipe"), busy=1, cells=["0"]),
        Contender("b", 0.5, None, 1, (1, 4)),
        Contender("c", 0.5, 0.0, 2, (1, 4), alike=True),
        Contender("d", 0.4, 0.1, 2, (2, 4)),
        Contender("e", 0.1, 0.1, 2, (2, 4)),
    ]
    comparisons = [
        Comparison(0.4, -0.1, 0.9, 0.3, "undecided", "recipe", Need(3, 9)),
        Comparison(0.4, -0.1, 0.9, 0.3, "undecidable", "networks"),
        Comparison(0.5, 0.49, 0.51, 0.01, "same", "recipe"),
        Comparison(0.8, 0.7, 0.9, 0.01, "better", "runs"),
    ]
    measured = Measurement(0.9, 0.1, None, 2, rivals[0].interval, (1, 2))
    return Report(
        tables=[
            Table("accuracy", [quality], _rows(labels, measured)),
            Table(HOSTILE, [speed], _rows(labels, Measurement(HOSTILE))),
        ],
        summary=Table("summary", [quality], _rows(labels, Measurement(0.9, 0.1, 0.2, 2))),
        verdicts=[
            Verdict(HOSTILE, quality, rivals, "seeds", 0, "test", 0.8, comparisons, margin=0.6, examples=100),
            Verdict(HOSTILE, quality, rivals[:1], "seeds"),
        ],
        fastest=[
            Verdict(
                *(HOSTILE, speed, rivals, "runs"),
                comparisons=comparisons,
                conditions=CONDITIONS,
                encoded=True,
            )
        ],
        circumstances=Circumstances(
            suites=[HOSTILE],
            cells={"done": 2, "failed": 1},
            first="2030-01-01T00:00:00+00:00",
            last="2030-01-02T00:00:00+00:00",
            seconds=1.5,
            machines=[{HOSTILE: HOSTILE}],
            devices=[HOSTILE],
            software=[{HOSTILE: HOSTILE}],
            commits=[{"commit": HOSTILE, "dirty": True}],
            busy=1,
            extents=[
                Extent(
                    HOSTILE,
                    2,
                    (1, 3),
                    10,
                    {HOSTILE: (5, 5), "test": (4, 6)},
                    (1, 1),
                    {HOSTILE: HOSTILE},
                    {HOSTILE: 1},
                ),
            ],
            suite=f"name: {HOSTILE}\n",
        ),
        across=[
            Across(
                quality,
                datasets=[HOSTILE, "y"],
                titles=[HOSTILE, "b"],
                scores=[[0.9, 0.8], [0.1, None]],
                normalised=[1.0, 0.0],
                records=[[(0, 0, 0), (1, 0, 0)], [(0, 0, 1), (0, 0, 0)]],
                comparisons=comparisons[1:2],
                note=HOSTILE,
                ranks=Ranks({HOSTILE: 1.0, "b": 2.0}, 0.5),
            )
        ],
        cells={
            "0": CellTrace(
                *("0", 0, "failed", "cells/0.json", HOSTILE, "logs/0.log", f"{HOSTILE}\n{HOSTILE}"),
                files=[f"files/0/{HOSTILE.replace('/', '')}"],
                curve=[Point(1, {HOSTILE: 0.5}), Point(2, {HOSTILE: 0.25})],
            )
        },
        breakdowns=[
            RowBreakdown(
                *(labels, HOSTILE, "test"),
                axis=HOSTILE,
                parts=[HOSTILE, "b"],
                figures=[quality.figure],
                measurements=[[measured], [None]],
                overall=[measured],
                confusions=[Confusion(0, 0, 5), Confusion(0, 1, 2)],
                cells=["0"],
            )
        ],
    )


def _rows(labels: dict[str, str], found: Measurement) -> list[Row]:
    """Return a row with everything, and one with nothing."""
    return [
        Row(labels, "done", [found], HOSTILE, {"machine": HOSTILE}, 2, 1, 5, 1, {HOSTILE: [1]}, ["0"]),
        Row(labels, "failed", [None], missing=1, reasons={HOSTILE: [0]}),
    ]
