"""What failed or was skipped, by reason."""

from __future__ import annotations

from dataclasses import replace

from bench import CellTrace, Report
from bench.reporting.writers.html.failures import LINES, LOGS, WIDTH, Failure, failures
from pages import Shape, report


def cell(name: str, status: str = "failed", reason: str = "boom", **fields: str) -> CellTrace:
    return CellTrace(name, 0, status, f"cells/{name}.json", reason, **fields)  # type: ignore[arg-type]


def of(*cells: CellTrace) -> list[Failure]:
    found: Report = replace(report(), cells={trace.id: trace for trace in cells})
    return failures(found)


def test_cells_stand_by_their_reason_and_row():
    found = report(Shape(("a", "b"), failing=2))
    [failure] = failures(found)
    assert (failure.status, failure.reason) == ("failed", "out of memory")
    assert [name.rpartition(" · ")[2] for name, _ in failure.rows] == ["a", "a", "b", "b"]
    assert [[trace.seed for trace in traces] for _, traces in failure.rows] == [[0, 1, 2]] * 4


def test_failures_come_before_what_was_skipped_and_the_frequent_first():
    found = of(
        cell("a", "skipped", "no"),
        cell("b"),
        cell("c", reason="other"),
        cell("d", reason="other"),
        cell("e", "done"),
    )
    assert [(failure.status, failure.reason) for failure in found] == [
        ("failed", "other"),
        ("failed", "boom"),
        ("skipped", "no"),
    ]


def test_the_end_of_a_log_is_of_a_sensible_size():
    log = "\n".join(f"{at} {'x' * 1000}" for at in range(100))
    [failure] = of(cell("a"), cell("b", log_end=log), cell("c", log_end="another"))
    lines = failure.log.splitlines()
    assert len(lines) == LINES
    assert lines[-1] == f"99 {'x' * 1000}"[:WIDTH]


def test_the_first_reasons_have_a_log():
    found = of(*(cell(str(at), reason=f"boom {at}", log_end="log") for at in range(LOGS + 5)))
    assert [bool(failure.log) for failure in found] == [True] * LOGS + [False] * 5


def test_nothing_failed():
    assert of(cell("a", "done")) == []
