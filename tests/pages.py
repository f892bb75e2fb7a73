"""Reports as values, of any size, to try writers with."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from random import Random
from typing import Any

from bench import (
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
    Report,
    Row,
    RowBreakdown,
    Table,
    Verdict,
)

ACCURACY = Column(Figure("accuracy", better="higher"), "test accuracy", split="test")
VAL = Column(Figure("accuracy", better="higher"), "val accuracy", split="val")
SPEED = Figure("samples_per_s", "samples/s", better="higher", headline=1, by_phase=True)
TRAIN = Column(SPEED, "train_samples_per_s", "train")
LATENCY = Column(Figure("latency_ms_p50", "ms", better="lower", headline=3), "latency_ms_p50")
MEMORY = Column(
    Figure("peak_mib", "MiB", better="lower", headline=4, by_phase=True), "train_peak_mib", "train"
)
SECONDS = Column(Figure("seconds", "s", better="lower", by_phase=True), "train_seconds", "train")
ENCODE = Column(SPEED, "encode_samples_per_s", "encode")
METHOD = Column(Figure("method"), "method")
SUITE = "backbone: [timm/resnet18]\nobjective: [fine-tune]\ndataset: [digits]\nseeds: [0, 1, 2]\n"
LOG = 'Traceback (most recent call last):\n  File "train.py", line 3, in step\nRuntimeError: out of memory'

BACKBONES = ("timm/resnet18", "cifar/resnet20 (CIFAR-10)", "torchvision/mobilenet_v3_small", "hf/bert-mini")
OBJECTIVES = ("fine-tune", "feature-extract", "gradual-unfreeze")


@dataclass(frozen=True)
class Shape:
    """How large a report is: rows of each data set, cells of each row, columns beside those above."""

    datasets: Sequence[str] = ("digits",)
    rows: int = 6
    seeds: int = 3
    columns: int = 10
    points: int = 60
    failing: int = 1


def report(shape: Shape = Shape()) -> Report:
    """A report whose figures are random, but the same each time."""
    random = Random(0)
    rows = [row for dataset in shape.datasets for row in _rows(random, dataset, shape)]
    extra = [Column(Figure(f"extra_{at}"), f"extra_{at}") for at in range(shape.columns)]
    resources = [TRAIN, ENCODE, LATENCY, MEMORY, SECONDS, METHOD, *extra]
    quality = _table("accuracy", [ACCURACY, VAL], rows)
    cells = {cell: trace for row in rows for cell, trace in _traces(random, row, shape)}
    done = sum(trace.status == "done" for trace in cells.values())
    return Report(
        tables=[quality, _table("throughput", resources, rows)],
        summary=_table("summary", [ACCURACY, VAL, TRAIN, ENCODE, LATENCY, MEMORY], rows),
        verdicts=[found for name in shape.datasets if (found := _verdict(name, rows))],
        fastest=[],
        across=[_across(shape, rows)] if len(shape.datasets) > 1 and shape.rows > shape.failing else [],
        circumstances=Circumstances(
            ["vision"],
            {"done": done, **({"failed": len(cells) - done} if len(cells) > done else {})},
            "2030-01-01T09:00:00+00:00",
            "2030-01-01T10:30:00+00:00",
            5400.0,
            machines=[{"id": "m1", "processor": "A processor", "cores": 8}],
            devices=["A processor"],
            software=[{"python": "3.12", "torch": "2.14"}],
            commits=[{"commit": "abc", "dirty": False}],
            suite=SUITE,
            extents=[
                Extent(name, shape.rows, (shape.seeds, shape.seeds), settings={"lr": 0.1})
                for name in shape.datasets
            ],
        ),
        cells=cells,
    )


def _rows(random: Random, dataset: str, shape: Shape) -> Iterator[Row]:
    best = sorted((random.uniform(0.6, 0.99) for _ in range(shape.rows)), reverse=True)
    for at in range(shape.rows):
        objective = OBJECTIVES[at % len(OBJECTIVES)]
        labels = {"backbone": f"{BACKBONES[at % 4]}{f' {at}' if at > 3 else ''}", "objective": objective}
        failed = at >= shape.rows - shape.failing
        yield Row(
            {**labels, "dataset": dataset},
            "failed" if failed else "done",
            [_quality(random, best[at], at, shape), *_resources(random, objective, shape)],
            seeds=0 if failed else shape.seeds,
            runs=0 if failed else shape.seeds,
            missing=shape.seeds if failed else 0,
            reasons={"out of memory": range(shape.seeds)} if failed else {},
            cells=[f"{random.getrandbits(64):016x}" for _ in range(shape.seeds)],
        )


def _quality(random: Random, value: float, at: int, shape: Shape) -> Measurement:
    half = random.uniform(0.005, 0.03)
    interval = Interval(value - half, min(1.0, value + half), 0.95, "recipe")
    rank = (max(1, at - 1), min(shape.rows - shape.failing, at + 3))
    return Measurement(value, 0.01 if shape.seeds > 1 else None, None, shape.seeds, interval, rank)


def _resources(random: Random, objective: str, shape: Shape) -> Iterator[Measurement | None]:
    def measured(low: float, high: float) -> Measurement:
        value = math.exp(random.uniform(math.log(low), math.log(high)))
        return Measurement(value, value / 30 if shape.seeds > 1 else None, None, shape.seeds)

    encoded = objective == "feature-extract"
    yield measured(0.6, 0.99)
    yield measured(9000, 40000) if encoded else measured(200, 2000)
    yield measured(1500, 3000) if encoded else None
    yield measured(2, 9)
    yield measured(40, 400)
    yield measured(5, 90)
    yield Measurement("peak of the process")
    for _ in range(shape.columns):
        yield measured(1, 100)


def _table(name: str, columns: Sequence[Column], rows: Sequence[Row]) -> Table:
    every = [ACCURACY, VAL, TRAIN, ENCODE, LATENCY, MEMORY, SECONDS, METHOD]

    def measurements(row: Row) -> list[Measurement | None]:
        if row.status == "failed":
            return [None for _ in columns]
        return [
            row.measurements[every.index(column) if column in every else 8 + int(column.title[6:])]
            for column in columns
        ]

    return Table(name, columns, [replace(row, measurements=measurements(row)) for row in rows])


def _traces(random: Random, row: Row, shape: Shape) -> Iterator[tuple[str, CellTrace]]:
    for seed, cell in enumerate(row.cells):
        record = f"cells/{cell}.json"
        if row.status == "failed":
            trace = CellTrace(cell, seed, "failed", record, "out of memory", f"logs/{cell}.log", LOG)
        else:
            curve = list(_curve(random, shape.points))
            files = [f"files/{cell}/samples.png"] if seed == 0 and shape.rows < 10 else []
            trace = CellTrace(cell, seed, "done", record, files=files, curve=curve)
        yield cell, trace


def _curve(random: Random, points: int) -> Iterator[Point]:
    rate, floor = random.uniform(0.02, 0.1), random.uniform(0.02, 0.3)
    for at in range(points):
        loss = floor + 2 * math.exp(-rate * at) * random.uniform(0.9, 1.1)
        yield Point(at * 10, {"train loss": loss, "val accuracy": max(0.0, 1 - loss / 2.5)})


def _verdict(dataset: str, rows: Sequence[Row]) -> Verdict | None:
    found = [row for row in rows if row.labels["dataset"] == dataset and row.status == "done"]
    contenders = [contender_of(row) for row in found]
    if not contenders:
        return None
    comparisons = [_comparison(contenders[0], rival) for rival in contenders[1:]]
    return Verdict(
        dataset, ACCURACY, contenders, "seeds", chosen_on="val", comparisons=comparisons, examples=500
    )


def _across(shape: Shape, rows: Sequence[Row]) -> Across:
    """The rows that are done in the same place on each data set, as if they had the same titles."""
    places = range(shape.rows - shape.failing)
    means = [
        [float(_measured(rows[at + shape.rows * d]).value) for d in range(len(shape.datasets))]
        for at in places
    ]
    comparisons = [
        Comparison(means[0][0] - mean[0], -math.inf, math.inf, 1.0, "undecidable", "recipe")
        for mean in means[1:]
    ]
    return Across(
        ACCURACY,
        shape.datasets,
        [" · ".join(list(rows[at].labels.values())[:2]) for at in places],
        means,
        [1 - at / len(places) for at in places],
        [[(0, len(shape.datasets), 0) for _ in places] for _ in places],
        comparisons,
        "nothing can be concluded from so few",
    )


def _measured(row: Row) -> Measurement:
    found = row.measurements[0]
    assert found is not None
    return found


def contender_of(row: Row) -> Contender:
    """What takes part in a verdict for a row."""
    quality = _measured(row)
    names = [name for axis, name in row.labels.items() if axis != "dataset"]
    return Contender(
        " · ".join(names),
        float(quality.value),
        quality.spread,
        quality.n,
        quality.rank or (1, 1),
        quality.interval,
        cells=row.cells,
    )


def _comparison(best: Contender, rival: Contender) -> Comparison:
    difference = best.mean - rival.mean
    better = difference > 0.05
    need = None if better else Need(5, 9)
    answer = "better" if better else "undecided"
    return Comparison(difference, difference - 0.03, difference + 0.03, 0.01, answer, "recipe", need)


HOSTILE = (
    "<script>window.hit=1</script>",
    "</title><script>window.hit=1</script>",
    "</style><script>window.hit=1</script>",
    "</script><script>window.hit=1</script>",
    "</textarea><svg onload=window.hit=1>",
    "<img src=x onerror=window.hit=1>",
    '"><img src=x onerror=window.hit=1>',
    "'><img src=x onerror=window.hit=1>",
    '" onmouseover="window.hit=1" x="',
    "' onfocus='window.hit=1' autofocus='",
    " onmouseover=window.hit=1 ",
    "<svg/onload=window.hit=1>",
    "<svg><script>window.hit=1</script></svg>",
    "<svg><animate onbegin=window.hit=1 attributeName=x dur=1s>",
    "<math><mtext><script>window.hit=1</script>",
    "<iframe srcdoc='<script>parent.hit=1</script>'></iframe>",
    "<iframe src=javascript:parent.hit=1>",
    "javascript:window.hit=1",
    "JaVaScRiPt:window.hit=1//",
    "data:text/html,<script>opener.hit=1</script>",
    "//evil.example/x.js",
    "https://evil.example/<script src=//evil.example/x.js></script>",
    "<base href=//evil.example/>",
    "<meta http-equiv=refresh content='0;url=javascript:window.hit=1'>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<style>@import '//evil.example/x.css';</style>",
    "<details open ontoggle=window.hit=1>",
    "<form action=//evil.example><input type=submit>",
    "{{ ''.__class__.__mro__ }}{% for x in range(9) %}{{ x }}{% endfor %}",
    "&lt;script&gt;window.hit=1&lt;/script&gt;<!--><![CDATA[<script>window.hit=1</script>]]>",
)
"""Names that would run a script, load something or break a page, if it took them for more than names."""

KEPT = {"status", "better", "over", "answer", "basis", "phase", "role", "split", "chosen_on", "id", "cells"}
KEYS = {"dataset", "done", "failed", "skipped", "commit", "dirty"}


def renamed(value: Any, rename: Callable[[str], str]) -> Any:
    """The same report with other texts everywhere; what programs read of it stays."""
    if isinstance(value, str):
        return rename(value)
    if isinstance(value, Mapping):
        return {k if k in KEYS else rename(k): renamed(item, rename) for k, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(renamed(item, rename) for item in value)
    if not is_dataclass(value):
        return value
    found = {field.name: getattr(value, field.name) for field in fields(value)}
    return type(value)(
        **{name: item if name in KEPT else renamed(item, rename) for name, item in found.items()}
    )


def taken_apart(found: Report, rows: int = 1, parts: int = 3) -> Report:
    """The report with its first rows broken down by class."""
    every = [row for row in found.tables[0].rows if row.status == "done"][:rows]
    names = [f"class {at}" for at in range(parts)]
    breakdowns = [
        RowBreakdown(
            *(row.labels, "", "test", "class", names, [ACCURACY.figure]),
            measurements=[[Measurement(0.5, 0.1)] for _ in names],
            overall=[Measurement(0.5, 0.1)],
            confusions=[Confusion(one, other, 1 + one) for one in range(parts) for other in range(parts)],
            cells=row.cells,
        )
        for row in every
    ]
    return replace(found, breakdowns=breakdowns)


def hostile(found: Report, name: str) -> Report:
    """A report in which every text begins with a hostile one."""
    changed: Report = renamed(found, lambda text: name + text)
    cells = {cell: renamed(trace, lambda text: name + text) for cell, trace in found.cells.items()}
    circumstances = replace(changed.circumstances, cells=found.circumstances.cells)
    return replace(changed, cells=cells, circumstances=circumstances)
