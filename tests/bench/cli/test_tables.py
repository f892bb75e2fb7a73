"""What a report needs is there before it is made."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np

from invented import Truth, World

FEW = 20
"""Modules of other packages that making a report may load itself, of some 900 that it needs."""

CONCLUDING = """
import sys
from pathlib import Path

from bench.cli.tables import conclude, load_ahead
from bench.registry import load

registry = load()
load_ahead(registry)
before = set(sys.modules)
conclude(Path(sys.argv[1]), registry)
print(*sorted(set(sys.modules) - before), file=sys.stderr)
"""


def test_what_a_report_needs_is_loaded_ahead(tmp_path: Path) -> None:
    world = World(np.random.default_rng(0), examples=20, seeds=2)
    folder = world.write(tmp_path / "known", [Truth("good"), Truth("bad", accuracy=0.5)])
    done = subprocess.run([sys.executable, "-c", CONCLUDING, folder], capture_output=True, text=True)
    assert (done.returncode, "good" in done.stdout) == (0, True), done.stderr
    later = [name for name in done.stderr.splitlines()[-1].split() if not name.startswith("bench.")]
    assert len(later) <= FEW, later
    assert "torch" not in later
