"""What can be seen of a plugin class without making a value of it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from types import ModuleType

from ..api import Plugin
from ..registry import KINDS

DECLARED: Mapping[str, tuple[str, ...]] = {
    "dataset": ("task",),
    "task": ("modality", "figures", "primary"),
    "metric": ("figures",),
    "meter": ("table", "figures"),
}
"""What a class of a kind must set beside its name; a data set's task may be a field."""

LOADED = 9
LOADS_TORCH = f"""
import importlib.util, sys
name, file, *sys.path = sys.argv[1:]
try:
    __import__(name)
except ModuleNotFoundError:  # a file given to --plugin
    spec = importlib.util.spec_from_file_location(name, file)
    sys.modules[name] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
sys.exit({LOADED} if "torch" in sys.modules else 0)
"""


def check_declared(cls: type[Plugin], kind: str) -> Iterator[str]:
    """Give what its class must say and does not; without it nothing can be tried."""
    for name in DECLARED.get(kind, ()):
        if not hasattr(cls, name) and name not in cls.model_fields:
            yield f"does not say its '{name}'"


def check_described(cls: type[Plugin]) -> Iterator[str]:
    """Give what its class lacks for people, and what makes it a burden to planning."""
    if not cls.__doc__:
        yield "has no docstring; its first line is what `bench list` shows"
    for name, field in cls.model_fields.items():
        if not field.description:
            yield f"setting '{name}' has no description"
    for figure in getattr(cls, "figures", ()):
        if not figure.doc:
            yield f"figure '{figure.name}' has no doc, which `bench list` shows"
    if not cls.model_config.get("frozen") or cls.model_config.get("extra") != "forbid":
        yield "its settings must stay frozen and closed, as bench.Plugin makes them"
    module = sys.modules[cls.__module__]
    if any(hasattr(module, f"bench_{kind}s") for kind in KINDS) and _loads_torch(module):
        yield "importing its module loads torch; import it inside the verbs, so that planning stays quick"


@cache
def _loads_torch(module: ModuleType) -> bool:
    command = [sys.executable, "-c", LOADS_TORCH, module.__name__, str(module.__file__), *sys.path]
    return subprocess.run(command, capture_output=True, check=False).returncode == LOADED  # ours
