"""Writers at work: what they make, and how it gets into a results folder, under plain file names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..api import Report, Writer
from ..errors import BenchError
from ..records.files import write_atomic
from ..registry import Registry
from ..toolkit.messages import did_you_mean, one_line

FILE = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")
"""What a document may be called: no name leads out of the folder, or hides in it."""


def write_always(folder: Path, report: Report, registry: Registry) -> list[str]:
    """Have the writers that always write do so, into a folder; return what went wrong, a line each.

    Raises StoreError if the folder cannot be written.
    """
    faults: list[str] = []
    owners: dict[str, str] = {}
    for name, _ in _always(registry):
        try:
            documents = written_by(name, report, registry)
        except BenchError as error:
            faults.append(str(error))
            continue
        for file, text in documents.items():
            if file in owners:
                faults.append(
                    f"writer '{name}': leaves out {file}, which writer '{owners[file]}' has written"
                )
            else:
                write_atomic(folder / file, text.encode())
                owners[file] = name
    return faults


def written_by(
    name: str, report: Report, registry: Registry, width: int | None = None, *, wide: bool = False
) -> Mapping[str, str]:
    """Return the documents of a writer; `width` is that of the terminal they are for, if they are for one.

    Where that is too narrow for all there is, `wide` asks for all of it. Writers without such fields do as
    they always do. Raises BenchError if there is no such writer, or it fails, or names a file as it may not.
    """
    entry = registry.find("writer", name)
    if entry is None:
        known = registry.names("writer")
        hint = did_you_mean(name, known) or f"; there are {', '.join(known)}"
        raise BenchError(f"no writer '{name}' is installed{hint}{registry.broken_hint()}")
    asked: dict[str, Any] = {"width": width, "wide": wide}
    fields = {key: value for key, value in asked.items() if value and key in entry.cls.model_fields}
    try:
        writer: Writer = registry.create("writer", {"name": name, **fields})
        documents = writer.write(report)
        faults = list(faults_of(documents))
    except Exception as error:
        raise BenchError(f"writer '{name}': {type(error).__name__}: {one_line(error)}") from error
    if faults:
        raise BenchError(f"writer '{name}': {'; '.join(faults)}")
    return documents


def faults_of(documents: Mapping[str, object], kind: type = str) -> Iterator[str]:
    """Give what is wrong with what a writer has returned; `kind` is what documents must be."""
    for name, content in documents.items():
        if not FILE.fullmatch(name):
            yield f"names a file {name!r}; use letters, digits, '.', '_' and '-', and no dot at the start"
        if not isinstance(content, kind):
            wanted = "text" if kind is str else kind.__name__
            yield f"returns {type(content).__name__} for {name!r}, not {wanted}"


def always_required(registry: Registry) -> set[str]:
    """Return the modules that the writers need which always write."""
    return {module for _, cls in _always(registry) for module in cls.requires}


def _always(registry: Registry) -> Iterator[tuple[str, type[Writer]]]:
    for name in registry.names("writer"):
        cls = registry.entries["writer"][name].cls
        if issubclass(cls, Writer) and cls.always:
            yield name, cls
