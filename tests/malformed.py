"""Suites with something wrong in them: a right one, broken in one of many ways, where chance has it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import yaml

RIGHT: dict[str, Any] = yaml.safe_load("""
description: A tiny network on part of the digits
device: cpu
defaults: {batch_size: 16}
limits: {train_examples: 200}
parents:
  own: {objective: {name: fine-tune, epochs: 1, lr: 0.1}, dataset: digits}
matrix:
  backbone:
    - {name: cifar/resnet20, weights: none, image_size: 8}
    - {name: cifar/resnet20, weights: none, from: own}
  objective: [{name: fine-tune, epochs: 2, lr: 0.003}, feature-extract]
  dataset: digits
  batch_size: [16, 32]
  seed: 0-3
include: {seed: 7, objective: feature-extract}
exclude: [{objective: feature-extract, seed: 2}]
""")

Place = tuple[str | int, ...]

NUMBERS: dict[Place, tuple[Any, ...]] = {
    ("matrix", "seed"): (-1, 2**70, 1.5, "5-3", "a", "0-99999999999", {"count": 0}, [0, 0], [], True),
    ("matrix", "batch_size"): (0, -1, 1e300, float("inf"), "many", [16, 16], 2.5),
    ("defaults", "batch_size"): (0, -5, "16a", None, [], float("nan")),
    ("limits", "train_examples"): (0, -1, "all", 0.5, {}),
    ("parents", "own", "objective", "epochs"): (0, -3, 1e400, "ten", []),
    ("matrix", "objective", 0, "lr"): (0, -1, float("nan"), float("inf"), "quick"),
    ("matrix", "backbone", 0, "image_size"): (0, -8, "large", 1.5),
    ("device",): ("gpu", "cuda:x", "cpu\n", "$(touch ran)", 0),
    ("exclude", 0, "seed"): (9, "a", -1),
}
"""Values that the right suite cannot have in some places."""


def malformed(number: int) -> bytes:
    """Return the suite of a number: one that is wrong."""
    return BREAKS[number % len(BREAKS)](Random(number))


def _places(data: Any, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Give every part of a suite and where it is."""
    if place:
        yield place, data
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        yield from _places(value, (*place, key))


def _with(place: Place, value: Any) -> bytes:
    """Return the right suite with another value in a place."""
    suite: Any = copy.deepcopy(RIGHT)
    *way, last = place
    part = suite
    for step in way:
        part = part[step]
    part[last] = value
    return str(yaml.safe_dump(suite)).encode()


def _word(random: Random) -> str:
    return "zz" + "".join(random.choices("abc-_/.~$*é\u202e ", k=random.randint(1, 40)))


def unknown_key(random: Random) -> bytes:
    mappings = [place for place, part in _places(RIGHT) if isinstance(part, dict)]
    return _with((*random.choice([(), *mappings]), _word(random)), random.choice([1, "a", [], {"b": 1}]))


def value_of_no_use(random: Random) -> bytes:
    places = [place for place, part in _places(RIGHT) if not isinstance(part, dict | list)]
    return _with(random.choice(places), random.choice([{"zz": {"b": []}}, [[[1]]], [{"zz": 1}]]))


def section_of_no_use(random: Random) -> bytes:
    return _with((random.choice(list(RIGHT)),), [[[random.random()]]])


def missing_key(random: Random) -> bytes:
    suite = copy.deepcopy(RIGHT)
    places = [(suite, "matrix"), *((suite["matrix"], axis) for axis in ("backbone", "objective", "dataset"))]
    places += [(suite["parents"]["own"], key) for key in ("objective", "dataset")]
    part, key = random.choice(places)
    del part[key]
    return str(yaml.safe_dump(suite)).encode()


def number_out_of_range(random: Random) -> bytes:
    place = random.choice(list(NUMBERS))
    return _with(place, random.choice(NUMBERS[place]))


def unknown_plugin(random: Random) -> bytes:
    axis = random.choice(["backbone", "objective", "dataset"])
    name = random.choice([_word(random), "x" * random.randint(1, 20_000), "../" * 40 + "etc/passwd", "~root"])
    return _with(("matrix", axis), random.choice([name, {"name": name}, [name, name]]))


def selection_of_nothing(random: Random) -> bytes:
    axis = random.choice(["backbone", "objective", "dataset"])
    return _with(("exclude",), random.choice([{axis: "zz*"}, {axis: "*"}, [{axis: "[!a"}], {}]))


def origin_of_nothing(random: Random) -> bytes:
    artifact = {"artifact": random.choice(["/dev/zero", "~nobody/a", "x" * 5000])}
    circles: list[tuple[Place, Any]] = [(("parents", "own", "from"), "own"), (("parents", "own"), None)]
    origins = [_word(random), "x" * random.randint(4, 5000), artifact]
    return _with(*random.choice([*circles, (("matrix", "backbone", 1, "from"), random.choice(origins))]))


def bad_name(random: Random) -> bytes:
    names = ("../" * random.randint(1, 9) + "x", "/tmp/x", "", ".x", "a\x07b", "a" * 101)
    return _with(("name",), random.choice(names))


def _text() -> str:
    return json.dumps(RIGHT, indent=1)


def cut_off(random: Random) -> bytes:
    text = _text()
    return text[: random.randrange(1, len(text) - 1)].encode()


def control_character(random: Random) -> bytes:
    text, at = _text(), random.randrange(len(_text()))
    return (text[:at] + random.choice("\x00\x01\x07\x1b\x7f\x9b\ufffe") + text[at:]).encode()


def not_utf8(random: Random) -> bytes:
    text, at = _text().encode(), random.randrange(len(_text()))
    return text[:at] + random.choice([b"\xff", b"\xc3(", b"\xed\xa0\x80", b"\xf8\x88"]) + text[at:]


def tab(random: Random) -> bytes:
    lines = str(yaml.safe_dump(RIGHT)).splitlines()
    indented = [at for at, line in enumerate(lines) if line.startswith(" ")]
    at = random.choice(indented)
    lines[at] = "\t" + lines[at].lstrip()
    return "\n".join(lines).encode()


def tag(random: Random) -> bytes:
    tags = ("!!python/object/apply:os.system ['touch ran']", "!!python/name:os.system", "!ruby/object:X {}")
    return str(yaml.safe_dump(RIGHT)).replace("dataset: digits", f"dataset: {random.choice(tags)}").encode()


def alias(random: Random) -> bytes:
    tenfold = [f"a{at}: &a{at} [{', '.join([f'*a{at - 1}'] * 9)}]" for at in range(1, random.randint(5, 30))]
    laughs = "\n".join(["a0: &a0 [1]", *tenfold])
    texts = ("a: *gone", "a: &a [*a]", "a: &a {b: *a}", laughs, "&a *a : 1")
    return f"{random.choice(texts)}\n{yaml.safe_dump(RIGHT)}".encode()


def another_document(random: Random) -> bytes:
    return f"{yaml.safe_dump(RIGHT)}---\n{random.choice(['a: 1', '', '[1]'])}\n".encode()


def deep(random: Random) -> bytes:
    depth = random.randint(65, 20_000)
    left, right = random.choice(["[]", ("{a: ", "}"), ("- ", "")])
    return f"{yaml.safe_dump(RIGHT)}description2: {left * depth}{right * depth}".encode()


def twice(random: Random) -> bytes:
    key = random.choice(list(RIGHT))
    return f"{yaml.safe_dump(RIGHT)}{key}: {json.dumps(RIGHT[key])}\n".encode()


def no_suite(random: Random) -> bytes:
    empty = ("", "# nothing", "null", "[]", "3", "text", "---\n...", "\ufeff")
    others = ("matrix", "matrix:", "matrix: {}", "{matrix: [1]}", "? [a]\n: b", "%YAML 9")
    return random.choice((*empty, *others)).encode()


def noise(random: Random) -> bytes:
    return b"\xff" + random.randbytes(random.randint(0, 2000))


def punctuation(random: Random) -> bytes:
    return "".join(random.choices("{}[]:,-?&*!|>%@`'\"# \nab1\\", k=random.randint(1, 400))).encode() + b"\n}"


BREAKS: tuple[Callable[[Random], bytes], ...] = (
    *(unknown_key, value_of_no_use, section_of_no_use, missing_key, number_out_of_range, unknown_plugin),
    *(
        selection_of_nothing,
        origin_of_nothing,
        bad_name,
        cut_off,
        control_character,
        not_utf8,
        tab,
        tag,
        alias,
    ),
    *(another_document, deep, twice, no_suite, noise, punctuation),
)
