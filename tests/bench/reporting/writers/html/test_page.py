"""The page: one file that nothing in a report can add to, of bounded size."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench import Circumstances, Report, Table
from bench.reporting.writers.html import Html
from pages import HOSTILE, Shape, hostile, report, taken_apart

EMPTY = Report(
    [Table("accuracy", [], [])], Table("summary", [], []), [], [], Circumstances(["vision"], {}, "", "", 0.0)
)
TWO = taken_apart(report(Shape(("digits 0-4", "digits 5-9"))), rows=2)


def page(found: Report) -> str:
    [(name, text)] = Html().write(found).items()
    assert name == "report.html"
    return text


class Outline(HTMLParser):
    """What a page is made of, and its texts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, tuple[str, ...]]] = []
        self.values: dict[str, list[str]] = {}
        self.texts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, tuple(name for name, _ in attrs)))
        for name, value in attrs:
            self.values.setdefault(name, []).append(value or "")

    def handle_data(self, data):
        self.texts.append(data)

    def handle_comment(self, data):
        self.tags.append(("comment", ()))

    def handle_decl(self, decl):
        self.tags.append((decl, ()))


def block(text: str, tag: str) -> str:
    return re.findall(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL)[0]


# --- nothing in it is more than text -----------------------------------------------------------------


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_text_wherever_it_stands(name):
    outline, harmless = Outline(page(hostile(TWO, name))), Outline(page(hostile(TWO, "x")))
    assert outline.tags == harmless.tags
    assert any(name in text for text in outline.texts)


@settings(max_examples=20, deadline=None)
@given(st.text(st.characters(exclude_categories=["C", "Z"]), max_size=20))
def test_no_text_changes_what_a_page_is_made_of(name):
    # Columns are left out as texts get long, so texts are compared that are as long.
    assert (
        Outline(page(hostile(TWO, f"{name}x"))).tags
        == Outline(page(hostile(TWO, "x" * len(name + "x")))).tags
    )


def test_nothing_is_said_by_style_attributes_or_handlers_which_the_policy_would_block():
    names = {name for _, attributes in Outline(page(TWO)).tags for name in attributes}
    assert not [name for name in names if name == "style" or name.startswith("on")]


def test_the_policy_lets_its_own_style_and_script_apply_and_nothing_else():
    text = page(TWO)
    policy = Outline(text).values["content"][0]

    def digest(tag: str) -> str:
        return base64.b64encode(hashlib.sha256(block(text, tag).encode()).digest()).decode()

    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digest('style')}'; "
        f"script-src 'sha256-{digest('script')}'; base-uri 'none'; form-action 'none'"
    )
    assert [tag for tag, _ in Outline(text).tags].count("script") == 1


def test_nothing_is_loaded():
    text = page(TWO)
    tags = {tag for tag, _ in Outline(text).tags}
    assert tags.isdisjoint({"img", "link", "iframe", "object", "embed", "video", "audio", "source", "base"})
    assert "src" not in Outline(text).values
    assert "url(" not in text
    assert "@import" not in text


# --- links -------------------------------------------------------------------------------------------


def addresses(found: Report) -> list[str]:
    return [link for link in Outline(page(found)).values["href"] if not link.startswith("#")]


def test_rows_lead_to_their_records_files_and_logs():
    links = addresses(TWO)
    for trace in TWO.cells.values():
        assert {trace.record, *trace.files, *filter(None, [trace.log])} <= set(links)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_link_stays_beside_the_page(name):
    for link in addresses(hostile(TWO, name)):
        assert re.fullmatch(r"[A-Za-z0-9_.~%-][A-Za-z0-9_.~/%-]*", link)


def test_names_of_files_are_encoded_in_links():
    [cell, *_] = TWO.cells
    odd = replace(TWO.cells[cell], files=["files/a/ein Bild #1?.png"])
    found = replace(TWO, cells={**TWO.cells, cell: odd})
    assert "files/a/ein%20Bild%20%231%3F.png" in addresses(found)


# --- what it holds -----------------------------------------------------------------------------------


def words(found: Report) -> str:
    return " ".join(" ".join(Outline(page(found)).texts).split())


def test_each_data_set_has_a_section_and_each_chart_a_name_and_a_text():
    outline = Outline(page(TWO))
    headings = [text for text in outline.texts if text in ("digits 0-4", "digits 5-9")]
    assert len(headings) >= 4  # in the navigation, and above each section
    names = [value for value in outline.values["aria-labelledby"] if value.startswith(("t", "c"))]
    assert len(names) == 12  # four costs and two curves of each data set
    ids = set(outline.values["id"])
    references = [*outline.values["aria-labelledby"], *outline.values["aria-describedby"]]
    assert ids.issuperset(references)
    assert len(ids) == len(outline.values["id"])


def test_data_sets_together_have_an_answer_and_a_table():
    told = words(TWO)
    assert "over 2 data sets, test accuracy" in told
    assert "nothing can be concluded from so few" in told
    assert "inf" not in told.replace("information", "").split()
    assert "digits 0-4: lr 0.1" in told


def test_what_failed_has_its_reason_and_the_end_of_its_log():
    told = words(TWO)
    assert "failed out of memory" in told
    assert "RuntimeError: out of memory" in told


def test_the_suite_and_the_command_to_repeat_it():
    assert "seeds: [0, 1, 2]" in words(TWO)
    assert "bench run vision.yaml" in words(TWO)
    odd = replace(TWO, circumstances=replace(TWO.circumstances, suites=["a; rm -rf ~"]))
    assert "bench run 'a; rm -rf ~.yaml'" in words(odd)


def test_without_a_suite_there_is_no_command():
    found = replace(TWO, circumstances=replace(TWO.circumstances, suite=""))
    assert "bench run" not in words(found)


def test_a_report_of_nothing():
    assert "No cell has reported a quality yet." in words(EMPTY)


def test_one_row():
    assert "timm/resnet18" in words(report(Shape(rows=1, failing=0)))


def test_all_failed():
    told = words(report(Shape(rows=3, failing=3)))
    assert "No cell has reported a quality yet." in told
    assert "out of memory" in told


def test_the_answer_is_set_apart():
    found = block(page(TWO), "b")
    assert found  # the first bold text is how many cells are done
    assert "<b>timm/resnet18 · fine-tune</b>" in page(TWO)


def test_rows_are_taken_apart_if_asked_for_and_what_is_confused_is_shaded():
    text = page(TWO)
    assert '<h2 id="h-parts">By class</h2>' in text
    assert "each class by row, what it was taken for by column" in words(TWO)
    # Of three examples of a class one is right, and each other third has the third of four shades.
    assert text.count("class=w3") == 2 * 6
    assert "By class" not in words(report())


def test_only_the_first_rows_are_taken_apart_on_the_page():
    many = taken_apart(report(Shape(rows=20, failing=0)), rows=20, parts=30)
    assert page(many).count("<details open>") == 1
    assert "8 further rows stand in breakdown.md" in words(many)
    assert len(page(many).encode()) <= 500_000


# --- size --------------------------------------------------------------------------------------------

LABELS = [f"a data set {at}" for at in range(12)]


def shapes(cells: int) -> Iterator[Shape]:
    """Reports of so many cells, most of their rows with 60 columns and curves of 200 points."""
    for datasets, seeds in ((1, 1), (1, 3), (12, 1), (12, 3), (50, 1)):
        names = LABELS[:datasets] if datasets <= 12 else [f"data {at}" for at in range(datasets)]
        rows = max(2, cells // datasets // seeds)
        yield Shape(names, rows=rows, seeds=seeds, columns=60, points=200, failing=max(1, rows // 20))


@pytest.mark.parametrize("shape", list(shapes(200)), ids=str)
def test_two_hundred_cells_take_at_most_300_kb(shape):
    assert len(page(report(shape)).encode()) <= 300_000


@pytest.mark.parametrize("shape", list(shapes(1000)), ids=str)
def test_a_thousand_cells_take_at_most_a_megabyte(shape):
    assert len(page(report(shape)).encode()) <= 1_000_000
