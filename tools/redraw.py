"""How long the race explorer takes to redraw after a slider was moved, in a real browser.

usage: python -m tools.redraw [MOVES]

JupyterLab, the laboratory's first panel once all panels have filled in, Chromium headless at 1280 x
800; from the key that moves the slider to the first change of the diagram in the page. Between two
moves the panel's own rates fill in. Prints median, 95th percentile and most.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tools import browser

MOVES = 40
WATCH = """() => {
  const shown = document.querySelector('.widget-html svg').closest('.widget-html-content');
  window.drawn = 0;
  new MutationObserver(() => { window.drawn = window.drawn || performance.now(); })
    .observe(shown, {childList: true, subtree: true});
}"""


def main(arguments: list[str]) -> int:
    """Measure and print; returns the exit status."""
    from playwright.sync_api import sync_playwright

    path = browser.chromium()
    if path is None:
        print(browser.MISSING, file=sys.stderr)
        return 1
    moves = int(arguments[0]) if arguments else MOVES
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser.prepare(Path(folder))
        with browser.served(browser.LAB, Path(folder)) as address:
            running = playwright.chromium.launch(executable_path=path, args=browser.QUIET)
            page = running.new_page(viewport=browser.VIEW)
            taken_ms = sorted(measured(page, address, moves))
            running.close()
    middle, late = taken_ms[len(taken_ms) // 2], taken_ms[int(0.95 * len(taken_ms))]
    print(f"{moves} moves: median {middle:.0f} ms, p95 {late:.0f} ms, most {taken_ms[-1]:.0f} ms")
    return 0


def measured(page: Any, address: str, moves: int) -> list[float]:
    """Milliseconds for each move of a slider of the first panel."""
    page.set_default_timeout(90_000)
    page.goto(f"{address}/lab/tree/notebooks/laboratory.ipynb?reset")
    page.wait_for_selector("#jp-main-statusbar >> text=/\\| Idle/")
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    page.wait_for_selector(".noUi-handle")
    page.wait_for_selector("caption:has-text('Over 30 seeds')")
    page.wait_for_function("() => document.querySelector('.progress-bar').style.width === '100%'")
    page.evaluate(WATCH)
    handle = page.locator(".jp-OutputArea-output", has_text="responses lost").first
    slider = handle.locator(".noUi-handle").nth(1)  # of the latency: each move is another picture
    taken = []
    for _ in range(moves):
        slider.focus()
        began = page.evaluate("() => { window.drawn = 0; return performance.now(); }")
        page.keyboard.press("ArrowRight")
        page.wait_for_function("() => window.drawn > 0")
        taken.append(page.evaluate("() => window.drawn") - began)
    return taken


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
