"""Charts as files: drawings that stand by themselves."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from bench.reporting.writers.svg import Svg
from bench.reporting.writing import faults_of
from pages import HOSTILE, Shape, hostile, report

TWO = report(Shape(("digits 0-4", "digits 5-9")))
SPACE = "{http://www.w3.org/2000/svg}"


def test_each_chart_is_a_document():
    names = list(Svg().write(TWO))
    assert names[0] == "01-digits-0-4-test-accuracy.svg"
    assert names[1] == "02-digits-0-4-test-accuracy-against-train-samples-per-s.svg"
    assert names[5] == "06-digits-0-4-train-loss-by-step.svg"
    assert len(names) == 14  # quality, four costs and two curves of each data set


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_text_in_a_drawing(name):
    documents = Svg().write(hostile(TWO, name))
    assert list(faults_of(documents)) == []
    for text, harmless in zip(documents.values(), Svg().write(hostile(TWO, "x")).values(), strict=True):
        tags, others = (
            [item.tag for item in ElementTree.fromstring(each).iter()] for each in (text, harmless)
        )
        assert tags == others


def test_colours_are_concrete_and_nothing_is_loaded():
    for text in Svg().write(TWO).values():
        assert "var(" not in text
        assert "href" not in text
        assert "url(" not in text
        root = ElementTree.fromstring(text)
        styled = set(re.findall(r"\.([a-z][a-z0-9]?)\b", root.findtext(f"{SPACE}style") or ""))
        used = {name for item in root.iter() for name in item.get("class", "").split()}
        assert used - styled <= {"open", "chosen", "beaten"}


def test_a_report_of_failures_has_no_charts():
    assert Svg().write(report(Shape(rows=2, failing=2))) == {}
