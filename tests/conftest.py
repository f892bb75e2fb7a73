"""What all tests share."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

# Nothing here may reach for a network. Set before any library reads it.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_DATASETS_OFFLINE"] = "1"
# Tensors are tiny: a second thread costs more than it brings.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# A test run in the background may have inherited that interrupts are ignored, and some tests send one.
signal.signal(signal.SIGINT, signal.default_int_handler)

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data sets and weights beside the repository."""
    if not SHARED.is_dir():
        pytest.skip(f"needs the real data sets in {SHARED}")
    return SHARED


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out `tests/speed`, which takes the machine for itself, unless it is asked for by name."""
    speed = Path(__file__).parent / "speed"
    named = [Path(argument.split("::")[0]).resolve() for argument in config.args]
    asked = any(speed == path or speed in path.parents for path in named)
    return True if collection_path == speed and not asked else None
