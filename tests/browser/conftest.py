"""A browser to look at pages with, where there is one."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bench import Report
from bench.reporting.writers.html import Html
from pages import report

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A headless browser of the system; nothing is downloaded."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.skip("no Chromium is installed (Debian: apt-get install chromium)")
    with sync_api.sync_playwright() as playwright:
        # As root, as in a container, Chromium starts without its sandbox only.
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


class Visit:
    """A page that is open, and what it did: requests, messages, errors."""

    def __init__(self, page: Any, path: Path) -> None:
        self.page = page
        self.requests: list[str] = []
        self.messages: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda message: self.messages.append(message.text))
        page.on("pageerror", lambda error: self.messages.append(str(error)))
        page.on("dialog", lambda dialog: self.messages.append(dialog.message))
        page.goto(path.as_uri())

    def texts(self, selector: str) -> list[str]:
        """What all elements say that a selector finds."""
        found: list[str] = self.page.locator(selector).all_inner_texts()
        return found

    def run(self, script: str) -> Any:
        """What an expression is on the page."""
        return self.page.evaluate(script)


@pytest.fixture
def visit(browser: Any, tmp_path: Path) -> Iterator[Callable[..., Visit]]:
    """Opens the page of a report; settings are those of the browser's context."""
    contexts = []

    def opened(found: Report | None = None, **settings: Any) -> Visit:
        [(name, text)] = Html().write(found or report()).items()
        (tmp_path / name).write_text(text)
        context = browser.new_context(**settings)
        contexts.append(context)
        return Visit(context.new_page(), tmp_path / name)

    yield opened
    for context in contexts:
        context.close()
