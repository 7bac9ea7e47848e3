"""How long the race explorer takes to redraw after a slider was moved, in a real browser.

usage: python -m tools.redraw [MOVES]

JupyterLab, the laboratory's first panel once all panels have filled in, Chromium headless at 1280 x
800; from the key that moves the slider to the first change of the diagram in the page. Pauses of
several lengths lie between moves, so that some come at once after another and some while the
panel's own rates fill in. Prints median, 95th percentile and most; the processor time of a redraw
in the kernel, without a browser, which other processes disturb less; and how busy the machine was.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

from sim.lab import RacePanel
from sim.scenario_files import load
from tools import browser

MOVES = 40
#: Between two moves: at once, before rates fill in (a quarter of a second), and while they do.
PAUSES_MS = (0, 100, 400, 900)
#: The laboratory's first panel.
PRESET = "two-regions-payment"
FEW = {"workload.intentions": 30, "workload.gap.mean_ms": 3000.0}
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
    kernel_ms = list(islice(in_the_kernel(), moves))
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser.prepare(Path(folder))
        with browser.served(browser.LAB, Path(folder)) as address:
            running = playwright.chromium.launch(executable_path=path, args=browser.QUIET)
            page = running.new_page(viewport=browser.VIEW)
            page_ms = list(islice(in_the_page(page, address), moves))
            running.close()
    print(f"{moves} moves: {told(page_ms)}")
    print(f"processor time in the kernel: {told(kernel_ms)}")
    print(f"processes that wanted a processor: {os.getloadavg()[0]:.1f} of {os.cpu_count()}")
    return 0


def told(taken_ms: Sequence[float]) -> str:
    """The middle and the end of what was measured."""
    ordered = sorted(taken_ms)
    middle, late = ordered[len(ordered) // 2], ordered[int(0.95 * len(ordered))]
    return f"median {middle:.0f} ms, p95 {late:.0f} ms, most {ordered[-1]:.0f} ms"


def in_the_kernel() -> Iterator[float]:
    """Milliseconds of processor time for each move of a panel that stands in no page."""
    panel = RacePanel(load(PRESET, FEW), PRESET, FEW)
    while True:
        began = process_time()
        panel.set(latency_ms=panel.controls["latency_ms"].value + 1)
        yield 1000 * (process_time() - began)


def in_the_page(page: Any, address: str) -> Iterator[float]:
    """Milliseconds for each move of a slider of the first panel."""
    page.set_default_timeout(90_000)
    page.goto(f"{address}/lab/tree/notebooks/laboratory.ipynb?reset")
    page.wait_for_selector("#jp-main-statusbar >> text=/\\| Idle/")
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    page.wait_for_selector(".noUi-handle")
    page.wait_for_selector("th:has-text('30 seeds')")
    page.wait_for_function("() => document.querySelector('.progress-bar').style.width === '100%'")
    page.evaluate(WATCH)
    handle = page.locator(".jp-OutputArea-output", has_text="responses lost").first
    slider = handle.locator(".noUi-handle").first  # of the latency: each move is another picture
    for pause_ms in cycle(PAUSES_MS):
        page.wait_for_timeout(pause_ms)
        slider.focus()
        began = page.evaluate("() => { window.drawn = 0; return performance.now(); }")
        page.keyboard.press("ArrowRight")
        page.wait_for_function("() => window.drawn > 0")
        yield page.evaluate("() => window.drawn") - began


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
