"""Croissant, MLCommons' description of data sets as JSON-LD: what cells tell of the data they used."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from ...api import ExportedData, Exporter, Sheet, Split
from ...errors import BenchError
from ...hookspecs import hookimpl
from ...toolkit.rendering import file_stem

CONFORMS_TO = "http://mlcommons.org/croissant/1.0"

TERMS = (
    *("citeAs", "column", "equivalentProperty", "extract", "field", "fileProperty", "fileObject", "fileSet"),
    *("format", "includes", "isLiveDataset", "jsonPath", "key", "md5", "parentField", "path", "recordSet"),
    *("references", "regex", "repeated", "replace", "samplingRate", "separator", "source", "subField"),
    "transform",
)

CONTEXT: Mapping[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    **{term: f"cr:{term}" for term in TERMS},
}
"""What the words of a description mean, as Croissant 1.0 has it."""

SPLITS: Mapping[Split, str] = {
    "train": "cr:TrainingSplit",
    "val": "cr:ValidationSplit",
    "test": "cr:TestSplit",
}


class Croissant(Exporter):
    """A description of each data set: content by its digest, licence, splits with their sizes, task."""

    name: ClassVar[str] = "croissant"

    def export(self, sheet: Sheet) -> Mapping[str, bytes]:
        """Return a document for each data set.

        Raises BenchError if there is none.
        """
        if not sheet.data:
            raise BenchError("there is no data set to describe")
        return {
            _file(data): (json.dumps(_description(data), indent=2) + "\n").encode() for data in sheet.data
        }


def _file(data: ExportedData) -> str:
    return f"{file_stem(data.title)}-{file_stem(data.fingerprint)[:8]}-{file_stem(data.task)}.json"


def _description(data: ExportedData) -> dict[str, Any]:
    classes = f", {data.classes} classes" if data.classes else ""
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "name": data.title,
        "description": f"{data.title} (data set '{data.name}' of transferbench), for {data.task}{classes}.",
        "conformsTo": CONFORMS_TO,
        "identifier": data.fingerprint,
        **({"license": data.licence} if data.licence else {}),
        **({"recordSet": [_splits(data.examples)]} if data.examples else {}),
    }


def _splits(examples: Mapping[Split, int]) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": "splits",
        "name": "splits",
        "description": "The splits, and how many examples of each were used.",
        "dataType": "cr:Split",
        "key": {"@id": "splits/name"},
        "field": [_field("name", "sc:Text"), _field("url", "sc:URL"), _field("examples", "sc:Integer")],
        "data": [
            {"splits/name": split, "splits/url": SPLITS[split], "splits/examples": count}
            for split, count in examples.items()
        ],
    }


def _field(name: str, kind: str) -> dict[str, str]:
    return {"@type": "cr:Field", "@id": f"splits/{name}", "name": name, "dataType": kind}


@hookimpl
def bench_exporters() -> list[type[Exporter]]:
    """Return the format."""
    return [Croissant]
