"""Charts as files in a folder."""

from __future__ import annotations

import sys
from io import BytesIO

import pytest
from PIL import Image

from bench.errors import StoreError
from bench.registry import load
from bench.reporting.charts import write_charts
from pages import Shape, report

FOUND = report(Shape(rows=4))


def test_each_chart_is_a_drawing_and_an_image(tmp_path):
    pytest.importorskip("vl_convert")
    assert write_charts(tmp_path / "new", FOUND, load()) == []
    names = sorted(path.name for path in (tmp_path / "new").iterdir())
    assert names[1] == "01-digits-test-accuracy.svg"
    assert len(names) == 14
    image = Image.open(BytesIO((tmp_path / "new" / "01-digits-test-accuracy.png").read_bytes()))
    assert image.width == 1520
    colours = {colour for _, colour in image.convert("RGB").getcolors(1 << 24)}
    assert {(255, 255, 255), (10, 95, 180)} <= colours  # the paper, and what marks the one to take


def test_text_is_drawn_whatever_fonts_the_machine_has(tmp_path):
    pytest.importorskip("vl_convert")
    write_charts(tmp_path, FOUND, load())
    image = Image.open(tmp_path / "01-digits-test-accuracy.png").convert("L")
    title = image.crop((40, 30, 500, 70))
    assert title.getextrema()[0] < 100


def test_without_the_extra_there_are_drawings_alone_and_it_is_said(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "vl_convert", None)  # as where it is not installed
    [told] = write_charts(tmp_path, FOUND, load())
    assert "pip install 'transferbench[charts]'" in told
    assert {path.suffix for path in tmp_path.iterdir()} == {".svg"}


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be written"):
        write_charts(tmp_path / "file", FOUND, load())
