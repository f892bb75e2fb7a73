"""The house as `bench/README.md` draws it: layers, public names, entry points, and what is never done."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
import tomllib
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from importlib.metadata import packages_distributions
from pathlib import Path
from zipfile import ZipFile

import pytest

import bench
from bench import hookspecs
from bench.registry import GROUP, KINDS, load

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
ENTRY_POINTS = PROJECT["project"]["entry-points"][GROUP]
CORE = sorted((ROOT / "bench").rglob("*.py"))
PLUGINS = sorted((ROOT / "plugins").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
PACKAGES = {path.name for path in (ROOT / "plugins").iterdir() if path.name.startswith("bench_")}

LAYERS = (
    {"cli", "__main__"},
    {"testing"},
    {"reporting"},
    {"running"},
    {"trial"},
    {"feeding"},
    {"measuring"},
    {"records"},
    {"planning"},
    {"registry", "hookspecs"},
    {"toolkit"},
    {"statistics"},
    {"api"},
    {"errors"},
)
"""Rooms of `bench`, from the top. Each imports only from itself and from those below."""

SHOWN = {"api", "errors", "hookspecs", "reporting"}
"""What `bench` itself shows: contracts, and, imported only when called, `bench.load`."""

PUBLIC = {"toolkit", "testing"}
"""Rooms that plugins may use beside `bench` itself."""

HEAVY = ("torch", "numpy", "transformers", "timm", "torchvision", "datasets", "pandas", "sklearn")


@cache
def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


def module_of(path: Path) -> str:
    """`bench/planning/cell.py` is `bench.planning.cell`, `plugins/bench_text/hf.py` is `bench_text.hf`."""
    base = ROOT / "plugins" if path.is_relative_to(ROOT / "plugins") else ROOT
    return ".".join(path.relative_to(base).with_suffix("").parts).removesuffix(".__init__")


def imports(tree: ast.Module, package: str) -> Iterator[str]:
    """Give the full name of everything that is imported, at the top or within, for types or for real."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) + 1 - node.level] if node.level else []
            start = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{start}.{alias.name}" for alias in node.names)


def package_of(path: Path) -> str:
    module = module_of(path)
    return module if path.name == "__init__.py" else module.rpartition(".")[0]


# --- layers ------------------------------------------------------------------------------------------


def layer(part: str) -> int:
    """The number of a part's layer, from the top."""
    return next(number for number, parts in enumerate(LAYERS) if part in parts)


def part_of(name: str) -> str:
    """The part of `bench` that a full name is in; names that `bench` itself exports are in none."""
    part = name.split(".")[1] if "." in name else ""
    return part if any(part in parts for parts in LAYERS) else ""


def upward(module: str, imported: Iterator[str]) -> list[str]:
    """Return the imports of a module of `bench` that do not point downwards."""
    own = part_of(module)
    found = [name for name in imported if name.split(".")[0] == "bench"]
    if own == "":
        return [name for name in found if part_of(name) not in SHOWN]
    return [name for name in found if part_of(name) == "" or layer(part_of(name)) < layer(own)]


def test_each_part_of_bench_has_a_layer():
    parts = {module_of(path).split(".")[1] for path in CORE if module_of(path) != "bench"}
    assert parts == set().union(*LAYERS)


@pytest.mark.parametrize("path", CORE, ids=module_of)
def test_imports_point_downwards(path):
    assert upward(module_of(path), imports(parse(path), package_of(path))) == []


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("bench.planning.cell", "from ..records.store import Store"),
        ("bench.planning.cell", "from bench.running import runner"),
        ("bench.planning.cell", "import bench.cli.main"),
        ("bench.errors", "from .api import Plugin"),
        ("bench.toolkit.training", "from ..registry import load"),
        ("bench.api.task", "def later():\n    from ..toolkit.training import sgd"),
        ("bench.records.store", "from bench import Task"),
        ("bench", "from .registry import load"),
    ],
)
def test_an_import_upwards_is_seen(module, line):
    package = "bench" if module == "bench" else module.rpartition(".")[0]
    assert upward(module, imports(ast.parse(line), package)) != []


# --- circles -----------------------------------------------------------------------------------------


def origin(name: str, modules: Collection[str]) -> str:
    """The module that a full name comes from; empty if it is none of these."""
    while name and name not in modules:
        name = name.rpartition(".")[0]
    return name


def circle(trees: Mapping[str, tuple[ast.Module, str]]) -> list[str]:
    """Return a circle of imports among modules, each given with its package; empty if there is none."""
    graph = {
        module: {origin(name, trees) for name in imports(tree, package)} - {""}
        for module, (tree, package) in trees.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        found: list[str] = error.args[1]
        return found
    return []


def test_there_is_no_circle_of_imports():
    """Those for types alone and those within functions are imports too."""
    found = circle({module_of(path): (parse(path), package_of(path)) for path in [*CORE, *PLUGINS]})
    assert found == [], " <- ".join(found)


@pytest.mark.parametrize(
    ("sources", "found"),
    [
        ({"p": "", "p.a": "from .b import B", "p.b": "import p.a"}, {"p.a", "p.b"}),
        ({"p": "", "p.a": "from .b import B", "p.b": "def later():\n    from .a import A"}, {"p.a", "p.b"}),
        ({"p": "", "p.a": "from . import b", "p.b": "if TYPE_CHECKING:\n from .a import A"}, {"p.a", "p.b"}),
        ({"p": "from .a import A", "p.a": "from . import A"}, {"p", "p.a"}),
        ({"p": "", "p.a": "from .b import B", "p.b": "from .c import C", "p.c": "from .a import A"},
         {"p.a", "p.b", "p.c"}),
        ({"p": "from .a import A", "p.a": "from . import b", "p.b": "import json"}, set()),
    ],
    ids=["plain", "within a function", "for types", "of the package itself", "of three", "none"],
)  # fmt: skip
def test_a_circle_is_seen(sources, found):
    trees = {module: (ast.parse(text), "p") for module, text in sources.items()}
    assert set(circle(trees)) == found


# --- plugins -----------------------------------------------------------------------------------------


def forbidden(package: str, imported: Iterator[str]) -> list[str]:
    """Return the imports of a module in a plugin package that are neither public nor its own."""
    found = []
    for name in imported:
        top, part = name.split(".")[0], part_of(name)
        if top == "bench" and part not in PUBLIC and (part or name.split(".")[-1] not in bench.__all__):
            found.append(name if name != "bench" else "")
        if top in PACKAGES and top != package:
            found.append(name)
    return [name for name in found if name]


@pytest.mark.parametrize("path", PLUGINS, ids=module_of)
def test_plugins_import_only_the_public_api(path):
    package = module_of(path).split(".")[0]
    assert forbidden(package, imports(parse(path), package_of(path))) == []


@pytest.mark.parametrize(
    "line",
    [
        "from bench.trial.live import LiveRun",
        "import bench.registry",
        "from bench import errors",
        "from bench.api import Task",
        "from bench_vision.digits import Digits",
    ],
)
def test_an_import_of_internals_is_seen(line):
    assert forbidden("bench_text", imports(ast.parse(line), "bench_text")) != []


def brings_plugins(path: Path) -> bool:
    functions = (node for node in ast.walk(parse(path)) if isinstance(node, ast.FunctionDef))
    return any("hookimpl" in ast.unparse(mark) for node in functions for mark in node.decorator_list)


def test_entry_points_name_each_plugin_file_once():
    files = {module_of(path) for path in [*CORE, *PLUGINS] if brings_plugins(path)}
    assert sorted(ENTRY_POINTS.values()) == sorted(files - {"bench.testing.trouble"})  # one for checks alone


def test_each_plugin_package_is_in_the_wheel():
    wheel = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert sorted(wheel) == sorted(["bench", *(f"plugins/{package}" for package in PACKAGES)])


@pytest.mark.parametrize("package", ["bench", *(f"plugins/{package}" for package in sorted(PACKAGES))])
def test_each_package_is_typed_to_a_stranger_s_type_checker(package):
    assert (ROOT / package / "py.typed").read_bytes() == b""


def test_the_wheel_says_that_its_packages_are_typed(tmp_path):
    builder = pytest.importorskip("hatchling.builders.wheel").WheelBuilder
    (wheel,) = builder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    typed = {name for name in ZipFile(wheel).namelist() if name.endswith("py.typed")}
    assert typed == {f"{package}/py.typed" for package in ("bench", *PACKAGES)}


def test_the_wheel_has_what_the_page_is_made_of(tmp_path):
    builder = pytest.importorskip("hatchling.builders.wheel").WheelBuilder
    (wheel,) = builder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    folder = ROOT / "bench" / "reporting" / "writers" / "html" / "templates"
    parts = {path.relative_to(ROOT).as_posix() for path in folder.iterdir()}
    assert {"page.html", "style.css", "script.js"} <= {part.rpartition("/")[2] for part in parts}
    assert parts <= set(ZipFile(wheel).namelist())


def named(requirements):
    return {re.split(r"[<>=\[]", line)[0] for line in requirements}


def test_what_plugins_need_is_installed_with_them():
    """Either with all of bench, or with the extra that has the plugin's name."""
    extras = PROJECT["project"]["optional-dependencies"]
    listed = named(PROJECT["project"]["dependencies"])
    distributions = {
        package: [name.lower() for name in names] for package, names in packages_distributions().items()
    }
    needed = {
        (entry.cls.name, module.partition(".")[0])
        for entries in load().entries.values()
        for entry in entries.values()
        for module in entry.cls.requires
    }
    lacking = [
        (plugin, module)
        for plugin, module in needed
        if (listed | named(extras.get(plugin, []))).isdisjoint(distributions.get(module, [module]))
    ]
    assert lacking == []
    assert {("timm", "timm"), ("mlflow", "mlflow")} <= needed


def run_python(code: str) -> str:
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout


def test_importing_plugins_loads_nothing_heavy():
    heavy = f"print([name for name in {HEAVY} if name in sys.modules])"
    code = (
        f"import importlib, sys\nfor m in {list(ENTRY_POINTS.values())}: importlib.import_module(m)\n{heavy}"
    )
    assert run_python(code).strip() == "[]"


@pytest.mark.parametrize("arguments", [["--help"], ["list"], ["list", "backbones", "--json"]])
def test_commands_that_only_look_load_nothing_heavy(arguments):
    code = (
        "import contextlib, io, sys\nfrom bench.cli.main import call\n"
        f"with contextlib.redirect_stdout(io.StringIO()): assert call({arguments}) == 0\n"
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    assert run_python(code).strip() == "[]"


# --- public names ------------------------------------------------------------------------------------


@cache
def described() -> set[str]:
    """The names of `bench`, its api and errors that have a docstring, classes and aliases alike."""
    package = ROOT / "bench"
    found: set[str] = set()
    for path in [*(package / "api").glob("*.py"), package / "errors.py", package / "__init__.py"]:
        body = parse(path).body
        for node, following in zip(body, [*body[1:], None], strict=True):
            if isinstance(node, ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node):
                found.add(node.name)
            elif isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(following, ast.Expr):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                found.update(target.id for target in targets if isinstance(target, ast.Name))
    return found


def test_public_names_are_there_and_sorted():
    assert len(set(bench.__all__)) == len(bench.__all__)
    assert [name for name in bench.__all__ if not hasattr(bench, name)] == []
    assert sorted(set(bench.api.__all__) - set(bench.__all__)) == []


@pytest.mark.parametrize("name", sorted(set(bench.__all__) - {"hookimpl"}))
def test_public_names_are_described(name):
    assert name in described()


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_a_documented_hook(kind):
    hook = getattr(hookspecs, f"bench_{kind}s")
    assert inspect.getdoc(hook)
    assert f"def bench_{kind}s" in (ROOT / "plugins" / "README.md").read_text()


def test_there_are_no_other_hooks():
    hooks = {name for name in vars(hookspecs) if name.startswith("bench_")}
    assert hooks == {f"bench_{kind}s" for kind in KINDS}


# --- the core names no plugin ------------------------------------------------------------------------

NOT_PLUGINS = {
    "json": "pydantic's mode of dumping",
    "evaluate": "the phase in which quality is measured",
    "timm": "a package whose version is recorded",
    "torchvision": "a package whose version is recorded",
    "text": "a kind of value in a YAML file",
    "csv": "a format of reports",
    "process": "the executor of suites that name none",
}
"""Words that happen to be a plugin's name too, and what they mean in the core."""


def literals(tree: ast.Module) -> Iterator[str]:
    """Give all strings in code, docstrings left out: those are statements of their own."""
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.value


def test_the_core_names_no_plugin():
    registry = load()
    kinds = ("backbone", "objective", "dataset", "task", "executor")
    names = {name for kind in kinds for name in registry.names(kind)}
    assert {"fine-tune", "cifar", "digits", "image-classification", "inline"} <= names
    core = [path for path in CORE if module_of(path) not in ENTRY_POINTS.values()]
    named = {(module_of(path), text) for path in core for text in literals(parse(path)) if text in names}
    assert sorted((module, text) for module, text in named if text not in NOT_PLUGINS) == []


# --- what is never done ------------------------------------------------------------------------------

NEVER: Mapping[str, str] = {
    "yaml.load": "builds objects; use safe loading",
    "yaml.unsafe_load": "builds objects; use safe loading",
    "yaml.full_load": "builds objects; use safe loading",
    "pickle.load": "runs code",
    "pickle.loads": "runs code",
    "pickle.Unpickler": "runs code",
    "joblib.load": "runs code",
    "eval": "runs code",
    "exec": "runs code",
    "os.system": "runs a shell",
    "mock.patch": "fake at the seam instead",
}


def crimes(tree: ast.Module) -> Iterator[str]:
    """Give each call that must not be, and each import of mock."""
    yield from (f"imports {name}" for name in imports(tree, "") if name.startswith("unittest.mock"))
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        keywords = {word.arg: ast.unparse(word.value) for word in node.keywords}
        if called in NEVER:
            yield f"{called}: {NEVER[called]}"
        if called == "torch.load" and keywords.get("weights_only") != "True":
            yield "torch.load without weights_only=True"
        for word in ("trust_remote_code", "allow_pickle", "shell"):
            if keywords.get(word, "False") != "False":
                yield f"{called}: {word} is not False"


@pytest.mark.parametrize("path", [*CORE, *PLUGINS, *TESTS], ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_forbidden_is_called(path):
    assert list(crimes(parse(path))) == []


@pytest.mark.parametrize(
    "code",
    [
        "yaml.load(text)",
        "pickle.load(file)",
        "from unittest import mock",
        "torch.load(path)",
        "torch.load(path, weights_only=False)",
        "AutoModel.from_pretrained(name, trust_remote_code=True)",
        "AutoModel.from_pretrained(name, trust_remote_code=self.trust)",
        "eval(text)",
        "np.load(path, allow_pickle=True)",
    ],
)
def test_what_is_forbidden_is_seen(code):
    assert list(crimes(ast.parse(code))) != []


@pytest.mark.parametrize("code", ["model.eval()", "torch.load(p, weights_only=True)", "yaml.compose(text)"])
def test_what_is_allowed_is_left_alone(code):
    assert list(crimes(ast.parse(code))) == []


# --- size and signs ----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [*CORE, *PLUGINS], ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_is_short(path):
    assert len(path.read_text().splitlines()) <= 300


@pytest.mark.parametrize("folder", ["bench", "plugins", "suites", "results", "tests"])
def test_each_folder_says_what_lives_in_it(folder):
    assert (ROOT / folder / "README.md").read_text().startswith("# ")
