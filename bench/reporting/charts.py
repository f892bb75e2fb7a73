"""The charts of a report as files: each as a drawing, and as an image where the extra for that is there."""

from __future__ import annotations

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
    try:
        from vl_convert import svg_to_png
    except ImportError:
        svg_to_png = None
    for name, drawing in written_by(DRAWINGS, report, registry).items():
        write_atomic(folder / name, drawing.encode())
        if svg_to_png is not None:
            write_atomic((folder / name).with_suffix(".png"), svg_to_png(drawing, scale=SCALE))
    return [] if svg_to_png is not None else [WITHOUT_IMAGES]
