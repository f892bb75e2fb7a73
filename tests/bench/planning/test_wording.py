"""The words of messages."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from bench.planning.document import Document, Place
from bench.planning.values import Values
from bench.planning.wording import show
from bench.registry import Registry


class Colour(StrEnum):
    red = "red"
    blue = "blue"


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")

    depth: int = Field(ge=1)


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    whole: int = Field(1, ge=1, le=9, multiple_of=2)
    number: float = Field(1, gt=0, lt=5)
    sizes: tuple[int, ...] = Field((), max_length=3)
    pair: str | tuple[str, str] | None = None
    names: frozenset[str] = frozenset()
    items: list[int] = Field([], min_length=1)
    either: int | Literal["auto"] = "auto"
    text: Annotated[str, Field(min_length=2, max_length=4, pattern="^[a-z]*$")] = "ab"
    flag: bool = False
    path: Path = Path()
    colour: Colour = Colour.red
    level: Literal[1, 2, 3] = 1
    inner: Inner | None = None
    table: dict[str, int] = {}
    odd: int = 1
    anything: Any = None

    @field_validator("odd")
    @classmethod
    def _odd(cls, odd: int) -> int:
        if odd % 2 == 0:
            raise ValueError(f"{odd} is even;\nchoose an odd number")
        return odd


class Inferring(Model):
    """After a validator of mode `before`, pydantic no longer knows that it was given JSON."""

    @model_validator(mode="before")
    @classmethod
    def _as_it_is(cls, fields: Any) -> Any:
        return dict(fields)


def problems(model: type[BaseModel], fields: dict[str, Any]) -> tuple[BaseModel | None, list[str]]:
    document = Document({}, Place(1, 1, "x"))
    value = Values(document, Registry()).model(model, fields, ())
    return value, [text for _, text in document.problems]


@pytest.mark.parametrize("model", [Model, Inferring])
@pytest.mark.parametrize(
    ("field", "given", "message"),
    [
        ("whole", "2", "must be a whole number, not '2'"),
        ("whole", "x", "must be a whole number, not 'x'"),
        ("whole", 2.0, "must be a whole number, not 2.0"),
        ("whole", True, "must be a whole number, not true"),
        ("whole", None, "must be a whole number, not null"),
        ("whole", -2, "must be a whole number of at least 1, not -2"),
        ("whole", 10, "must be a whole number of at most 9, not 10"),
        ("whole", 3, "must be a multiple of 2, not 3"),
        ("number", "1", "must be a number, not '1'"),
        ("number", False, "must be a number, not false"),
        ("number", 0, "must be a number above 0.0, not 0"),
        ("number", 5.5, "must be a number below 5.0, not 5.5"),
        ("sizes", 3, "must be a list, not 3"),
        ("sizes", "ab", "must be a list, not 'ab'"),
        ("pair", 3, "must be text or a list, not 3"),
        ("names", {"a": 1}, "must be a list, not a mapping"),
        ("items", [], "must be a list of at least 1, not an empty list"),
        ("either", "aut", "must be a whole number or one of 'auto', not 'aut'; did you mean 'auto'?"),
        ("text", 3, "must be text, not 3"),
        ("text", "a", "must be text of at least 2 characters, not 'a'"),
        ("text", "abcde", "must be text of at most 4 characters, not 'abcde'"),
        ("text", "AB", "must be text that matches ^[a-z]*$, not 'AB'"),
        ("flag", "yes", "must be true or false, not 'yes'"),
        ("flag", 1, "must be true or false, not 1"),
        ("colour", "rad", "must be one of 'red', 'blue', not 'rad'; did you mean 'red'?"),
        ("level", 4, "must be one of 1, 2, 3, not 4"),
        ("inner", 3, "must be a mapping, not 3"),
        ("table", [1], "must be a mapping, not a list"),
        ("odd", 4, "4 is even; choose an odd number"),
    ],
)
def test_faults_of_a_field(model: type[BaseModel], field: str, given: Any, message: str) -> None:
    value, found = problems(model, {field: given})
    assert value is None
    assert found == [f"{field}: {message}"]


@pytest.mark.parametrize(
    ("fields", "messages"),
    [
        ({"sizes": [1, "2"]}, ["sizes[1]: must be a whole number, not '2'"]),
        ({"inner": {"dept": 1}}, ["inner: missing key 'depth'", "inner.dept: unknown key"]),
        ({"table": {"a": "x"}}, ["table.a: must be a whole number, not 'x'"]),
        ({"colours": 1}, ["colours: unknown key; did you mean 'colour'?"]),
    ],
)
def test_faults_inside_a_field(fields: dict[str, Any], messages: list[str]) -> None:
    assert problems(Model, fields)[1] == messages


@pytest.mark.parametrize("model", [Model, Inferring])
def test_what_yaml_can_say_is_understood(model: type[BaseModel]) -> None:
    fields = {
        "number": 1,
        "sizes": [1, 2],
        "pair": ["a", "b"],
        "names": ["x"],
        "items": [1],
        "path": "a/b",
        "colour": "blue",
        "inner": {"depth": 2},
        "anything": [{"a": None}],
    }
    value, found = problems(model, fields)
    assert found == []
    assert value == model.model_validate(fields)


def test_values_are_shown_on_one_line() -> None:
    assert [show(value) for value in ("a\nb", None, True, 1e-4, [1], {})] == [
        r"'a\nb'",
        "null",
        "true",
        "0.0001",
        "a list",
        "a mapping",
    ]
    assert len(show("x" * 1000)) < 70
