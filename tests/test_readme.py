"""The README shows what the commands print, and its Python runs."""

import re
from pathlib import Path

import pytest

from oauth_model.strategies import STRATEGIES
from sim.scenario_files import load, vary
from sim.world.simulation import simulate
from tools.generated import filled
from tools.refresh_readme import PICTURE, README, cut, demonstrated

TEXT = README.read_text(encoding="utf-8")


@pytest.mark.slow
def test_every_block_and_the_picture_are_what_the_demo_makes_now():
    shown, svg = demonstrated()
    assert filled(README, "demo", shown, str) == TEXT
    assert PICTURE.read_text(encoding="utf-8") == svg


def test_a_table_is_cut_from_its_title_to_its_last_row():
    report = "x\nSafety: what should never happen  \n\n head\n ───\n row 1 \n row 2\n\nnext\n"
    assert cut(report, "Safety").splitlines()[-1] == " row 2"
    assert "head" in cut(report, "Safety")


def test_a_number_that_was_typed_in_is_noticed():
    shown = dict.fromkeys(
        ("safety", "experience", "diagram", "issuance", "exploration"), "as printed"
    )
    assert filled(README, "demo", shown, str) != TEXT
    with pytest.raises(ValueError, match="no block 'safety'"):
        filled(README, "demo", {}, str)


def test_the_strategy_in_the_readme_runs_as_it_stands():
    code = next(block for block in re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL))
    try:
        exec(compile(code, "README.md", "exec"), {"__name__": "readme"})
        trace = simulate(vary(load("two-regions-payment"), strategy="mine"))
        assert {row.detail["outcome"] for row in trace.of("respond")} >= {"first", "replay"}
    finally:
        STRATEGIES.pop("mine", None)


def test_every_file_the_readme_links_to_exists():
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", TEXT)
    assert links
    assert not [link for link in links if not Path(README.parent, link).exists()]
