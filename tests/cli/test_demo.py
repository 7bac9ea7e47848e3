"""The demonstration: what it prints in 80 columns, and what it leaves in its folder."""

import json
import re
from html import unescape

import pytest

from sim.commands.demo import FILES, PAGE
from sim.demo import COMPARED, CONSENT, RACE, Race, lessons, race
from sim.scenario_files import presets
from sim.trace import Trace
from sim.witness import told
from tests.cli.command import tokenrace

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def found() -> Race:
    """The race that is shown; its runs are made once."""
    return race(replications=2)


@pytest.fixture(scope="module")
def shown(found, tmp_path_factory):
    """The demonstration with two replications, and its folder."""
    folder, asked = tmp_path_factory.mktemp("demo") / "report", []

    def made_before(*how):
        asked.append(how[:2])
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "80")
        patch.setattr("sim.demo.race", made_before)
        answer = tokenrace("demo", "--output", folder, "--replications", 2, "--jobs", 1)
    assert (answer.status, answer.err, asked) == (0, "", [(2, 1)])
    return answer.out, folder


def test_it_writes_what_it_says_and_nothing_else(shown):
    out, folder = shown
    assert {path.name for path in folder.iterdir()} == set(FILES)
    assert all(name in out for name in FILES)
    assert all((folder / name).stat().st_size > 100 for name in FILES)


def test_an_interrupt_is_no_demonstration_of_fewer_runs(found, tmp_path, monkeypatch):
    monkeypatch.setattr("sim.demo.race", lambda *how: found)
    answer = tokenrace("demo", "--output", tmp_path, "--replications", 3)
    assert (answer.status, answer.out, list(tmp_path.iterdir())) == (130, "", [])
    assert answer.err.endswith("2 of 3 replications were finished; nothing was written\n")


def test_nothing_is_cut_off_in_80_columns(shown):
    out, _ = shown
    assert max(map(len, out.splitlines())) <= 80
    assert "…" not in out


def test_the_report_is_what_was_printed(shown):
    out, folder = shown
    assert (folder / "report.txt").read_text().split() == out.split()


def test_the_diagram_is_of_the_violation_that_is_told(shown):
    out, folder = shown
    diagram = (folder / "diagram.txt").read_text()
    assert diagram in out
    assert max(map(len, diagram.splitlines())) <= 69
    assert "EFFECT No. 2" in diagram
    assert Trace.read(folder / "trace.jsonl").header.strategy in out


def test_every_strategy_is_compared_the_least_safe_first(shown):
    _, folder = shown
    strategies = json.loads((folder / "compare.json").read_text())["strategies"]
    rates = [each["metrics"]["double_accept_rate"]["value"] for each in strategies]
    assert {each["name"] for each in strategies} == set(COMPARED)
    assert rates == sorted(rates, reverse=True)


def test_the_page_needs_nothing_from_elsewhere(shown):
    _, folder = shown
    page = (folder / "index.html").read_text()
    assert len(page) < 2_000_000
    assert page.count("<svg") == 1
    assert page.count('src="data:image/svg+xml;base64,') == 2
    assert 'alt="Two regions, one payment. Double acceptance against added latency' in page
    assert "<script" not in page
    assert re.findall(r"(?:href=|src=\"(?!data:)|@import|url\()", page) == []


def test_the_page_has_the_payment_and_the_scenarios_for_whoever_was_mailed_it(shown):
    _, folder = shown
    page = unescape((folder / "index.html").read_text())
    assert page.count("<details>") == page.count("</details>") == 4
    assert "HTTP/1.1 200 OK" in page
    assert "claims of at-" in page
    assert all(presets()[name].read_text() in page for name in (RACE, CONSENT))
    rows = [line for line in page.splitlines() if '"kind":"effect"' in line]
    assert len(rows) == 2
    assert {*rows} < {*(folder / "trace.jsonl").read_text().splitlines()}


def test_the_page_names_every_file_beside_it(shown):
    _, folder = shown
    page = (folder / "index.html").read_text()
    assert set(re.findall("<li><code>(.+)</code>", page)) == set(FILES) - {PAGE}


def test_the_story_shown_is_the_flagship_one_an_honest_retry_that_paid_again(found):
    """Somebody who checks, at two replicas, by the client itself, and a thief who tried too."""
    effects = [row for row in found.wrong.story.of("effect") if row.detail["executed"]]
    assert found.wrong.scenario.strategy != "no_check"
    assert len({row.node for row in effects if row.actor == "client"}) > 1
    assert told(found.wrong.story) == 3
    assert found.wrong.verdict.holds is False


def test_the_lessons_are_taken_from_the_tables(found):
    twice, never = lessons(found)[:2]
    for report in found.reports:
        accepted = report["metrics"]["double_accept_rate"]["value"] > 0
        assert report["name"] in (twice if accepted else never)
