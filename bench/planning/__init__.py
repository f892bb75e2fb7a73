"""From a suite file to a plan: checked values, the product of the axes, and cells in an order."""

from .cell import Cell
from .downloads import Download, wanted_downloads
from .overrides import Overrides
from .plan import Plan, Skipped, make_plan
from .schema import schema
from .suite import Suite, load_suite

__all__ = [
    "Cell",
    "Download",
    "Overrides",
    "Plan",
    "Skipped",
    "Suite",
    "load_suite",
    "make_plan",
    "schema",
    "wanted_downloads",
]
