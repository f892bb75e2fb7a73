"""What data sets say of themselves, as far as they have it at hand when planning."""

from __future__ import annotations

from ..api import Dataset, DatasetInfo
from .asking import asking


class Infos:
    """The sizes and classes of data sets, each worked out once: files are read for it."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Dataset, DatasetInfo | None]] = {}

    def of(self, dataset: Dataset) -> DatasetInfo | None:
        """Return what is known of a data set; None if it would take long to find out.

        Raises BenchError where the data turn out to be faulty.
        """
        if id(dataset) not in self._known:
            # Keeping the value keeps its id from being given to another.
            with asking(dataset):
                info = dataset.info() if dataset.at_hand() else None
            self._known[id(dataset)] = (dataset, info)
        return self._known[id(dataset)][1]
