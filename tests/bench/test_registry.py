"""Plugins are found, named and checked; a bad one is told with its reason and stops nothing else."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from textwrap import dedent

import pytest

import fakes
from bench.errors import BenchError, RegistryError
from bench.registry import Owner, Registry, describe, load, load_file

GOOD = """
    from bench import Backbone, hookimpl

    class Mine(Backbone):
        name = "mine"

        def modalities(self):
            return frozenset({"point"})

        def load(self):
            raise NotImplementedError

    @hookimpl
    def bench_backbones():
        return [Mine]
"""


RESERVED = """
    import pydantic

    Mine = pydantic.create_model("Mine", __base__=Mine, **{"from": (str, "x")})
"""


def plugin(folder: Path, text: str, name: str = "plugin.py") -> Path:
    path = folder / name
    path.write_text(dedent(text))
    return path


def loaded(*paths: Path) -> Registry:
    registry = Registry(files=list(paths))
    for path in paths:
        load_file(registry, path)
    return registry


HANGS = "its import takes longer than 0.2 seconds"


def test_built_ins_and_files_are_found_alike() -> None:
    registry = load([fakes.FILE])
    assert registry.broken == []
    assert {"evaluate", "feature-extract", "fine-tune", "gradual-unfreeze"} <= set(
        registry.names("objective")
    )
    assert {"flops", "latency", "memory", "parameters", "speed"} <= set(registry.names("meter"))
    assert "layers" in registry.names("backbone")
    assert registry.names("backbone") == sorted(registry.names("backbone"))
    assert {meter.name for meter in registry.meters()} == set(registry.names("meter"))
    assert {"auroc", "calibration-error", "top-5"} <= {metric.name for metric in registry.metrics()}


def test_the_version_of_a_file_is_its_digest(tmp_path: Path) -> None:
    path = plugin(tmp_path, GOOD)
    (owner,) = loaded(path).owners
    assert owner == Owner("plugin", "plugin.py", hashlib.sha256(path.read_bytes()).hexdigest()[:12])
    path.write_text(path.read_text() + "\n# changed\n")
    (changed,) = loaded(path).owners
    assert changed.version != owner.version


def test_the_version_of_a_package_is_that_of_its_distribution() -> None:
    entry = load().find("objective", "fine-tune")
    assert entry is not None
    assert entry.owner.distribution == "transferbench"
    assert entry.owner.version[0].isdigit()


def test_files_of_one_name_in_two_folders_are_two_plugins(tmp_path: Path) -> None:
    for folder, name in (("a", "mine"), ("b", "yours")):
        (tmp_path / folder).mkdir()
        plugin(tmp_path / folder, GOOD.replace('"mine"', f'"{name}"'))
    registry = loaded(tmp_path / "a" / "plugin.py", tmp_path / "b" / "plugin.py")
    assert registry.names("backbone") == ["mine", "yours"]


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match=r"nowhere\.py: no such plugin file"):
        load([tmp_path / "nowhere.py"])


def test_a_value_is_made_from_its_description_and_gives_it_back() -> None:
    registry = load([fakes.FILE])
    spec = {"name": "layers", "width": "4", "fault": "none"}
    value = registry.create("backbone", spec)
    assert describe(value) == spec
    assert registry.owner("backbone", value).plugin == "fakes"


def test_what_is_not_installed_is_told_with_what_is_broken(tmp_path: Path) -> None:
    registry = loaded(plugin(tmp_path, "import a_module_that_is_not_there", "bad.py"))
    with pytest.raises(BenchError) as caught:
        registry.create("backbone", {"name": "mine"})
    text = str(caught.value)
    assert text.startswith("no backbone 'mine' is installed; plugin bad (bad.py ")
    assert "is broken: ModuleNotFoundError: No module named 'a_module_that_is_not_there'" in text
    assert "\n" not in text


BROKEN = {
    "does not import": (
        "import a_module_that_is_not_there",
        "ModuleNotFoundError: No module named 'a_module",
    ),
    "is no Python": ("def", "SyntaxError: "),
    "exits": ("raise SystemExit('good bye')", "SystemExit: good bye"),
    "has no hooks": ("x = 1", "TypeError: implements no hook of bench.hookspecs"),
    "misspells a hook": (
        GOOD.replace("bench_backbones", "bench_backbone"),
        "PluginValidationError: unknown hook",
    ),
    "has a hook that fails": (GOOD.replace("[Mine]", "[1 / 0]"), "ZeroDivisionError: division by zero"),
    "gives no list": (GOOD.replace("[Mine]", "3"), "TypeError: 'int' object is not iterable"),
    "gives no class": (
        GOOD.replace("[Mine]", "['mine']"),
        "TypeError: 'mine' is not a subclass of bench.Backbone",
    ),
    "gives a class of its own": (GOOD.replace("[Mine]", "[dict]"), "is not a subclass of bench.Backbone"),
    "gives another kind": (GOOD.replace("bench_backbones", "bench_tasks"), "is not a subclass of bench.Task"),
    "has no name": (GOOD.replace('name = "mine"', ""), "Mine.name is None"),
    "has a bad name": (
        GOOD.replace('"mine"', '"My Model"'),
        "Mine.name is 'My Model'; it must be lower case",
    ),
    "has a name with a slash": (GOOD.replace('"mine"', '"a/b"'), "Mine.name is 'a/b'"),
    "is abstract": (GOOD.replace("def load", "def unload"), "TypeError: Mine does not implement load"),
    "has a field that suites read themselves": (
        GOOD + RESERVED,
        "Mine has a field that suites use themselves: from",
    ),
    "has an argument that is no field": (
        GOOD.replace('name = "mine"', 'name = "mine"\n        argument = "model"'),
        "Mine.argument is 'model', which is none of its fields",
    ),
}


@pytest.mark.parametrize(("text", "reason"), BROKEN.values(), ids=BROKEN.keys())
def test_a_bad_plugin_is_listed_with_its_reason_and_the_others_load(
    tmp_path: Path, text: str, reason: str
) -> None:
    good = plugin(tmp_path, GOOD.replace('"mine"', '"good"').replace("Mine", "Good"), "good.py")
    registry = loaded(plugin(tmp_path, text, "bad.py"), good)
    assert registry.names("backbone") == ["good"]
    assert [owner.plugin for owner in registry.owners] == ["bad", "good"]
    (broken,) = registry.broken
    assert broken.owner.plugin == "bad"
    assert reason in broken.reason
    assert "\n" not in broken.reason


def test_a_broken_package_stops_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, monkeypatch, "import a_module_that_is_not_there")
    registry = load()
    (broken,) = registry.broken
    assert str(broken.owner) == "strange (strange-things 1.2.3)"
    assert broken.reason == "ModuleNotFoundError: No module named 'a_module_that_is_not_there'"
    assert "fine-tune" in registry.names("objective")


def test_a_good_package_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, monkeypatch, GOOD)
    entry = load().find("backbone", "mine")
    assert entry is not None
    assert str(entry.owner) == "strange (strange-things 1.2.3)"


def test_one_name_for_two_plugins_is_refused_with_both_owners(tmp_path: Path) -> None:
    first, second = plugin(tmp_path, GOOD, "first.py"), plugin(tmp_path, GOOD + "\n", "second.py")
    with pytest.raises(RegistryError) as caught:
        loaded(first, second)
    text = str(caught.value)
    assert text.startswith("backbone 'mine' is claimed by first (first.py ")
    assert " and by second (second.py " in text
    assert text.endswith("; uninstall one of them")


def test_a_package_may_not_take_the_name_of_a_built_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, monkeypatch, GOOD.replace('"mine"', '"timm"'))
    with pytest.raises(
        RegistryError, match=r"backbone 'timm' is claimed by .*\(transferbench .*strange-things 1\.2\.3"
    ):
        load()


def test_one_name_for_two_kinds_is_no_collision(tmp_path: Path) -> None:
    text = """
        from bench import Backbone, Observer, hookimpl

        class Seer(Observer):
            name = "mine"

            def follow(self, cell):
                pass

        @hookimpl
        def bench_observers():
            return [Seer]
    """
    registry = loaded(plugin(tmp_path, GOOD, "first.py"), plugin(tmp_path, text, "second.py"))
    assert registry.names("backbone") == registry.names("observer") == ["mine"]


def install(folder: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Put a package with an entry point onto the path, as an installer would."""
    plugin(folder, text, "strange_things.py")
    about = folder / "strange_things-1.2.3.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: strange-things\nVersion: 1.2.3\n")
    (about / "entry_points.txt").write_text("[bench]\nstrange = strange_things\n")
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delitem(sys.modules, "strange_things", raising=False)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("raise BaseException('no')", "BaseException: no"),
        ("raise GeneratorExit", "GeneratorExit"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("def f(): f()\nf()", "RecursionError: maximum recursion depth exceeded"),
        ("while True:\n    try:\n        pass\n    except Exception:\n        pass", HANGS),
        ("import time\ntime.sleep(600)", HANGS),
    ],
)
def test_an_import_that_raises_anything_or_never_ends_is_listed(
    tmp_path: Path, body: str, reason: str
) -> None:
    file = tmp_path / "odd.py"
    file.write_text(body + "\n")
    registry = Registry(import_seconds=0.2)
    load_file(registry, file)
    assert [item.reason for item in registry.broken] == [reason]
