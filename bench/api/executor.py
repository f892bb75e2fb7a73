"""Executors: where cells run."""

from __future__ import annotations

from typing import ClassVar

from .plugin import Plugin


class Executor(Plugin):
    """A place where cells run."""

    concurrent: ClassVar[bool] = False
    """Whether several jobs may be under way at once."""
