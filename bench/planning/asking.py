"""What plugins are asked when planning: whatever goes wrong in one is its fault, told in one line."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..api import Plugin
from ..errors import BenchError
from ..toolkit.messages import fault_of, system_fault


@contextmanager
def asking(plugin: Plugin | type[Plugin]) -> Iterator[None]:
    """Raise BenchError, which names the plugin, for what it raises that is none, exits included."""
    try:
        yield
    except (BenchError, KeyboardInterrupt):
        raise
    except OSError as error:
        raise BenchError(system_fault(error)) from error
    except BaseException as error:
        raise BenchError(f"plugin '{plugin.name}' failed: {fault_of(error)}{_place(error)}") from error


def _place(error: BaseException) -> str:
    """Return where in the plugin's code an error came up: ` (raises.py, line 9)`."""
    frames = traceback.extract_tb(error.__traceback__)
    last = frames[-1] if frames else None
    return "" if last is None else f" ({Path(last.filename).name}, line {last.lineno})"
