"""What the fork server loads once, so that cells need not: the trial, and what their plugins import.

Importing this module is what does it; the server can be told no more than its name.
"""

from __future__ import annotations

import importlib
import os
from contextlib import suppress

from .process import MODULES

for module in ("bench.execution.trial", *filter(None, os.environ.get(MODULES, "").split(","))):
    # A module that cannot be imported is left to the cell that needs it, to say so.
    with suppress(Exception):
        importlib.import_module(module)
