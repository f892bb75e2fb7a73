"""One table of many results folders: who takes part, ranks among equals, and which columns are shown."""

from .arranging import arranged
from .board import make_leaderboard
from .parquet import write_parquet

__all__ = ["arranged", "make_leaderboard", "write_parquet"]
