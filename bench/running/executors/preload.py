"""What the fork server loads once, so that cells need not.

Importing this module is what does it; its name is all that the server can be given.
"""

from __future__ import annotations

import os

from ...trial.descendants import die_with
from ...trial.preload import preload
from .process import MODULES, RUNNER

if RUNNER in os.environ:
    die_with(int(os.environ[RUNNER]))  # it notices by itself, but not before all is loaded

preload(os.environ.get(MODULES, "").split(","))
