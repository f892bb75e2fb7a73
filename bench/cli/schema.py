"""`bench schema`: print the JSON Schema of suite files."""

from __future__ import annotations

from . import options


def schema(plugin: options.PluginFiles = None) -> None:
    """Print the JSON Schema of suites, installed plugins included, for completion in editors."""
    from .. import planning
    from ..registry import load
    from ..toolkit.rendering import harmless_json

    print(harmless_json(planning.schema(load(plugin or []))))
