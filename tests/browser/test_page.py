"""The page as a browser shows it."""

from __future__ import annotations

import pytest

from pages import HOSTILE, Shape, hostile, report, taken_apart

TWO = taken_apart(report(Shape(("digits 0-4", "digits 5-9"), rows=8)), rows=2)
PHONE = {"viewport": {"width": 390, "height": 844}}
BODY = "#t0 tbody tr:visible"


def column(seen, title: str) -> list[str]:
    """The cells of a column, as they stand from the top."""
    script = """title => {
        const table = document.getElementById("t0");
        const at = [...table.tHead.rows[0].cells].findIndex(cell => cell.textContent.trim() === title);
        return [...table.tBodies[0].rows].map(row => row.cells[at].textContent.trim());
    }"""
    found: list[str] = seen.page.evaluate(script, title)
    return found


# --- nothing loads, nothing runs ---------------------------------------------------------------------


@pytest.mark.parametrize("settings", [{}, {"color_scheme": "dark"}, PHONE], ids=["light", "dark", "phone"])
def test_the_page_is_one_request_and_breaks_no_policy(visit, settings):
    seen = visit(TWO, **settings)
    seen.run("scrollTo(0, document.body.scrollHeight)")
    seen.page.wait_for_timeout(100)
    assert len(seen.requests) == 1
    assert seen.messages == []


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_runs_a_script_or_loads_anything(visit, name):
    seen = visit(hostile(taken_apart(report()), name))
    seen.page.hover("[data-r] >> nth=0")
    seen.page.locator("details summary").evaluate_all("all => all.forEach(one => one.click())")
    seen.page.locator("thead button").evaluate_all("all => all.slice(0, 3).forEach(one => one.click())")
    seen.page.wait_for_timeout(50)
    assert seen.run("window.hit") is None
    assert len(seen.requests) == 1
    assert seen.messages == []
    assert seen.run("document.scripts.length") == 1


def test_what_is_not_the_page_s_own_is_stopped_by_the_policy(visit):
    seen = visit(TWO)
    seen.run("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.hit=1\">')")
    seen.run("document.body.append(Object.assign(document.createElement('script'), {text: 'window.hit=1'}))")
    seen.page.wait_for_timeout(100)
    assert seen.run("window.hit") is None
    assert len([message for message in seen.messages if "Content Security Policy" in message]) >= 2


# --- tables ------------------------------------------------------------------------------------------


def test_a_column_is_sorted_up_and_down_and_what_was_not_measured_stays_last(visit):
    seen = visit(TWO)
    button = seen.page.get_by_role("button", name="train_samples_per_s")
    button.click()
    up = [float(cell.split()[0]) for cell in column(seen, "train_samples_per_s") if cell]
    assert up == sorted(up)
    assert seen.texts("th[aria-sort=ascending]") == ["train_samples_per_s"]
    button.click()
    cells = column(seen, "train_samples_per_s")
    down = [float(cell.split()[0]) for cell in cells if cell]
    assert down == sorted(up, reverse=True)
    assert cells[-2:] == ["", ""]
    assert seen.texts("th[aria-sort]") == ["train_samples_per_s"]
    assert seen.page.locator("th[aria-sort=descending]").count() == 1


def test_text_is_sorted_too(visit):
    seen = visit(TWO)
    seen.page.get_by_role("button", name="objective").click()
    found = column(seen, "objective")
    assert found == sorted(found)


def test_rows_are_filtered_by_all_words(visit):
    seen = visit(TWO)
    seen.page.get_by_label("Filter").fill("FINE resnet18 0-4")
    shown = seen.texts(BODY)
    assert shown
    assert all("fine-tune" in row and "resnet18" in row and "digits 0-4" in row for row in shown)
    assert seen.texts("output") == [f"{len(shown)} of 16 rows"]
    seen.page.get_by_label("Filter").fill("")
    assert len(seen.texts(BODY)) == 16


def test_columns_are_shown_and_hidden(visit):
    seen = visit(TWO)
    header = seen.page.get_by_role("columnheader", name="train_seconds")
    assert not header.is_visible()
    seen.page.get_by_text("Columns", exact=True).click()
    seen.page.get_by_role("checkbox", name="train_seconds").check()
    assert header.is_visible()
    seen.page.get_by_role("checkbox", name="val accuracy").uncheck()
    assert not seen.page.get_by_role("columnheader", name="val accuracy").is_visible()


def test_a_point_tells_its_row_and_leads_to_it(visit):
    seen = visit(TWO)
    point = seen.page.locator("[data-r='2']").first
    point.hover()
    assert seen.texts("#tip") == [" · ".join(TWO.summary.rows[2].labels.values())]
    point.click()
    assert seen.run("document.querySelector('.lit').id") == "r2"


def test_rows_lead_to_records(visit):
    seen = visit(TWO)
    links = seen.run("[...document.querySelectorAll('#r0 a')].map(link => link.getAttribute('href'))")
    cell = TWO.summary.rows[0].cells[0]
    assert links[:2] == [f"cells/{cell}.json", f"files/{cell}/samples.png"]


# --- for everybody -----------------------------------------------------------------------------------


def test_colours_follow_the_reader_s_choice(visit):
    colours = [
        visit(TWO, color_scheme=scheme).run("getComputedStyle(document.body).backgroundColor")
        for scheme in ("light", "dark")
    ]
    assert colours == ["rgb(255, 255, 255)", "rgb(20, 23, 26)"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_is_legible_on_what_it_stands(visit, scheme):
    seen = visit(TWO, color_scheme=scheme)
    ratio = """([ink, paper]) => {
        const style = getComputedStyle(document.documentElement);
        const light = name => {
            const [r, g, b] = style.getPropertyValue(name).match(/[0-9a-f]{2}/g)
                .map(part => parseInt(part, 16) / 255)
                .map(c => c <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4);
            return .2126 * r + .7152 * g + .0722 * b + .05;
        };
        const [a, b] = [light(ink), light(paper)];
        return Math.max(a, b) / Math.min(a, b);
    }"""
    for ink in ("--ink", "--quiet", "--accent", "--bad"):
        for paper in ("--paper", "--raised"):
            assert seen.page.evaluate(ratio, [ink, paper]) >= 4.5, (ink, paper)
    for line in range(8):
        assert seen.page.evaluate(ratio, [f"--c{line}", "--paper"]) >= 2.7, line


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_the_page_never_scrolls_sideways(visit, width):
    seen = visit(TWO, viewport={"width": width, "height": 800})
    assert seen.run("document.documentElement.scrollWidth") <= width
    long = visit(hostile(TWO, "a" * 90), viewport={"width": width, "height": 800})
    assert long.run("document.documentElement.scrollWidth") <= width


def test_everything_is_reached_by_keyboard(visit):
    seen = visit(TWO)
    seen.page.keyboard.press("Tab")
    assert seen.run("document.activeElement.className") == "skip"
    button = seen.page.get_by_role("button", name="test accuracy", exact=True)
    button.focus()
    seen.page.keyboard.press("Enter")
    assert seen.page.locator("th[aria-sort=ascending]").count() == 1
    assert seen.run("document.querySelectorAll('[tabindex]:not([tabindex=\"0\"])').length") == 0


def test_focus_can_be_seen(visit):
    seen = visit(TWO)
    seen.page.keyboard.press("Tab")
    seen.page.keyboard.press("Tab")
    assert seen.run("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_charts_have_names_and_tables_have_headers(visit):
    seen = visit(TWO)
    names = seen.run(
        "[...document.querySelectorAll('svg[role=img]')]"
        ".map(one => document.getElementById(one.getAttribute('aria-labelledby')).textContent)"
    )
    assert "digits 0-4: test accuracy against latency_ms_p50" in names
    assert len(names) == len(set(names)) == 12
    assert seen.run("[...document.querySelectorAll('table')].every(one => one.caption)")
    assert seen.run("[...document.querySelectorAll('th')].every(one => one.scope)")


def test_on_paper_everything_is_there_and_no_control(visit):
    seen = visit(TWO)
    seen.page.emulate_media(media="print")
    seen.run("dispatchEvent(new Event('beforeprint'))")
    assert not seen.page.locator(".tools").first.is_visible()
    assert not seen.page.locator("nav").is_visible()
    assert seen.page.get_by_text("RuntimeError: out of memory").is_visible()
    assert seen.run("getComputedStyle(document.querySelector('.tall')).maxHeight") == "none"
    assert seen.page.pdf().startswith(b"%PDF")


def test_the_suite_is_copied(visit):
    seen = visit(TWO, permissions=["clipboard-read", "clipboard-write"])
    seen.page.get_by_role("button", name="Copy the suite").click()
    seen.page.get_by_role("button", name="Copied").wait_for()
    assert seen.run("navigator.clipboard.readText()") == TWO.circumstances.suite
