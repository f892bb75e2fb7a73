"""Older records, step by step to what this version writes; and newer ones, which are left alone.

A record is migrated when it is read; `bench migrate` does so on disk.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from ..api import WHOLE, Value
from ..errors import NewerRecord
from ..planning.identity import row
from .record import FORMAT, QUALITY, Facts, Readings, Record

RawRecord = dict[str, Any]
"""A record as its JSON says it, in any format."""

Find = Callable[[str], RawRecord | None]
"""Returns the document of another cell of the same folder by its id, if there is one."""

Validate = Callable[[bytes], Record]
"""Returns the record of a file in today's format; raises ValidationError where it is none."""


def read(content: bytes, find: Find, validate: Validate = Record.model_validate_json) -> Record:
    """Return the record that a file holds, whatever earlier version wrote it.

    Raises NewerRecord for one of a format, or with fields, that this version does not know; ValueError for
    what is no record.
    """
    try:
        return validate(content)
    except ValidationError as error:
        document = parse(content)
        if document is None:
            raise
        _refuse_newer(document, error)
        if not is_old(document):
            raise
    return _migrated(document, find)


def parse(content: bytes) -> RawRecord | None:
    """Return the JSON object that a file holds, if it holds one."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def is_old(document: RawRecord) -> bool:
    """Tell whether a document is of an earlier format."""
    return document.get("format") in range(1, FORMAT)


def _migrated(document: RawRecord, find: Find) -> Record:
    was = int(document["format"])
    try:
        for step in STEPS[was - 1 :]:
            document = step(document, find)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not as format {was} is: {type(error).__name__}: {error}") from error
    try:
        return Record.model_validate(document)
    except ValidationError as error:
        _refuse_newer(document, error)
        raise


def _refuse_newer(document: RawRecord, error: ValidationError) -> None:
    if document.get("format", FORMAT) not in range(1, FORMAT + 1):
        raise NewerRecord(f"written by a newer version of bench (format {document['format']!r})")
    unknown = [fault["loc"] for fault in error.errors() if fault["type"] == "extra_forbidden"]
    if unknown and not is_old(document):
        names = ", ".join(".".join(map(str, place)) for place in unknown)
        raise NewerRecord(f"written by a newer version of bench (it has {names})")


# --- format 1 to 2: figures by phase, with their facts, and the row ----------------------------------------


def figures_by_phase(document: RawRecord, find: Find) -> RawRecord:
    """Nest the columns of tables by phase, add what is known of each figure, and name the row."""
    better = "higher" if document.get("higher_is_better", True) else "lower"
    resources = _nested(document.get("resources", {}))
    repeats = [_nested(tables) for tables in document.get("repeats", [])]
    quality = _quality_facts(document["primary"], better, document.get("quality", {}))
    return {
        **{name: value for name, value in document.items() if name != "higher_is_better"},
        "format": 2,
        "row": _row(document["labels"], document["identity"], document["cell"].get("parent"), find),
        "figures": {**_resource_facts([resources, *repeats]), QUALITY: quality},
        "resources": resources,
        "repeats": repeats,
    }


def _quality_facts(primary: str, better: str, quality: Mapping[str, Mapping[str, float]]) -> dict[str, Facts]:
    names = [primary, *(name for metrics in quality.values() for name in metrics)]
    facts = {name: QUALITIES.get(name, Facts()) for name in names}
    return facts | {primary: facts[primary].model_copy(update={"better": better})}


def _resource_facts(runs: Sequence[Mapping[str, Readings]]) -> dict[str, dict[str, Facts]]:
    facts: dict[str, dict[str, Facts]] = {}
    for table, reading in (item for tables in runs for item in tables.items()):
        known = RESOURCES if table in BUILT_IN else {}
        names = [name for values in reading.values() for name in values]
        facts.setdefault(table, {}).update((name, known.get(name, Facts())) for name in names)
    return facts


def _nested(tables: Mapping[str, Mapping[str, Value]]) -> dict[str, Readings]:
    found: dict[str, Readings] = {}
    for table, columns in tables.items():
        phases = found.setdefault(table, {})
        for column, value in columns.items():
            phase, name = _split(column)
            phases.setdefault(phase, {})[name] = value
    return found


def _split(column: str) -> tuple[str, str]:
    """Return phase and figure of a column."""
    if column not in WHOLE_FIGURES:
        for phase in PHASES:
            if column.startswith(f"{phase}_"):
                return phase, column.removeprefix(f"{phase}_")
    return WHOLE, column


def _row(labels: RawRecord, identity: RawRecord, parent: RawRecord | None, find: Find) -> str:
    """Return what `Cell.row` does.

    Where the record of a parent is gone, its settings stand for its identity.
    """
    if parent is None:
        return row(labels, identity, None)
    identity_of_parent = (find(identity["parent"]) or {}).get("identity") or parent
    return row(labels, identity, _row(parent["labels"], identity_of_parent, parent.get("parent"), find))


PHASES = ("load", "prepare", "compile", "train", "encode", "evaluate", "checkpoint")
"""The phases that format 1 knew."""

WHOLE_FIGURES = frozenset({"compile_seconds"})
"""Columns that began with the name of a phase, and belonged to the cell as a whole."""

BUILT_IN = frozenset({"throughput", "memory"})


def _table(*lines: tuple[str, str, str, int, str]) -> Iterator[tuple[str, Facts]]:
    for names, unit, better, headline, role in lines:
        facts = {"unit": unit, "better": better, "headline": headline, "role": role}
        for name in names.split():
            yield name, Facts.model_validate(facts)


RESOURCES = dict(
    _table(
        ("samples_per_s", "samples/s", "higher", 1, ""),
        ("samples_per_s_q25 samples_per_s_q75", "samples/s", "higher", 0, ""),
        ("cached", "", "neither", 1, "cached"),
        ("data_share", "", "lower", 0, ""),
        ("seconds data_seconds compute_seconds compile_seconds", "s", "lower", 0, ""),
        ("latency_ms_p50", "ms", "lower", 3, ""),
        ("latency_ms_p95 latency_ms_p99", "ms", "lower", 0, ""),
        ("other_cores", "cores", "neither", 0, "disturbance"),
        ("forward_gflops", "10^9 operations", "neither", 8, ""),
        ("gflops_per_example", "10^9 operations", "neither", 0, ""),
        ("gflops_per_s", "10^9 operations/s", "higher", 0, ""),
        ("peak_gflops", "10^9 operations/s", "neither", 0, ""),
        ("peak_share", "", "higher", 0, ""),
        ("joules", "J", "lower", 0, ""),
        ("peak_mib", "MiB", "lower", 4, "memory"),
        ("gpu_allocated_mib", "MiB", "lower", 5, ""),
        ("pss_mib uss_mib gpu_reserved_mib gpu_process_mib", "MiB", "lower", 0, ""),
        ("baseline_mib baseline_pss_mib baseline_uss_mib parameters_mib", "MiB", "neither", 0, ""),
        ("parameters_total", "", "neither", 6, ""),
        ("parameters_trainable", "", "neither", 7, ""),
    )
)
"""What there is to know of the figures that the meters of format 1 measured; of the others only the name."""

QUALITIES = dict(
    _table(
        ("accuracy precision recall f1 masked_accuracy nsp_accuracy contrastive_top1", "", "higher", 0, ""),
        ("loss masked_loss nsp_loss contrastive_loss", "nats", "lower", 0, ""),
        ("perplexity mse masked_l1 frechet_cifar_resnet20", "", "lower", 0, ""),
        ("psnr masked_psnr", "dB", "higher", 0, ""),
        ("ssim", "", "higher", 0, ""),
    )
)
"""The same of the figures that the tasks and objectives of format 1 reported."""

STEPS = (figures_by_phase,)
"""The step from format 1, from format 2, ...; each returns the document in the next format."""
