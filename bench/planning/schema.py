"""The JSON Schema of suite files, for completion and checks in editors."""

from __future__ import annotations

import re
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from ..api import Limits, Plugin, Settings
from ..registry import Registry
from .downloads import SECTION, Download
from .matrix import CHOSEN
from .seeds import LARGEST_SEED, MOST_SEEDS, SEVERAL
from .suite import DEFAULT_EXECUTOR, Heading
from .values import OWN

DIALECT = "https://json-schema.org/draft/2020-12/schema"

Schema = dict[str, Any]

SEED: Schema = {"type": "integer", "minimum": 0, "maximum": LARGEST_SEED, "description": "random seed"}
SEEDS: Schema = {
    "anyOf": [
        SEED,
        {"type": "string", "pattern": f"^({SEVERAL})$"},
        {
            "type": "object",
            "properties": {"count": {"type": "integer", "minimum": 1, "maximum": MOST_SEEDS}},
            "required": ["count"],
            "additionalProperties": False,
        },
    ],
    "description": "random seeds: 3, 0-3, 0,1,2 or {count: 5}",
}
LABEL: Schema = {"type": "string", "description": "what tables call it"}


def schema(registry: Registry) -> Schema:
    """Return the JSON Schema (draft 2020-12) of suites, with all plugins of a registry."""
    definitions: Schema = {}
    for kind in (*CHOSEN, "task", "observer", "executor"):
        plugins = [_plugin(kind, entry.cls, definitions) for entry in registry.entries[kind].values()]
        definitions[kind] = _any_of(kind, [form for forms in plugins for form in forms])
    settings, limits = _fields(Settings, definitions), _fields(Limits, definitions)
    choices = {kind: _ref(kind) for kind in CHOSEN}
    definitions["limits"] = _mapping(limits, description="bounds on a cell")
    definitions["pretraining"] = _mapping(
        {
            "objective": choices["objective"],
            "dataset": choices["dataset"],
            "from": _from("how the backbone was pretrained before that"),
            "seed": SEED,
            "limits": _ref("limits"),
            **settings,
        },
        required=["objective", "dataset"],
        description="a way to pretrain a backbone",
    )
    known = {**settings, **limits}
    plain = {"seed": SEEDS, **{name: known[name] for name in (*Settings.axes(), *Limits.axes())}}
    axes = {name: _one_or_more(entry) for name, entry in {**choices, **plain}.items()}
    patterns = {
        kind: {"type": "string", "description": f"label or short form of a {kind}"} for kind in CHOSEN
    }
    excluded = {name: _one_or_more(entry) for name, entry in {**patterns, **plain}.items()}
    return {
        "$schema": DIALECT,
        "title": "a suite of bench",
        **_mapping(
            {
                **_fields(Heading, definitions),
                "executor": {
                    **_ref("executor"),
                    "default": DEFAULT_EXECUTOR,
                    "description": "where cells run",
                },
                "observers": _one_or_more(_ref("observer"), "plugins that follow cells as they run"),
                SECTION: {
                    "type": "object",
                    "additionalProperties": _mapping(
                        _fields(Download, definitions), required=list(Download.model_fields)
                    ),
                    "description": "files that `bench fetch` loads, by their places",
                },
                "defaults": _mapping(settings, description="how each cell is computed"),
                "limits": _ref("limits"),
                "parents": {
                    "type": "object",
                    "additionalProperties": _ref("pretraining"),
                    "description": "named ways of pretraining, for `from:`",
                },
                "matrix": _mapping(axes, required=list(CHOSEN), description="each combination is a cell"),
                "include": _one_or_more(
                    _mapping(axes), "further matrices; axes not given are those of the matrix"
                ),
                "exclude": _one_or_more(
                    _mapping(excluded), "cells that match all keys of an entry are left out"
                ),
            },
            required=["matrix"],
        ),
        "$defs": definitions,
    }


def _any_of(kind: str, forms: list[Schema]) -> Schema:
    """Return the schema of one of these forms; of nothing at all where there is none."""
    return {"anyOf": forms} if forms else {"not": {}, "description": f"no {kind} is installed"}


def _plugin(kind: str, cls: type[Plugin], definitions: Schema) -> list[Schema]:
    """Return the schemas of a plugin's short form and of its long form."""
    fields = _fields(cls, definitions, prefix=f"{kind}.{cls.name}.")
    doc = (cls.__doc__ or "").strip().split("\n", 1)[0]
    short = _short(cls, fields)
    own = {"as": LABEL, "from": _from("how the backbone is pretrained first")}
    required = [name for name, field in cls.model_fields.items() if field.is_required()]
    long = _mapping(
        {"name": short, **{key: own[key] for key in OWN.get(kind, ())}, **fields},
        required=["name", *(name for name in required if name != cls.argument)],
        description=doc,
    )
    return [{**short, "description": doc}, long]


def _short(cls: type[Plugin], fields: Schema) -> Schema:
    """Return the schema of what suites call a plugin: `digits`, `timm/resnet18`."""
    if cls.argument is None:
        return {"const": cls.name}
    choices = fields[cls.argument].get("enum")
    if choices and all(isinstance(choice, str) for choice in choices):
        return {"enum": [cls.name, *(f"{cls.name}/{choice}" for choice in choices)]}
    return {"type": "string", "pattern": f"^{re.escape(cls.name)}(/.+)?$"}


class _Untitled(GenerateJsonSchema):
    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def _fields(model: type[BaseModel], definitions: Schema, prefix: str = "") -> Schema:
    """Return the schemas of a model's fields; models within them become definitions."""
    template = f"#/$defs/{prefix}{{model}}"
    made = model.model_json_schema(ref_template=template, schema_generator=_Untitled)
    definitions |= {f"{prefix}{name}": inner for name, inner in made.get("$defs", {}).items()}
    fields: Schema = made.get("properties", {})
    return fields


def _mapping(properties: Schema, *, required: list[str] | None = None, description: str = "") -> Schema:
    schema: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    if required:
        schema["required"] = required
    if description:
        schema["description"] = description
    return schema


def _one_or_more(entry: Schema, description: str = "") -> Schema:
    schema: Schema = {"anyOf": [entry, {"type": "array", "items": entry, "minItems": 1}]}
    return {**schema, "description": description} if description else schema


def _from(description: str) -> Schema:
    named: Schema = {"type": "string", "description": "one of the suite's parents"}
    file: Schema = {"type": "string", "description": "a .safetensors file in some results/*/artifacts"}
    kept = _mapping({"artifact": file}, required=["artifact"], description="a trained encoder in a file")
    return {"anyOf": [named, _ref("pretraining"), kept], "description": description}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}
