"""A real browser before a real JupyterLab, on loopback; where there is none, a line says so."""

from __future__ import annotations

import shutil

import pytest

from tools import browser


@pytest.fixture(scope="session")
def chromium():
    """The path of the browser; the test is skipped where there is none."""
    return browser.chromium() or pytest.skip(browser.MISSING)


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """A copy of the notebooks."""
    made = tmp_path_factory.mktemp("lab")
    browser.prepare(made)
    return made


@pytest.fixture(scope="session")
def lab(folder):
    """The address of a JupyterLab on the notebooks."""
    with browser.served(browser.LAB, folder) as address:
        yield address


@pytest.fixture(scope="session")
def voila(folder):
    """The address of the laboratory as an app, set up as it is where it is at home."""
    shutil.copy(browser.ROOT / "voila.json", folder)
    notebook = folder / "notebooks" / "laboratory.ipynb"
    command = ["voila", str(notebook), "--no-browser", "--port={port}", "--Voila.ip=127.0.0.1"]
    with browser.served(command, folder) as address:
        yield address


@pytest.fixture
def page(chromium):
    """An empty page of 1280 × 800."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=browser.QUIET)
        made = running.new_page(viewport=browser.VIEW)
        made.set_default_timeout(90_000)
        yield made
        running.close()


@pytest.fixture
def errors(page):
    """What the console of the page says is wrong, so far."""
    found = []
    page.on("console", lambda said: found.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found
