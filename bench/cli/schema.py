"""`bench schema`: print the JSON Schema of suite files."""

from __future__ import annotations

import json

from . import options


def schema(plugin: options.PluginFiles = None) -> None:
    """Print the JSON Schema of suites, installed plugins included, for completion in editors."""
    from .. import planning
    from ..registry import load

    print(json.dumps(planning.schema(load(plugin or [])), indent=1, ensure_ascii=False))
