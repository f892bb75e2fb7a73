"""Running the Python of model cards as a stranger would: in a process of its own, where there is no bench."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

BLOCKED = """
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0].startswith("bench"):
            raise ModuleNotFoundError(f"{name} is blocked")

sys.meta_path.insert(0, Blocked())
"""


def logits_of(python: str, folder: Path) -> list[list[float]]:
    """The `logits` that a script has at its end, run in a folder, where bench cannot be imported."""
    script = f"{BLOCKED}\n{python}\nimport json\nprint(json.dumps(logits.tolist()))\n"
    (folder / "snippet.py").write_text(script)
    done = subprocess.run(
        [sys.executable, "snippet.py"], cwd=folder, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    found: list[list[float]] = json.loads(done.stdout.splitlines()[-1])
    return found


def python_of_card(card: str) -> str:
    """The Python that a model card shows."""
    (python,) = re.findall(r"```python\n(.*?)```", card, re.DOTALL)
    return str(python)
