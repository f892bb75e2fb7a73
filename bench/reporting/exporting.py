"""Having an exporter make its documents, held to the names of plain files, and writing them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ..api import Exporter, Sheet
from ..errors import BenchError
from ..planning.wording import findings
from ..records.files import write_atomic
from ..registry import Registry
from ..toolkit.messages import did_you_mean, one_line
from .writing import faults_of


def exported_by(
    name: str, sheet: Sheet, registry: Registry, settings: Mapping[str, Any]
) -> Mapping[str, bytes]:
    """Return the documents of an exporter with some settings.

    Raises BenchError if there is no such exporter, a setting is wrong, it fails, or names a file as it may
    not.
    """
    exporter = _exporter(name, registry, settings)
    try:
        documents = exporter.export(sheet)
        faults = list(faults_of(documents, bytes))
    except BenchError as error:
        raise BenchError(f"format '{name}': {error}") from error
    except Exception as error:
        raise BenchError(f"format '{name}': {type(error).__name__}: {one_line(error)}") from error
    if faults:
        raise BenchError(f"format '{name}': {'; '.join(faults)}")
    return documents


def _exporter(name: str, registry: Registry, settings: Mapping[str, Any]) -> Exporter:
    entry = registry.find("exporter", name)
    if entry is None:
        known = registry.names("exporter")
        hint = did_you_mean(name, known) or f"; there are {', '.join(known)}"
        raise BenchError(f"no format '{name}' to export to is installed{hint}{registry.broken_hint()}")
    try:
        exporter: Exporter = registry.create("exporter", {**settings, "name": name})
    except ValidationError as error:
        found = findings(error.errors(), entry.cls, dict(settings))
        told = [": ".join([*map(str, finding.loc), finding.message]) for finding in found]
        raise BenchError(
            f"format '{name}': {'; '.join(told)}; give settings with --set KEY=VALUE, "
            "`bench list exporters` shows them"
        ) from error
    return exporter


def write_documents(documents: Mapping[str, bytes], to: Path) -> list[Path]:
    """Write documents into a folder, or a single one as the file `to`, if that ends as its name does.

    Returns where they are. Raises BenchError if several are to be one file, StoreError if they cannot be
    written.
    """
    is_file = bool(to.suffix) and to.suffix in {Path(name).suffix for name in documents} and not to.is_dir()
    if is_file and len(documents) > 1:
        raise BenchError(f"{to}: this format makes {len(documents)} files; give a folder")
    paths = {to if is_file else to / name: content for name, content in documents.items()}
    for path, content in paths.items():
        write_atomic(path, content)
    return list(paths)
