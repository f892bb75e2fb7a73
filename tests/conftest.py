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

SPEED = Path(__file__).parent / "speed"

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data sets and weights beside the repository."""
    if not SHARED.is_dir():
        pytest.skip(f"needs the real data sets in {SHARED}")
    return SHARED


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Test in as many processes as there are cores, but measure speed in one."""
    return 0 if _asks_for_speed(config) else os.cpu_count() or 1


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out `tests/speed`, which takes the machine for itself, unless it is asked for by name."""
    return True if collection_path == SPEED and not _asks_for_speed(config) else None


def _asks_for_speed(config: pytest.Config) -> bool:
    named = [Path(argument.split("::")[0]).resolve() for argument in config.args]
    return any(path == SPEED or SPEED in path.parents for path in named)
