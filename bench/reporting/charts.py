"""The charts of a report as files: each as a drawing, and as an image where the extra for that is there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ..api import Report
from ..records.files import write_atomic
from ..registry import Registry
from .writing import written_by

DRAWINGS = "svg"
"""The writer that makes the charts."""

SCALE = 2
"""How many pixels of an image are one of the drawing, so that it is sharp on any screen."""

WITHOUT_IMAGES = "charts: no PNG files without `pip install 'transferbench[charts]'`; the SVG files are there"


def write_charts(folder: Path, report: Report, registry: Registry) -> list[str]:
    """Write each chart into a folder, as SVG and PNG; return what went wrong, a line each.

    Raises BenchError if the charts cannot be made, StoreError if the folder cannot be written.
    """
    draw = _rasteriser()
    for name, drawing in written_by(DRAWINGS, report, registry).items():
        write_atomic(folder / name, drawing.encode())
        if draw is not None:
            write_atomic((folder / name).with_suffix(".png"), draw(drawing))
    return [WITHOUT_IMAGES] if draw is None else []


def _rasteriser() -> Callable[[str], bytes] | None:
    """Return what makes an image of a drawing, with fonts of its own; None if it is not installed."""
    try:
        from vl_convert import svg_to_png
    except ImportError:
        return None
    return lambda drawing: svg_to_png(drawing, scale=SCALE)
