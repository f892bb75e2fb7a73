"""The JSON Schema of suites."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import fakes
from bench import registry as registries
from bench.api import Limits, Settings
from bench.planning import schema
from bench.planning.document import read
from bench.planning.suite import KEYS
from bench.registry import Registry

SUITES = Path(__file__).parents[3] / "suites"


@pytest.fixture(scope="module")
def made(registry: Registry) -> dict[str, Any]:
    return schema(registry)


def walk(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for inner in node.values():
            yield from walk(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from walk(inner)


def references(made: dict[str, Any]) -> set[str]:
    return {node["$ref"] for node in walk(made) if isinstance(node.get("$ref"), str)}


def test_it_is_plain_json_of_the_current_dialect(made: dict[str, Any]) -> None:
    assert json.loads(json.dumps(made)) == made
    assert made["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize("plugins", ["none", "tests", "built-in", "strangers"])
def test_it_is_a_schema(registry: Registry, plugins: str) -> None:
    registries_of = {
        "none": Registry,
        "tests": lambda: registry,
        "built-in": registries.load,
        "strangers": lambda: registries.load([Path(fakes.__file__)]),
    }
    Draft202012Validator.check_schema(schema(registries_of[plugins]()))


@pytest.mark.parametrize("suite", sorted(SUITES.glob("*.yaml")), ids=lambda path: path.stem)
def test_our_own_suites_are_to_it(suite: Path) -> None:
    validator = Draft202012Validator(schema(registries.load()))
    document = read(suite).data
    validator.validate(document)
    assert not validator.is_valid({**document, "observers": "nobody"})
    assert not validator.is_valid({**document, "matrx": {}})


def test_every_reference_leads_somewhere(made: dict[str, Any]) -> None:
    assert references(made)
    for full in (made, schema(registries.load())):
        assert {reference.removeprefix("#/$defs/") for reference in references(full)} <= set(full["$defs"])


def test_it_has_every_key_of_a_suite(made: dict[str, Any]) -> None:
    assert set(made["properties"]) == set(KEYS)
    axes = {"backbone", "objective", "dataset", "seed", *Settings.axes(), *Limits.axes()}
    assert set(made["properties"]["matrix"]["properties"]) == axes
    assert "on_oom" in made["properties"]["defaults"]["properties"]
    assert all(key in made["properties"]["limits"] or "$ref" in made["properties"]["limits"] for key in axes)
    assert all("description" in made["properties"][key] for key in KEYS if key != "limits")


def test_a_plugin_has_a_short_form_and_a_long_one(made: dict[str, Any]) -> None:
    short, long, *_ = made["$defs"]["backbone"]["anyOf"]
    assert short == {"enum": ["net", "net/small", "net/large"], "description": "A network for images."}
    assert long["required"] == ["name"]
    assert set(long["properties"]) == {"name", "as", "from", "model", "weights", "options"}
    assert long["properties"]["weights"]["description"] == "where its weights come from"
    assert long["additionalProperties"] is False
    (_, table) = made["$defs"]["dataset"]["anyOf"][2:]
    assert table["required"] == ["name", "file"]


def test_installed_plugins_are_in_it() -> None:
    registry = registries.load()
    made = schema(registry)
    for kind in ("backbone", "objective", "dataset", "task", "executor"):
        longs = made["$defs"][kind]["anyOf"][1::2]
        assert len(longs) == len(registry.names(kind))
    patterns = [form["pattern"] for form in made["$defs"]["backbone"]["anyOf"] if "pattern" in form]
    assert any(re.search(pattern, "timm/resnet18") for pattern in patterns)
    assert not any(re.search(pattern, "tim/resnet18") for pattern in patterns)


def test_executors_are_those_installed_and_one_of_them_is_the_default(made: dict[str, Any]) -> None:
    key = made["properties"]["executor"]
    assert (key["$ref"], key["default"]) == ("#/$defs/executor", "process")
    names = [form["const"] for form in made["$defs"]["executor"]["anyOf"] if "const" in form]
    assert names == ["process", "farm"]


@pytest.mark.parametrize(
    ("seed", "right"),
    [
        (3, True), ("0-3", True), ("0, 2,5-7", True), ({"count": 5}, True), ([0, "2-4"], True),
        (-1, False), ("3", False), ("0-", False), ({"count": 0}, False), ({"count": 5, "first": 1}, False),
        ([], False),
    ],
)  # fmt: skip
def test_seeds_as_suites_write_them(made: dict[str, Any], seed: object, right: bool) -> None:
    suite = {"matrix": {"backbone": "net/small", "objective": "tune", "dataset": "shapes", "seed": seed}}
    assert Draft202012Validator(made).is_valid(suite) is right
