"""What a reader does with the notebooks: open, run all, move a slider, go back in time."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from sim.commands.demo import FILES
from sim.commands.demo_page import page as report
from sim.commands.demo_page import plain
from sim.scenario_files import load, vary
from sim.views.export import render as export
from sim.views.svg import space_time_svg
from sim.views.text import space_time_text
from sim.views.wire import wire_html
from sim.world.simulation import simulate
from tools import browser

pytestmark = pytest.mark.slow
VERDICT = ".verdict"
#: The page of Voilà names a font of icons there, whatever its settings; no panel has any.
ICONS = "cdn.jsdelivr.net"
HANDLE = ".noUi-handle"


def opened(page, lab, name):
    """A notebook in JupyterLab, with a kernel that waits."""
    page.goto(f"{lab}/lab/tree/notebooks/{name}.ipynb?reset")
    page.wait_for_selector(".jp-Notebook .jp-CodeCell")
    idle(page)


def idle(page):
    page.wait_for_selector("#jp-main-statusbar >> text=/\\| Idle/")


def run_all(page):
    """Run every cell; at the end each has its number."""
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    page.wait_for_function(
        """() => {
          const prompts = [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')];
          return prompts.length && prompts.every(each => /\\[\\d+\\]/.test(each.innerText));
        }"""
    )
    idle(page)


def changed(page, selector, before):
    """Wait until an element says something else."""
    page.wait_for_function(
        "([where, before]) => document.querySelector(where).innerHTML !== before",
        arg=[selector, before],
    )
    return page.inner_html(selector)


def kept_from_elsewhere(page, address):
    """What a page asks of others than its server; it gets an empty style sheet, network or not."""
    asked: list[str] = []

    def answer(route):
        asked.append(route.request.url)
        route.fulfill(content_type="text/css", body="")

    page.route(lambda url: not url.startswith((address, address.replace("http", "ws"))), answer)
    return asked


def each_tab_fits(page, explorer):
    """With every group of dials the diagram is in view, and no label is cut short."""
    explorer.evaluate("each => each.scrollIntoView({block: 'start'})")
    for tab in explorer.get_by_role("tab").all():
        tab.click()
        begins = explorer.locator(".widget-html svg").bounding_box()
        assert begins["y"] < page.viewport_size["height"] * 2 / 3
        cut = "each => each.filter(label => label.scrollWidth > label.clientWidth).length"
        assert explorer.locator(".widget-label:visible").evaluate_all(cut) == 0


def test_the_tour_runs_from_beginning_to_end(page, errors, lab):
    opened(page, lab, "00_tour")
    run_all(page)
    assert page.locator(".jp-OutputArea-output img[alt*='Space-time diagram']").count() >= 1
    assert page.locator(".jp-RenderedText[data-mime-type*='stderr']").count() == 0
    assert errors == []


def test_a_slider_changes_verdict_and_picture_and_a_button_goes_back_in_time(page, errors, lab):
    opened(page, lab, "laboratory")
    run_all(page)
    explorer = page.locator(".jp-OutputArea-output", has_text="enforcement strategy").first
    explorer.scroll_into_view_if_needed()
    explorer.locator("select").first.select_option("no_check")
    page.wait_for_function(
        "() => document.querySelector('.verdict').innerText.includes('at_most_one_effect')"
    )
    picture = page.inner_html(".widget-html svg")
    explorer.locator(HANDLE).first.focus()  # of the latency
    page.keyboard.press("ArrowRight")
    changed(page, ".widget-html svg", picture)
    page.wait_for_selector("th:has-text('30 seeds')")
    each_tab_fits(page, explorer)
    explorer.get_by_role("tab", name="Servers").click()
    explorer.locator("select:visible").last.select_option("after_effect")
    page.wait_for_selector("pre:has-text('servers.payments.consume')")
    page.get_by_role("button", name="one back").click()
    page.wait_for_selector(".verdict:has-text('event 23')")
    page.get_by_role("button", name="first violation").click()
    page.wait_for_selector(".verdict:has-text('From here on violated')")
    assert errors == []


def test_the_laboratory_is_an_app_too(page, errors, voila):
    asked = kept_from_elsewhere(page, voila)
    page.goto(voila)
    page.wait_for_selector(VERDICT)
    before = page.inner_html(VERDICT)
    page.locator("select").first.select_option("no_check")
    assert "at_most_one_effect" in changed(page, VERDICT, before)
    assert {urlsplit(each).hostname for each in asked} <= {ICONS}
    assert errors == []


def test_on_a_telephone_a_picture_is_moved_and_not_made_small(page, errors, tmp_path):
    export(simulate(load("one-payment")), mailed := tmp_path / "mailed.html")
    page.set_viewport_size({"width": 400, "height": 800})
    page.goto(mailed.as_uri())
    assert page.locator("figure svg").bounding_box()["width"] >= 720
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    page.emulate_media(media="print")
    assert page.locator("figure svg").bounding_box()["width"] <= 400
    assert errors == []


def test_a_report_that_was_mailed_asks_for_nothing(page, errors, tmp_path):
    story = simulate(vary(load("two-regions-payment"), workload__intentions=1))
    folded = {"its messages": wire_html(story), "its rows": plain("\n".join(story.lines()))}
    mailed, asked = tmp_path / "mailed.html", []
    figures = {"its picture": space_time_svg(story)}
    mailed.write_text(report("a run", space_time_text(story), figures, folded, FILES))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(mailed.as_uri())
    page.locator("summary").first.click()
    page.wait_for_selector("article:visible")
    assert page.evaluate("document.documentElement.scrollWidth") <= browser.VIEW["width"]
    assert (asked, errors, page.locator("a[href]").count()) == ([mailed.as_uri()], [], 0)
