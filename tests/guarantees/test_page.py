"""docs/guarantees.md is what the exploration says; its quick cells are explored again."""

import re
import sys
from dataclasses import replace

import pytest

from oauth_model.strategies import STRATEGIES
from sim.guarantees import MODELS, Cell, cell
from sim.guarantees.models import FEWER, FOR_NOTHING, ONCE
from sim.guarantees.mutants import mutants
from sim.guarantees.promises import room_for
from sim.guarantees.table import SCHEDULES, Caught
from tools import guarantees as tool
from tools.guarantees import HEAD, PAGE, TABLES, folded, page, section, short, summary, table, told

TEXT = PAGE.read_text(encoding="utf-8")
QUICK = [
    ("no_check", "loss", ONCE),
    ("per_replica", "none", ONCE),
    ("shared_check_then_act", "duplication", ONCE),
    ("shared_atomic", "none", ONCE),
    ("in_transaction", "crash", ONCE),
    ("shared_atomic", "loss", FOR_NOTHING),
    ("no_check", "none", FOR_NOTHING),
    ("server_nonce", "crash", FOR_NOTHING),
]
#: Every line of both tables.
LINES = [(strategy, asked) for asked in TABLES for strategy in STRATEGIES]
HOLDS = Cell("x", "none", "holds", "b", 7, caught=Caught("two steps", "a = b"))
VIOLATED = Cell("per_replica", "none", "violated", "b", 7, 2, 6, "a = b", because="because")


def rows(asked):
    """Strategy → model → what stands in the table of a property."""
    found = {}
    for line in TEXT.partition(f"\n## {TABLES[asked][0]}\n")[2].partition("\n## ")[0].splitlines():
        if line.startswith("| ["):
            name, *cells = (part.strip() for part in line.strip("|").split("|"))
            found[name.strip("[]")] = dict(zip(MODELS, cells, strict=True))
    return found


def sections():
    """Strategy → what is said of it."""
    parts = TEXT.split("\n### ")[1:]
    return {part.partition("\n")[0]: part for part in parts}


def fold(strategy, asked):
    """What is said of a strategy and a property."""
    opened = f"<summary>{TABLES[asked][0]}: "
    return sections()[strategy].partition(opened)[2].partition("\n</details>")[0]


def said(strategy, model, asked):
    """What is said of a cell below the table."""
    start = fold(strategy, asked).partition(f"\n* **{model}**: ")[2]
    return re.split(r"\n\* \*\*|\n\nMutants|\n\nNo mutant", start)[0].strip()


@pytest.mark.parametrize(("strategy", "model", "asked"), QUICK)
def test_a_quick_cell_explored_now_is_what_the_page_says(strategy, model, asked):
    now = cell(strategy, model, asked=asked)
    assert rows(asked)[strategy][model] == short(now)
    assert said(strategy, model, asked) == told(now)


def test_every_strategy_has_a_row_in_both_tables_a_section_and_a_link():
    assert all(set(rows(asked)) == set(STRATEGIES) for asked in TABLES)
    assert set(sections()) == set(STRATEGIES)
    assert all(f"\n[{name}]: #{name}\n" in TEXT for name in STRATEGIES)


@pytest.mark.parametrize(("strategy", "asked"), LINES)
def test_every_cell_is_one_of_the_kinds_that_are_explained(strategy, asked):
    kinds = re.compile(r"holds(≤\d)?|open|vacuous|-|\d+/\d+( \*)?")
    assert all(kinds.fullmatch(each) for each in rows(asked)[strategy].values())


@pytest.mark.parametrize(("strategy", "asked"), LINES)
def test_every_cell_that_holds_names_a_mutant_that_was_found_out(strategy, asked):
    names = {mutant.name for mutant in mutants(strategy, asked)}
    for model, each in rows(asked)[strategy].items():
        if each == "holds":
            caught = re.search(r"mutant `([^`]+)` by\n  `([^`]+)`", said(strategy, model, asked))
            assert caught
            assert caught[1] in names


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_star_stands_where_the_promise_leaves_room_and_its_words_below(strategy):
    for model, each in rows(ONCE)[strategy].items():
        if "/" in each:
            room = room_for(strategy, model)
            assert each.endswith("*") == bool(room)
            assert room in said(strategy, model, ONCE)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_refusal_for_nothing_is_held_against_no_promise(strategy):
    assert not any("*" in each for each in rows(FOR_NOTHING)[strategy].values())
    assert "promise" not in fold(strategy, FOR_NOTHING)


@pytest.mark.parametrize(("strategy", "asked"), LINES)
def test_every_mutant_stands_on_the_page_with_its_sentence(strategy, asked):
    for mutant in mutants(strategy, asked):
        assert f"\n* `{mutant.name}`: {mutant.says}" in fold(strategy, asked)


@pytest.mark.parametrize("model", MODELS.values(), ids=list(MODELS))
def test_every_model_is_explained(model):
    assert f"\n* `{model.name}`: {model.says}.\n" in TEXT


def test_the_tables_can_be_read_at_100_columns():
    lines = [line for line in TEXT.splitlines() if line.startswith("| ")]
    assert len(lines) == 2 * (len(STRATEGIES) + 2)
    assert {len(line) for line in lines} == {len(lines[0])}
    assert len(lines[0]) <= 100


def test_the_head_says_how_much_was_looked_at():
    assert f"At most {SCHEDULES} were looked at, or {SCHEDULES // FEWER} where" in " ".join(
        TEXT.split()
    )
    assert TEXT.startswith(HEAD[:60])


def test_what_is_folded_up_says_what_is_inside():
    assert TEXT.count("\n<details>\n") == TEXT.count("\n</details>\n") == 2 * len(STRATEGIES)
    assert folded("what", ["inside"]).split("\n")[2:5] == ["<summary>what</summary>", "", "inside"]
    two = [Cell("x", "none", "holds"), Cell("x", "loss", "holds"), Cell("x", "crash", "open")]
    assert summary(two) == "holds under none, loss; open under crash"
    assert summary([Cell("x", "none", "open", whole=2)]) == "holds≤2 under none"


def test_a_cell_in_a_few_characters():
    assert short(HOLDS) == "holds"
    assert short(VIOLATED) == "2/6 *"
    assert short(Cell("shared_atomic", "none", "violated", deviations=2, steps=6)) == "2/6"
    assert short(Cell("x", "none", "not applicable")) == "-"
    assert [short(Cell("x", "none", "open", whole=n)) for n in (0, 3)] == ["open", "holds≤3"]
    assert short(replace(VIOLATED, asked=FOR_NOTHING)) == "2/6"


def test_a_cell_that_holds_in_full():
    assert told(HOLDS) == (
        "holds in all 7 schedules, which exhaust the space (b);\n"
        "  mutant `two steps` by\n  `a = b`."
    )


def test_an_open_cell_says_how_deep_it_was_looked_into():
    found = told(Cell("x", "none", "open", "b", 9, whole=2))
    assert "9 schedules, all with up to 2 deviations among them; the space is not" in found
    assert found.endswith("no mutant was found out.")


def test_what_happens_without_a_fault_already_is_told_once():
    again = replace(VIOLATED, model="loss")
    text = section("per_replica", {ONCE: [VIOLATED, again]})
    assert text.count("`a = b`") == 1
    assert "* **loss**: as under `none`, and the promise leaves room for it (k replicas" in text


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
    assert "so there is nothing that was overlooked" in page({ONCE: cells})


def test_check_says_when_the_page_is_not_what_exploration_says(monkeypatch, capsys):
    monkeypatch.setattr(tool, "guarantees", lambda **asked: [])
    monkeypatch.setattr(tool, "guarantees_chart", lambda cells: tool.PICTURE.read_text("utf-8"))
    monkeypatch.setattr(tool, "page", lambda tables: TEXT)
    monkeypatch.setattr(sys, "argv", ["guarantees.py", "--check"])
    assert tool.main() == 0
    monkeypatch.setattr(tool, "page", lambda tables: "another")
    assert tool.main() == 1
    assert "docs/guarantees.md is out of date" in capsys.readouterr().err
