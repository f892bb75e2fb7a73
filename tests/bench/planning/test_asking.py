"""What plugins raise when they are asked: one line that names the plugin and the place."""

from __future__ import annotations

import pytest

from bench.errors import BenchError, DataError
from bench.planning.asking import asking

from .conftest import Shapes


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ZeroDivisionError("no"), r"^plugin 'shapes' failed: ZeroDivisionError: no \(test_asking.py, line "),
        (SystemExit(7), r"^plugin 'shapes' failed: SystemExit: 7 "),
        (GeneratorExit(), r"^plugin 'shapes' failed: GeneratorExit "),
        (RecursionError("deep"), r"^plugin 'shapes' failed: RecursionError: deep "),
        (FileNotFoundError(2, "No such file or directory", "a.csv"), r"^a\.csv: no such file or directory$"),
    ],
)  # fmt: skip
def test_a_plugin_that_fails_is_named(error: BaseException, said: str) -> None:
    with pytest.raises(BenchError, match=said), asking(Shapes()):
        raise error


@pytest.mark.parametrize("error", [DataError("no column", "label"), KeyboardInterrupt()])
def test_faults_of_input_and_interrupts_are_what_they_are(error: BaseException) -> None:
    with pytest.raises(type(error)) as caught, asking(Shapes()):
        raise error
    assert caught.value is error
