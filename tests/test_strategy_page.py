"""docs/strategies.md says what the classes say, and knows every kind that the field has."""

import re
import sys

import pytest

from oauth_model.strategies import STRATEGIES, Strategy
from oauth_model.strategies.knobs import KNOBS
from sim.scenario_files import load, parse_set
from tools.strategies import KINDS, PAGE, kind_row, knob_row, main, page, section, table

SETTINGS = [setting for kind in KINDS for setting in kind.settings]


class Example(Strategy):
    """What it is.

    And more.
    """

    name = "example"
    promise, fails, costs, in_the_field = "much", "open", "little", "nowhere"


def test_the_committed_page_is_made_from_the_classes_as_they_are():
    assert PAGE.read_text(encoding="utf-8") == f"{page()}\n"


def test_the_readme_knows_how_many_there_are():
    readme = (PAGE.parents[1] / "README.md").read_text(encoding="utf-8")
    assert f"[{len(STRATEGIES)} strategies](docs/{PAGE.name})" in readme


def test_a_strategy_that_is_of_no_kind_is_noticed():
    with pytest.raises(KeyError, match="example"):
        page({"example": Example})


def test_every_kind_of_the_catalogue_is_there_in_its_order():
    ids = list(dict.fromkeys(kind.id for kind in KINDS))
    assert ids == [*(f"S{n}" for n in range(18)), "also"]


def test_every_kind_is_had_by_a_strategy_that_exists_or_by_a_setting():
    assert all(kind.strategies or kind.settings for kind in KINDS)
    assert {name for kind in KINDS for name in kind.strategies} == set(STRATEGIES)


@pytest.mark.parametrize("setting", SETTINGS)
def test_every_setting_is_one_that_a_scenario_takes(setting):
    field, value = parse_set(setting)
    part, name = field.split(".")
    assert getattr(getattr(load("two-regions-payment", {field: value}), part), name) == value


@pytest.mark.parametrize("name", STRATEGIES)
def test_a_strategy_stands_in_the_table_of_knobs_and_has_a_section(name):
    text = PAGE.read_text(encoding="utf-8")
    assert text.count(f"\n| [{name}](#{name}) |") == 1
    assert text.count(f"\n### {name}\n") == 1


def test_every_link_within_the_page_has_its_section():
    text = PAGE.read_text(encoding="utf-8")
    assert set(re.findall(r"\(#(\w+)\)", text)) == set(re.findall(r"^### (\w+)$", text, re.M))


def test_a_section_says_what_the_class_says():
    lines = section(Example).split("\n")
    assert lines == [
        *("", "### example", "", "What it is.", ""),
        *("* *promise*: much", "* *fails*: open", "* *costs*: little", "* *in the field*: nowhere"),
    ]


def test_a_strategy_that_keeps_no_key_has_no_settings_of_keeping():
    kept = dict(zip(("strategy", *KNOBS), knob_row(Example), strict=True))
    assert (kept["retention_margin_s"], kept["on_outage"]) == ("60.0", "fail_closed")
    none = dict(zip(("strategy", *KNOBS), knob_row(STRATEGIES["no_check"]), strict=True))
    assert {none["polarity"], none["retention_margin_s"], none["on_outage"]} == {"–"}


def test_a_row_has_as_many_cells_as_the_table_has_heads():
    rows = table(("a", "b", "c", "d"), map(kind_row, KINDS)).split("\n")
    assert {row.count(" | ") for row in rows} == {3}


@pytest.mark.parametrize(("text", "status"), [("other", 1), (f"{page()}\n", 0)])
def test_a_page_that_is_out_of_date_is_told(tmp_path, monkeypatch, text, status):
    (tmp_path / "strategies.md").write_text(text, encoding="utf-8")
    monkeypatch.setattr("tools.strategies.PAGE", tmp_path / "strategies.md")
    monkeypatch.setattr(sys, "argv", ["strategies.py", "--check"])
    assert main() == status
