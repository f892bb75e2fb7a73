"""Suite files: what they say when they are right, and every way of being wrong."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.errors import SuiteError
from bench.planning import Suite, load_suite
from bench.registry import Broken, Owner, Registry

BASE = "matrix: {backbone: net/small, objective: tune, dataset: shapes}\n"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("data.csv").write_text("text,label\nhello,1\n")


def load(text: str, registry: Registry) -> Suite:
    Path("suite.yaml").write_text(text)
    return load_suite(Path("suite.yaml"), registry)


def problems_of(text: str, registry: Registry) -> list[str]:
    with pytest.raises(SuiteError) as caught:
        load(text, registry)
    return [line.removeprefix("suite.yaml:") for line in caught.value.problems]


def test_the_least_suite(registry: Registry) -> None:
    suite = load(BASE, registry)
    assert (suite.name, suite.device, suite.observers) == ("suite", "auto", ())
    assert suite.executor.name == "process"
    (point,) = suite.combinations
    assert (point.backbone.value.model, point.objective.value.epochs, point.seeds) == ("small", 3, (0,))
    assert (point.variant.settings.batch_size, point.variant.limits.steps) == (32, None)


def test_a_suite_with_everything(registry: Registry) -> None:
    suite = load(
        """
        name: all.of_it-1
        description: |
          Two lines
          of text.
        device: cuda:1
        executor: {name: farm, machines: 20}
        observers: [bell, {name: bell, times: 3}]
        defaults: {batch_size: 8, precision: fp32, threads: 1}
        limits: {steps: 10, seconds: 1, val_examples: 4}
        parents:
          low:
            objective: tune
            dataset: {name: shapes, classes: [dot]}
            seed: 7
            limits: {steps: 3}
            batch_size: 4
        matrix:
          backbone: {name: net/large, weights: [a, b], options: {x: [1, {y: null}]}, from: low, as: mine}
          objective: {name: tune, lr: 1, clip: null}
          dataset: {name: table, file: data.csv}
          seed: [4, 2]
          train_examples: [100, 1000]
        """,
        registry,
    )
    assert (suite.name, suite.device) == ("all.of_it-1", "cuda:1")
    assert (suite.executor.name, suite.executor.machines) == ("farm", 20)
    assert suite.description == "Two lines\nof text.\n"
    assert [observer.times for observer in suite.observers] == [1, 3]
    assert [(p.variant.limits.train_examples, seed) for p in suite.combinations for seed in p.seeds] == [
        (100, 4), (100, 2), (1000, 4), (1000, 2),
    ]  # fmt: skip
    backbone, objective, dataset, variant, _ = suite.combinations[0]
    assert backbone.value.weights == ("a", "b")
    assert (objective.value.lr, objective.value.clip) == (1.0, None)
    assert (dataset.value.file, dataset.task.name, dataset.task.width) == (Path("data.csv"), "reading", 3)
    assert variant.settings.model_dump() == {
        "batch_size": 8, "eval_batch_size": 128, "precision": "fp32", "compile": False, "threads": 1,
        "on_oom": "fail",
    }  # fmt: skip
    origin = backbone.origin
    assert (origin.name, origin.seed, origin.settings.batch_size, origin.limits.steps) == ("low", 7, 4, 3)
    assert (origin.settings.precision, origin.limits.val_examples) == ("fp32", 4)


LONG = "matrix:\n  backbone: net/small\n  objective: tune\n  dataset: shapes\n"
DEEP = "options: " + "{a: " * 70 + "1" + "}" * 70

BROKEN: dict[str, tuple[str, list[str]]] = {
    "unknown key": (
        "matrix:\n  backbone: net/small\n  objective: [tune, {name: tune, epoch: 3}]\n"
        "  dataset: shapes\nlimit: 3\n",
        [
            "3:34: matrix.objective[1].epoch: unknown key; did you mean 'epochs'?",
            "5:1: limit: unknown key; did you mean 'limits'?",
        ],
    ),
    "unknown axis": (
        LONG + "  batchsize: 3\n  optimiser: adamw\n",
        [
            "5:3: matrix.batchsize: unknown key; did you mean 'batch_size'?",
            "6:3: matrix.optimiser: unknown key",
        ],
    ),
    "wrong type": (
        BASE + "defaults: {batch_size: '3', threads: true, precision: 3}\nlimits: {seconds: soon}\nname: 3\n",
        [
            "2:24: defaults.batch_size: must be a whole number, not '3'",
            "2:38: defaults.threads: must be a whole number, not true",
            "2:55: defaults.precision: must be one of 'auto', 'fp32', 'bf16', 'fp16', not 3",
            "3:19: limits.seconds: must be a number, not 'soon'",
            "4:7: name: must be text, not 3",
        ],
    ),
    "out of bounds": (
        "matrix:\n  backbone: net/small\n"
        "  objective: {name: tune, epochs: 0, lr: 0, warmup: 1.0, optimizer: adam}\n"
        "  dataset: shapes\n  seed: [0, -1, 1.0]\n",
        [
            "3:35: matrix.objective.epochs: must be a whole number of at least 1, not 0",
            "3:42: matrix.objective.lr: must be a number above 0.0, not 0",
            "3:53: matrix.objective.warmup: must be a number below 1.0, not 1.0",
            "3:69: matrix.objective.optimizer: must be one of 'adamw', 'sgd', not 'adam'; "
            "did you mean 'adamw'?",
            "5:13: matrix.seed[1]: must be a whole number from 0 to 4294967295, not -1",
            "5:17: matrix.seed[2]: must be a whole number from 0 to 4294967295, not 1.0",
        ],
    ),
    "one branch of a union": (
        "matrix:\n  backbone: [{name: net/small, weights: 3}, {name: net/small, weights: [a, 3]}]\n"
        "  objective: tune\n  dataset: shapes\n",
        [
            "2:41: matrix.backbone[0].weights: must be text or a list, not 3",
            "2:76: matrix.backbone[1].weights[1]: must be text, not 3",
        ],
    ),
    "a plugin's own check": (
        "matrix: {backbone: net/small, objective: {name: tune, momentum: 0.5}, dataset: shapes}",
        ["1:65: matrix.objective.momentum: a half is unlucky"],
    ),
    "unknown plugin": (
        "matrix:\n  backbone: ent/small\n  objective: tone\n  dataset: {name: shape}\n"
        "observers: [bel, reader]\n",
        [
            "2:13: matrix.backbone: unknown backbone 'ent'; did you mean 'net'?",
            "3:14: matrix.objective: unknown objective 'tone'; did you mean 'tune'?",
            "4:19: matrix.dataset.name: unknown dataset 'shape'; did you mean 'shapes'?",
            "5:13: observers[0]: unknown observer 'bel'; did you mean 'bell'?",
            "5:18: observers[1]: unknown observer 'reader'",
        ],
    ),
    "the argument of a plugin": (
        "matrix:\n"
        "  backbone: [net, net/, net/tiny, reader/small, {name: net/small, model: large}, {name: net}]\n"
        "  objective: tune\n  dataset: shapes\n",
        [
            "2:14: matrix.backbone[0]: lacks its model: net/<model>",
            "2:19: matrix.backbone[1]: lacks its model: net/<model>",
            "2:25: matrix.backbone[2]: must be one of 'small', 'large', not 'tiny'",
            "2:35: matrix.backbone[3]: 'reader' takes nothing after a slash",
            "2:56: matrix.backbone[4].name: model is given twice: after the slash and as a key",
            "2:89: matrix.backbone[5].name: lacks its model: net/<model>",
        ],
    ),
    "not the name of a plugin": (
        "matrix: {backbone: [3, null, [net/small], {model: small}, {name: 3}], "
        "objective: tune, dataset: shapes}",
        [
            "1:21: matrix.backbone[0]: must be the name of a backbone, not 3",
            "1:24: matrix.backbone[1]: must be the name of a backbone, not null",
            "1:30: matrix.backbone[2]: must be the name of a backbone, not a list",
            "1:43: matrix.backbone[3]: missing key 'name'",
            "1:66: matrix.backbone[4].name: must be the name of a backbone, not 3",
        ],
    ),
    "missing package": (
        BASE.replace("net/small", "needy"),
        [
            "1:20: matrix.backbone: needy needs package 'no_such_package'; "
            "install it with: pip install no_such_package"
        ],
    ),
    "missing key": (
        "matrix: {backbone: net/small, dataset: table}",
        ["1:9: matrix: missing key 'objective'", "1:40: matrix.dataset: missing key 'file'"],
    ),
    "missing matrix": ("name: x\n", ["1:1: missing key 'matrix'"]),
    "duplicate key": (BASE + "device: cpu\ndevice: cuda\n", ["3:1: device: duplicate key"]),
    "cyclic alias": (
        "matrix: &m {backbone: net/small, objective: tune, dataset: shapes, seed: *m}\n",
        ["1:74: matrix.seed: refers to itself"],
    ),
    "bad YAML": ("matrix: [\n  a: b\n", ["3:1: not valid YAML: expected ',' or ']', but got '<stream end>'"]),
    "tab": ("matrix:\n\tbackbone: net/small\n", ["2:1: a tab cannot indent; use spaces"]),
    "empty file": ("", ["1:1: empty file"]),
    "nothing but comments": ("# later\n", ["1:1: empty file"]),
    "a list": ("- a\n", ["1:1: must be a mapping with a matrix"]),
    "a tag": (
        BASE + "limits: {steps: !!python/name:os.abort }\n",
        ["2:17: limits.steps: tags are not supported; write the plain value"],
    ),
    "2001-99-99": (
        BASE + "limits: {steps: 2001-99-99}\n",
        ["2:17: limits.steps: must be a whole number, not '2001-99-99'"],
    ),
    "1e-4 as a number": (
        BASE + "limits: {train_examples: 1e-4, steps: 1e2}\n",
        [
            "2:26: limits.train_examples: must be a whole number, not 0.0001",
            "2:39: limits.steps: must be a whole number, not 100.0",
        ],
    ),
    "NO as a name": (
        "matrix: {backbone: NO, objective: yes, dataset: {name: off}}",
        [
            "1:20: matrix.backbone: unknown backbone 'NO'",
            "1:35: matrix.objective: unknown objective 'yes'",
            "1:56: matrix.dataset.name: unknown dataset 'off'",
        ],
    ),
    "deep nesting": (
        f"matrix:\n  backbone: {{name: net/small, {DEEP}}}\n",
        ["2:285: nested deeper than 64"],
    ),
    "missing data file": (
        "matrix: {backbone: reader, objective: tune, dataset: {name: table, file: none.csv}}",
        ["1:74: matrix.dataset.file: no file 'none.csv'"],
    ),
    "missing column": (
        "matrix: {backbone: reader, objective: tune, dataset: [{name: table, file: data.csv, label: klass}]}",
        ["1:92: matrix.dataset[0].label: no column 'klass'"],
    ),
    "missing column that was not named": (
        "matrix: {backbone: reader, objective: tune, dataset: {name: table, file: suite.yaml}}",
        ["1:54: matrix.dataset: no column 'label'"],
    ),
    "unknown class": (
        "matrix:\n  backbone: net/small\n  objective: tune\n  dataset:\n"
        "  - name: shapes\n    classes: [dot, blob]\n",
        ["6:14: matrix.dataset[0].classes: unknown class 'blob'"],
    ),
    "unknown task": (
        "matrix: {backbone: reader, objective: tune, dataset: [{name: table, file: data.csv, task: readin},"
        " {name: table, file: data.csv, task: {name: reading, width: 0}}]}",
        [
            "1:91: matrix.dataset[0].task: unknown task 'readin'; did you mean 'reading'?",
            "1:159: matrix.dataset[1].task.width: must be a whole number of at least 1, not 0",
        ],
    ),
    "zero cells left": (
        BASE + "exclude:\n- {backbone: net/*}\n",
        ["3:1: exclude: leaves no cell"],
    ),
    "an empty axis": (
        BASE.replace("tune", "[]"),
        ["1:42: matrix.objective: must hold at least one entry"],
    ),
    "an entry twice": (
        "matrix: {backbone: [net/small, {name: net, model: small}], "
        "objective: tune, dataset: shapes, seed: [1, 1]}",
        ["1:32: matrix.backbone[1]: is listed already", "1:104: matrix.seed[1]: is listed already"],
    ),
    "parent cycle": (
        BASE + "parents:\n  a: {objective: tune, dataset: shapes, from: b}\n"
        "  b: {objective: tune, dataset: shapes, from: a}\n",
        ["4:47: parents.b.from: parents in a circle: 'a' -> 'b' -> 'a'"],
    ),
    "a parent of itself": (
        BASE
        + "parents: {a: {objective: tune, dataset: shapes, "
        "from: {objective: tune, dataset: shapes, from: a}}}",
        ["2:96: parents.a.from.from: parents in a circle: 'a' -> 'a'"],
    ),
    "faults of parents": (
        "matrix: {backbone: [{name: net/small, from: lo}, {name: net/small, from: {objective: tune}}],\n"
        "  objective: tune, dataset: shapes}\n"
        "parents: {low: {objective: tone, dataset: shapes, steps: 3, seed: x, batch_size: 0, limits: 3}, "
        "high: 3}\n",
        [
            "1:45: matrix.backbone[0].from: unknown parent 'lo'; did you mean 'low'?",
            "1:74: matrix.backbone[1].from: missing key 'dataset'",
            "3:28: parents.low.objective: unknown objective 'tone'; did you mean 'tune'?",
            "3:51: parents.low.steps: unknown key; it belongs under 'limits'",
            "3:67: parents.low.seed: must be a whole number from 0 to 4294967295, not 'x'",
            "3:82: parents.low.batch_size: must be a whole number of at least 1, not 0",
            "3:93: parents.low.limits: must be a mapping, not 3",
            "3:103: parents.high: must be a mapping with objective and dataset, not 3",
        ],
    ),
    "negative limit": (
        BASE + "limits: {steps: -3, seconds: -0.5}\n",
        [
            "2:17: limits.steps: must be a whole number of at least 1, not -3",
            "2:30: limits.seconds: must be a number above 0.0, not -0.5",
        ],
    ),
    "list where a scalar belongs": (
        BASE + "device: [cpu, cuda]\ndefaults: {batch_size: [16, 32]}\nlimits: [3]\n",
        [
            "2:9: device: must be text, not a list",
            "3:24: defaults.batch_size: must be a whole number, not a list",
            "4:9: limits: must be a mapping, not a list",
        ],
    ),
    "heading": (
        BASE + "name: ../x\ndevice: gpu\nexecutor: proces\ndescription: 3\n",
        [
            "2:7: name: must be letters, digits, '.', '_' and '-', not '../x'",
            "3:9: device: must be auto, cpu, cuda, cuda:N or mps, not 'gpu'",
            "4:11: executor: unknown executor 'proces'; did you mean 'process'?",
            "5:14: description: must be text, not 3",
        ],
    ),
    "an executor's settings": (
        BASE + "executor: {name: farm, machines: none}\n",
        ["2:34: executor.machines: must be a whole number, not 'none'"],
    ),
    "exclusions that do nothing": (
        BASE
        + "exclude: [{backbone: ent/*}, {}, {seed: 3}, {backbnoe: x}, {backbone: 3}, {batch_size: x}, 3]\n",
        [
            "2:30: exclude[1]: must name an axis",
            "2:46: exclude[3].backbnoe: unknown key; did you mean 'backbone'?",
            "2:71: exclude[4].backbone: must be a name or a pattern, not 3",
            "2:88: exclude[5].batch_size: must be a whole number, not 'x'",
            "2:92: exclude[6]: must be a mapping, not 3",
        ],
    ),
    "exclusions that match nothing": (
        BASE + "exclude: [{backbone: ent/*}, {seed: 3}, {precision: fp16}]\n",
        [
            "2:11: exclude[0]: matches no cell",
            "2:30: exclude[1]: matches no cell",
            "2:41: exclude[2]: matches no cell",
        ],
    ),
    "labels": (
        "matrix: {backbone: [{name: net/small, as: x}, {name: net/large, as: x}, {name: reader, as: 3}], "
        'objective: [tune, {name: probe, as: tune}], dataset: {name: shapes, as: "a\\nb"}}',
        [
            "1:21: matrix.backbone[0]: tables would call another entry 'x' too; name one with 'as'",
            "1:47: matrix.backbone[1]: tables would call another entry 'x' too; name one with 'as'",
            "1:92: matrix.backbone[2].as: must be printable text, not 3",
            "1:109: matrix.objective[0]: tables would call another entry 'tune' too; name one with 'as'",
            "1:115: matrix.objective[1]: tables would call another entry 'tune' too; name one with 'as'",
            "1:169: matrix.dataset.as: must be printable text, not 'a\\nb'",
        ],
    ),
    "one entry with two names": (
        BASE.replace("net/small", "{name: net/small, as: a}")
        + "include: {backbone: {name: net/small, as: b}}",
        ["2:43: include.backbone.as: the same entry is called 'a' elsewhere"],
    ),
    "far too many cells": (
        BASE.replace("shapes", f"shapes, seed: {list(range(1001))}, batch_size: {list(range(1, 1001))}"),
        ["1:9: matrix: makes 1,001,000 cells; at most 1,000,000 can be planned"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_every_mistake_is_told_with_its_place(case: str, registry: Registry) -> None:
    text, lines = BROKEN[case]
    assert problems_of(text, registry) == lines


def test_files_that_are_none(registry: Registry) -> None:
    Path("binary.yaml").write_bytes(bytes(range(256)))
    Path("folder").mkdir()
    for name, line in [
        ("none.yaml", "none.yaml: no such file"),
        ("folder", "folder: must be a file"),
        ("binary.yaml", "binary.yaml:2:118: must be text in UTF-8"),
    ]:
        with pytest.raises(SuiteError) as caught:
            load_suite(Path(name), registry)
        assert caught.value.problems == (line,)


def test_a_file_whose_name_cannot_be_the_suites(registry: Registry) -> None:
    Path("my suite.yaml").write_text(BASE)
    with pytest.raises(SuiteError, match=r"name: must be letters, digits, .* not 'my suite'"):
        load_suite(Path("my suite.yaml"), registry)
    Path("my suite.yaml").write_text(BASE + "name: mine")
    assert load_suite(Path("my suite.yaml"), registry).name == "mine"


def test_an_unknown_plugin_may_be_a_broken_one(registry: Registry) -> None:
    owner = Owner("tortoise", "tortoise-nets", "0.1")
    broken = Registry(registry.entries, [owner], [Broken(owner, "ImportError: no shell")])
    assert problems_of(BASE.replace("net/small", "tortoise"), broken) == [
        "1:20: matrix.backbone: unknown backbone 'tortoise'; "
        "plugin tortoise (tortoise-nets 0.1) is broken: ImportError: no shell"
    ]
    assert load(BASE, broken).combinations


@pytest.mark.parametrize("forward", [True, False])
def test_a_long_line_of_parents_is_refused(registry: Registry, forward: bool) -> None:
    numbers = range(400) if forward else range(399, -1, -1)
    parents = [
        f"  p{i}: {{objective: tune, dataset: shapes{f', from: p{i - 1}' if i else ''}}}" for i in numbers
    ]
    lines = problems_of(BASE + "parents:\n" + "\n".join(parents), registry)
    assert lines
    assert all("more than 16 parents in a row" in line for line in lines)


def test_each_data_set_is_looked_at_once(registry: Registry) -> None:
    shapes = registry.entries["dataset"]["shapes"].cls
    shapes.looked_at.clear()
    load(
        "matrix: {backbone: {name: net/small, from: {objective: tune, dataset: shapes}}, "
        "objective: [tune, probe], dataset: [shapes, {name: shapes, classes: [dot]}], seed: [0, 1]}\n"
        "include: [{dataset: {name: shapes}}]",
        registry,
    )
    assert shapes.looked_at == ["shapes", "shapes"]


@given(text=st.text() | st.text(alphabet="[]{}:,-&*!'\"# \n\tmatrixbckoe1.~"))
def test_any_text_is_a_suite_or_problems(registry: Registry, tmp_path_factory: Any, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_text(text, encoding="utf-8", errors="surrogateescape")
    with suppress(SuiteError):
        load_suite(path, registry)


WORDS = st.sampled_from(
    [
        *(
            "backbone",
            "objective",
            "dataset",
            "seed",
            "batch_size",
            "steps",
            "limits",
            "defaults",
            "from",
            "as",
        ),
        *("name", "parents", "a", "include", "exclude", "matrix", "observers", "device", "threads", "model"),
        *(
            "net/small",
            "net",
            "reader",
            "needy",
            "tune",
            "probe",
            "shapes",
            "table",
            "bell",
            "classes",
            "dot",
        ),
    ]
)
SUITES = st.dictionaries(
    WORDS,
    st.recursive(
        WORDS | st.integers(-1, 3) | st.none() | st.booleans() | st.floats(allow_nan=False),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=5),
        max_leaves=15,
    ),
)


@settings(max_examples=50)
@given(data=SUITES)
def test_any_data_is_a_suite_or_problems(registry: Registry, tmp_path_factory: Any, data: Any) -> None:
    right = yaml.safe_load(BASE)
    for mixed in (data, right | data, {**data, "matrix": right["matrix"]}):
        path = tmp_path_factory.getbasetemp() / "any.yaml"
        path.write_text(yaml.safe_dump(mixed))
        problems: tuple[str, ...] = ()
        try:
            load_suite(path, registry)
        except SuiteError as error:
            problems = error.problems
        assert all(line.startswith(f"{path}:") and "\n" not in line for line in problems)


@pytest.mark.parametrize(
    ("written", "seeds"),
    [
        ("0-3", [0, 1, 2, 3]),
        ("{count: 3}", [0, 1, 2]),
        ("'0,2'", [0, 2]),
        ("[0-1, 7]", [0, 1, 7]),
        ("0-3\nexclude: {seed: 1-2}", [0, 3]),
    ],
)
def test_several_seeds_in_one_entry(registry: Registry, written: str, seeds: list[int]) -> None:
    block = BASE.strip().replace("{", "\n  ").replace(", ", "\n  ").removesuffix("}")
    suite = load(f"{block}\n  seed: {written}\n", registry)
    assert [seed for point in suite.combinations for seed in point.seeds] == seeds


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("[0-3, 2]", "matrix.seed[1]: is listed already"),
        ("[0, 5-3]", "matrix.seed[1]: counts down from 5 to 3; write 3-5"),
        ("{count: 1000000}", "matrix.seed: count must be a whole number from 1 to 10,000, not 1000000"),
        ("0-1000000", "matrix.seed: stands for 1,000,001 seeds; at most 10,000 can be planned"),
        ("[0-9998, 9999-19990]", "matrix.seed: lists more than 10,000 seeds; no more can be planned"),
    ],
)
def test_seeds_that_are_wrong_are_located(registry: Registry, written: str, problem: str) -> None:
    text = BASE.replace("shapes}", f"shapes, seed: {written}}}")
    assert [line.partition(" ")[2] for line in problems_of(text, registry)] == [problem]


LIMITS = BASE.replace("shapes}", "shapes, {}}}").replace("{b", "{{b")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            LIMITS.format("shots: [1, 8]") + "limits: {train_examples: 9}\n",
            "matrix.shots: says how many training examples there are, and so does train_examples; "
            "a cell can have one",
        ),
        (
            BASE + "limits: {shots: 8, train_fraction: 0.5}\n",
            "limits.shots: says how many training examples there are, and so does train_fraction; "
            "a cell can have one",
        ),
        (
            "parents: {low: {objective: tune, dataset: shapes, limits: {shots: 1, train_examples: 1}}}\n"
            + BASE,
            "parents.low.limits.shots: says how many training examples there are, and so does "
            "train_examples; a cell can have one",
        ),
        (
            BASE + "limits: {redraw: true}\n",
            "limits.redraw: has no effect without shots, train_examples or train_fraction",
        ),
        (BASE + "limits: {shots: 0}\n", "limits.shots: must be a whole number of at least 1, not 0"),
    ],
)
def test_limits_that_cannot_hold_together(registry: Registry, text: str, problem: str) -> None:
    assert [line.partition(" ")[2] for line in problems_of(text, registry)] == [problem]


def test_such_limits_may_be_axes_whose_conflicts_are_excluded(registry: Registry) -> None:
    text = LIMITS.format("shots: [8, null], train_examples: [100, null], redraw: true")
    suite = load(text + "exclude: {shots: 8, train_examples: 100}\n", registry)
    limits = [point.variant.limits for point in suite.combinations]
    assert [(each.shots, each.train_examples, each.redrawn) for each in limits] == [
        (8, None, True), (None, 100, True), (None, None, False),
    ]  # fmt: skip
