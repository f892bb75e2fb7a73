"""Running the Python of model cards as a stranger would: in another process, where there is no bench."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ALONE = """
import json, os, runpy, sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0].startswith("bench"):
            raise ModuleNotFoundError(f"{name} is blocked")

sys.meta_path.insert(0, Blocked())
for folder in sys.argv[1:]:
    os.chdir(folder)
    print("logits", json.dumps(runpy.run_path("snippet.py")["logits"].tolist()))
"""


def logits_of(snippets: Mapping[Path, str]) -> list[list[list[float]]]:
    """The `logits` that each script has at its end, run in its folder, where bench cannot be imported.

    All run in one process, as most of the time of a single one goes into loading libraries.
    """
    for folder, python in snippets.items():
        (folder / "snippet.py").write_text(python)
    command = [sys.executable, "-c", ALONE, *map(str, snippets)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    lines = (line.partition("logits ") for line in done.stdout.splitlines())
    return [json.loads(logits) for before, found, logits in lines if found and not before]


def python_of_card(card: str) -> str:
    """The Python that a model card shows."""
    (python,) = re.findall(r"```python\n(.*?)```", card, re.DOTALL)
    return str(python)
