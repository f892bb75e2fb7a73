"""Results as a data frame: one row a cell."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import StoreError
from ..records.results import Results
from ..toolkit.rendering import cell_columns
from .sheet import make_sheet

if TYPE_CHECKING:
    import pandas as pd


def load_frame(folders: Sequence[Path]) -> pd.DataFrame:
    """Return the cells of some results folders, each once, as a data frame.

    What cannot be read is passed over with a warning. Raises StoreError if nothing can.
    """
    import pandas as pd

    results = Results.of(*folders)
    for line in results.unreadable:
        warnings.warn(line, stacklevel=3)
    if not results.records:
        named = ", ".join(map(str, folders))
        raise StoreError(f"{named}: holds no records; give the folder that `bench run` made for a suite")
    return pd.DataFrame(dict(cell_columns(make_sheet(results.records))))
