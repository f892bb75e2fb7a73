"""The errors that `bench` raises, and what the command line makes of each.

    BenchError               a fault somebody can mend: one line, no traceback      exit 2
    ├── SuiteError           a suite file is wrong; holds every problem found       exit 2
    ├── RegistryError        two plugins claim one name, or a plugin is no plugin   exit 3
    ├── NothingSelected      the selection on the command line leaves no cell       exit 5
    ├── DependencyError      a package that a plugin needs is not installed         exit 2
    ├── DeviceError          the device or precision asked for is not here          exit 2
    ├── DataError            a data set cannot be read as described                 exit 2
    ├── WeightsError         weights cannot be had, or do not fit                   exit 2
    ├── UnsuitableError      plugins that cannot work together, found while running exit 2
    ├── StoreError           a results folder cannot be read, written or claimed    exit 2
    └── NewerRecord          a newer version wrote a record, which is left alone    exit 3

What the operating system refuses (an OSError: no room, no right, a name too long) is one line too, exit 2.
Anything else that escapes is a bug and keeps its traceback (exit 3). Inside a cell both kinds become the
cell's record; the run goes on.
"""

from __future__ import annotations

from collections.abc import Sequence


class BenchError(Exception):
    """A fault of input, data or machine, reported in one line: where, what, and what to do."""

    exit_code = 2


class SuiteError(BenchError):
    """Everything that is wrong with a suite; `problems` holds one line each."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class RegistryError(BenchError):
    """The set of installed plugins contradicts itself."""

    exit_code = 3


class NothingSelected(BenchError):
    """No cell is left after what the command line selects."""

    exit_code = 5


class DependencyError(BenchError):
    """A package that a plugin needs is missing."""


class DeviceError(BenchError):
    """The device or precision asked for is not available on this machine."""


class DataError(BenchError):
    """A data set cannot be read as described.

    `field` names the data set's setting at fault where one is, so that a suite error can point at it.
    """

    def __init__(self, message: str, field: str | None = None) -> None:
        self.field = field
        super().__init__(message)


class WeightsError(BenchError):
    """Weights cannot be had, or do not fit the architecture.

    `field` names the backbone's setting at fault where one is, so that a suite error can point at it.
    """

    def __init__(self, message: str, field: str | None = None) -> None:
        self.field = field
        super().__init__(message)


class UnsuitableError(BenchError):
    """A backbone, task, data set and objective that turn out not to fit while running."""


class StoreError(BenchError):
    """A results folder cannot be read or written, or another run holds it."""


class NewerRecord(BenchError):
    """A record that a newer version wrote: this one cannot read all of it, and leaves it as it is."""

    exit_code = 3
