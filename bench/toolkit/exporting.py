"""What authors of backbones reuse: classifiers in files of their own, and scripts that load models."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from ..api import Classifier

HEAD = "head.safetensors"
CLASSES = "classes.json"

SHOWN = "print(dict(zip(classes, logits.softmax(dim=1)[0].tolist())))"
"""The last line of a script that has the `logits` of one input, and the names of the `classes`."""


def write_classes(classes: Sequence[str], folder: Path) -> None:
    """Write the names of classes, in order, as a list in JSON."""
    (folder / CLASSES).write_text(json.dumps(list(classes), ensure_ascii=False, indent=1), encoding="utf-8")


def write_head(classifier: Classifier, folder: Path) -> None:
    """Write a classifier where no model has a place for it: `weight` `[C, D]`, `bias` `[C]`, the classes."""
    from safetensors.torch import save_file

    save_file(classifier.layer.state_dict(), folder / HEAD)
    write_classes(classifier.classes, folder)


def script(imports: Sequence[str], *lines: str) -> str:
    """Return Python: what it imports, in order, and then the lines."""
    plain = sorted({line for line in imports if line.startswith("import ")})
    named = sorted({line for line in imports if not line.startswith("import ")})
    return "\n".join([*plain, *named, "", *lines])


READING = ("import json", "from pathlib import Path")
"""What the line of `reading_classes` imports."""


def reading_classes(folder: Path) -> str:
    """Return the line of a script that reads what `write_classes` wrote."""
    return f'classes = json.loads(Path({f"{folder.name}/{CLASSES}"!r}).read_text(encoding="utf-8"))'


def reading_head(folder: Path) -> str:
    """Return the line of a script that reads what `write_head` wrote; it needs `load_file`."""
    return f"head = load_file({f'{folder.name}/{HEAD}'!r})"


HEAD_LOGITS = 'logits = pooled @ head["weight"].T + head["bias"]'
"""The line of a script that applies `head` to the `pooled` features, `[N, D]`."""
