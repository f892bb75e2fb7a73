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

TESTS = Path(__file__).parent
SPEED = TESTS / "speed"

QUICK = (
    *("bench/planning", "bench/records", "bench/reporting", "bench/toolkit", "bench/feeding", "bench/trial"),
    *("bench/test_errors.py", "bench/test_registry.py"),
    *("test_architecture.py", "test_api_page.py", "test_results_readme.py"),
)
"""What a change in the core breaks first; marked `quick`, but for files that take seconds."""

TAKES_SECONDS = (
    *("bench/feeding/test_seeding.py", "bench/trial/test_trial.py", "bench/planning/test_schema.py"),
    *("bench/reporting/writers/html/test_page.py", "bench/reporting/writers/html/test_standalone.py"),
    *("bench/reporting/writers/html/test_overview.py", "bench/reporting/exporters/test_croissant.py"),
    *("bench/toolkit/test_entities.py", "bench/toolkit/test_penalties.py"),
    *("bench/toolkit/test_text_metrics.py", "bench/trial/test_checkpoint.py"),
    *("bench/toolkit/test_retrieval.py", "bench/toolkit/test_multi_label.py"),
    # These load timm, torchvision or transformers to compare with.
    *("bench/toolkit/test_alignment.py", "bench/toolkit/test_blocks.py", "bench/toolkit/test_fitting.py"),
    *("bench/toolkit/test_generation.py", "bench/toolkit/test_images.py", "bench/toolkit/test_texts.py"),
    "bench/toolkit/test_views.py",
)

LONGEST = (
    *("test_resume.py", "test_published.py", "test_cifar_networks.py"),
    *("test_suites.py", "test_plugin_readme.py"),
)
"""Files with tests of half a minute and more: they come first, so that no process is left with them alone."""

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data sets and weights beside the repository."""
    if not SHARED.is_dir():
        pytest.skip(f"needs the real data sets in {SHARED}")
    return SHARED


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the quick tests, and put the longest first."""
    items.sort(key=lambda item: item.path.name not in LONGEST)
    for item in items:
        if _is_quick(item.path.relative_to(TESTS).as_posix()):
            item.add_marker("quick")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Test in as many processes as there are cores, but measure speed in one."""
    return 0 if _asks_for_speed(config) else os.cpu_count() or 1


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out what takes the machine for itself, unless it is asked for by name, and what is not quick.

    Where only quick tests are wanted, files without any are not even read: that alone takes a while.
    """
    if collection_path == SPEED and not _asks_for_speed(config):
        return True
    return True if config.option.markexpr == "quick" and not _has_quick(collection_path) else None


def _has_quick(path: Path) -> bool:
    """Tell whether a file has quick tests, or a folder may have such files."""
    place = path.relative_to(TESTS).as_posix()
    return _is_quick(place) or (path.is_dir() and any(each.startswith(place) for each in QUICK))


def _is_quick(place: str) -> bool:
    return place.startswith(QUICK) and place not in TAKES_SECONDS


def _asks_for_speed(config: pytest.Config) -> bool:
    named = [Path(argument.split("::")[0]).resolve() for argument in config.args]
    return any(path == SPEED or SPEED in path.parents for path in named)
