"""The report of a results folder: made from its records, written beside them, and printed."""

from __future__ import annotations

import gc
import importlib
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from rich.console import Console

from ..errors import StoreError
from .terminal import raw

if TYPE_CHECKING:
    from pathlib import Path

    from ..api import Report
    from ..registry import Registry

PRINTED = "terminal"
"""The writer whose documents are printed where none is asked for."""

REPORT = ("bench.reporting.report", "bench.records.predictions", "pandas")
"""What makes a report. Predictions are read by Arrow, which looks for pandas."""


def load_ahead(registry: Registry) -> None:
    """Import what the report will need, at a time when this process would only wait."""
    from ..reporting import always_required

    for module in (*REPORT, *sorted(always_required(registry))):
        # One that cannot be imported is left to the report, to say so.
        with suppress(Exception):
            importlib.import_module(module)
    gc.freeze()  # it stays until the end, where looking through it would take as long as the report itself


def conclude(folder: Path, registry: Registry) -> None:
    """Make the tables of a results folder from its records, write them, and print them, if there are any."""
    with no_collection():
        report = write_report(folder, registry)
        if report is not None:
            print_documents(PRINTED, report, registry)
            print(f"tables: {folder}", file=sys.stderr)


def write_report(
    folder: Path, registry: Registry, margin: float = 0.0, *, broken_down: bool = False
) -> Report | None:
    """Return the report of a results folder, None if it holds no records; what is always written is written.

    margin: within what difference two are the same, 0 to ask for no such answer. broken_down: whether figures
    are taken apart too. A record that cannot be read, a writer that fails, and a folder that cannot be
    written are reported on stderr.
    """
    from ..reporting import write_always

    report = _report(folder, registry, margin, broken_down)
    if report is not None:
        try:
            warn(write_always(folder, report, registry))
        except StoreError as error:
            warn([f"{error}; the tables are only printed"])
    return report


def print_documents(writer: str, report: Report, registry: Registry, *, wide: bool = False) -> None:
    """Print what a writer makes of a report, fitted to the terminal if stdout is one; all of it if `wide`.

    Raises BenchError if there is no such writer, or if it fails.
    """
    from ..reporting import written_by

    console = Console()
    width = console.width if console.is_terminal else None
    text = _joined(written_by(writer, report, registry, width, wide=wide))
    # The terminal's own writer sets headings in bold; the texts in it are plain.
    print(text, end="", file=raw(sys.stdout) if writer == PRINTED and width else sys.stdout)


def loaded(files: Sequence[Path] | None) -> Registry:
    """Return the registry, with the plugins of these files; what is broken is reported on stderr."""
    from ..registry import load

    registry = load(files or [])
    warn(f"plugin {item.owner} is broken: {item.reason}" for item in registry.broken)
    return registry


def warn(lines: Iterable[str]) -> None:
    """Print warnings: of what costs no result."""
    for line in lines:
        print(f"warning: {line}", file=sys.stderr)


@contextmanager
def no_collection() -> Iterator[None]:
    """Do not look for garbage: thousands of records are alive, and going through them takes half the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _report(folder: Path, registry: Registry, margin: float, broken_down: bool) -> Report | None:
    """Return the report of a folder's records, which take much memory and are let go of here."""
    from ..records.results import Results
    from ..reporting.report import make_report

    results = Results.of(folder)
    warn(results.unreadable)
    if not results.records:
        return None
    return make_report(results, registry, margin=margin, broken_down=broken_down)


def _joined(documents: Mapping[str, str]) -> str:
    """Return a single document as it is, several with their names above them."""
    if len(documents) == 1:
        return next(iter(documents.values()))
    return "\n".join(f"## {name}\n\n{text}" for name, text in documents.items())
