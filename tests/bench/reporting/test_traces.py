"""What there is to look at of each cell, and the suite that was run: found in the folder, and made safe."""

from __future__ import annotations

from bench import CellTrace, Point
from bench.records.results import Results
from bench.records.store import Store
from bench.reporting.report import make_report
from reports import registry, report_of


def test_paths_are_from_the_results_folder(record, tmp_path):
    store = Store(tmp_path)
    done, failed = record("a", accuracy=0.5), record("b", reason="boom")
    for each in (done, failed):
        store.put(each)
    store.log_path(failed.id).parent.mkdir()
    store.log_path(failed.id).write_text("".join(f"line {at}\n" for at in range(30)) + "\x1b[31mboom\tx\r\n")
    store.file_path(done.id, "samples.png").parent.mkdir(parents=True)
    store.file_path(done.id, "samples.png").write_bytes(b"")
    store.suite_path.write_text("matrix:\n  backbone: a\x07\n")
    report = make_report(Results.of(tmp_path), registry())
    assert report.cells[done.id] == CellTrace(
        *(done.id, 0, "done", f"cells/{done.id}.json"), files=[f"files/{done.id}/samples.png"], curve=[]
    )
    trace = report.cells[failed.id]
    assert (trace.status, trace.reason, trace.log) == ("failed", "boom", f"logs/{failed.id}.log")
    lines = trace.log_end.splitlines()
    assert (len(lines), lines[0], lines[-1]) == (20, "line 11", "�[31mboom   x")
    assert report.circumstances.suite == "matrix:\n  backbone: a�"


def test_the_course_of_training_is_that_of_the_record(record):
    each = record("a", accuracy=0.5, curve=[{"step": 1, "values": {"train\nloss": 0.5}}])
    report = report_of([each])
    assert report.cells[each.id].curve == [Point(1, {"train loss": 0.5})]
    assert report.circumstances.suite == ""
