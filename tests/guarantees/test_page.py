"""docs/guarantees.md is what the exploration says; its quick cells are explored again."""

import re
import sys

import pytest

from oauth_model.strategies import STRATEGIES
from sim.guarantees import MODELS, Cell, cell
from sim.guarantees.mutants import MUTANTS
from sim.guarantees.promises import room_for
from sim.guarantees.table import SCHEDULES, Caught
from tools import guarantees as tool
from tools.guarantees import HEAD, PAGE, page, short, table, told

TEXT = PAGE.read_text(encoding="utf-8")
QUICK = [
    ("no_check", "loss"),
    ("per_replica", "none"),
    ("per_replica", "crash"),
    ("shared_check_then_act", "duplication"),
    ("shared_atomic", "none"),
    ("shared_atomic", "clock"),
    ("in_transaction", "none"),
    ("in_transaction", "loss"),
    ("in_transaction", "crash"),
]
HOLDS = Cell("x", "none", "holds", "b", 7, caught=Caught("two steps", "a = b"))
VIOLATED = Cell("per_replica", "none", "violated", "b", 7, 2, 6, "a = b", because="because")


def rows():
    """Strategy → model → what stands in the table."""
    found = {}
    for line in TEXT.splitlines():
        if line.startswith("| ["):
            name, *cells = (part.strip() for part in line.strip("|").split("|"))
            found[name.strip("[]")] = dict(zip(MODELS, cells, strict=True))
    return found


def sections():
    """Strategy → what is said of it."""
    parts = TEXT.split("\n### ")[1:]
    return {part.partition("\n")[0]: part for part in parts}


def said(strategy, model):
    """What is said of a cell below the table."""
    start = sections()[strategy].partition(f"\n* **{model}**: ")[2]
    return re.split(r"\n\* \*\*|\n\nMutants|\n\nNo mutant", start)[0].strip()


@pytest.mark.parametrize(("strategy", "model"), QUICK)
def test_a_quick_cell_explored_now_is_what_the_page_says(strategy, model):
    now = cell(strategy, model)
    assert rows()[strategy][model] == short(now)
    assert said(strategy, model) == told(now)


def test_every_strategy_has_a_row_a_section_and_a_link():
    assert set(rows()) == set(sections()) == set(STRATEGIES)
    assert all(f"\n[{name}]: #{name}\n" in TEXT for name in STRATEGIES)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_cell_is_one_of_the_kinds_that_are_explained(strategy):
    kinds = re.compile(r"holds|open|vacuous|-|\d+/\d+( \*)?")
    assert all(kinds.fullmatch(each) for each in rows()[strategy].values())


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_cell_that_holds_names_a_mutant_that_was_found_out(strategy):
    names = {mutant.name for mutant in MUTANTS[strategy]}
    for model, each in rows()[strategy].items():
        if each == "holds":
            caught = re.search(r"mutant `([^`]+)` by\n  `([^`]+)`", said(strategy, model))
            assert caught
            assert caught[1] in names


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_star_stands_where_the_promise_leaves_room_and_its_words_below(strategy):
    for model, each in rows()[strategy].items():
        if "/" in each:
            room = room_for(strategy, model)
            assert each.endswith("*") == bool(room)
            assert room in said(strategy, model)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_mutant_stands_on_the_page_with_its_sentence(strategy):
    for mutant in MUTANTS[strategy]:
        assert f"\n* `{mutant.name}`: {mutant.says}" in sections()[strategy]


@pytest.mark.parametrize("model", MODELS.values(), ids=list(MODELS))
def test_every_model_is_explained(model):
    assert f"\n* `{model.name}`: {model.says}.\n" in TEXT


def test_the_table_can_be_read_at_100_columns():
    lines = [line for line in TEXT.splitlines() if line.startswith("| ")]
    assert len(lines) == len(STRATEGIES) + 2
    assert {len(line) for line in lines} == {len(lines[0])}
    assert len(lines[0]) <= 100


def test_the_head_says_how_much_was_looked_at():
    said = " ".join(TEXT.split())
    assert f"(at most {SCHEDULES}, and under `crash` and `failover` 4 times as many)" in said
    assert said.startswith(" ".join(HEAD.split())[:60])


def test_a_cell_in_a_few_characters():
    assert short(HOLDS) == "holds"
    assert short(VIOLATED) == "2/6 *"
    assert short(Cell("shared_atomic", "none", "violated", deviations=2, steps=6)) == "2/6"
    assert short(Cell("x", "none", "not applicable")) == "-"


def test_a_cell_that_holds_in_full():
    assert told(HOLDS) == "holds in all 7 schedules (b);\n  mutant `two steps` by\n  `a = b`."


def test_a_violation_in_full():
    lines = told(VIOLATED).splitlines()
    assert lines[0].startswith("violated, for which the promise leaves room (k replicas")
    assert lines[1:3] == ["  because.", "  `a = b`"]
    assert lines[5].startswith("  tokenrace replay one-payment 'a = b' --set 'strategy=")


def test_a_violation_that_no_promise_has_room_for_is_said_to_be_against_it():
    against = Cell("shared_atomic", "none", "violated", smallest=False)
    assert told(against).startswith("violated, against its promise: 0 deviations, 0 steps (there")


def test_a_page_has_a_row_for_each_strategy_of_its_cells():
    cells = [Cell("no_check", model, "holds") for model in MODELS]
    assert [line.split()[1] for line in table(cells)][2:] == ["[no_check]"]
    assert "there is nothing to break" in page(cells)


def test_check_says_when_the_page_is_not_what_exploration_says(monkeypatch, capsys):
    monkeypatch.setattr(tool, "guarantees", lambda jobs: [])
    monkeypatch.setattr(tool, "page", lambda cells: TEXT)
    monkeypatch.setattr(sys, "argv", ["guarantees.py", "--check"])
    assert tool.main() == 0
    monkeypatch.setattr(tool, "page", lambda cells: "another")
    assert tool.main() == 1
    assert "docs/guarantees.md is out of date" in capsys.readouterr().err
