"""docs/enforcement.md shows what the commands print; the quick ones are run, and compared."""

import re
import shlex
import sys

import pytest

from sim.distributions import Exponential
from sim.scenario_files import load
from tools.enforcement import BLOCKS, PAGE, WIDTH, Block, aligned, made, main, typed_as
from tools.generated import filled

TEXT = PAGE.read_text(encoding="utf-8")
SHOWN = dict(re.findall(r"<!-- made:(\w+) -->\n```\n(.*?)\n```\n", TEXT, re.DOTALL))
COMMANDS = [command for block in BLOCKS.values() for command in block.commands]


def example(block: Block) -> str:
    """In place of running it."""
    return "\n".join([*map(typed_as, block.commands), "", "as printed"])


def test_every_block_stands_on_the_page_with_its_commands():
    assert {name: text.split("\n\n")[0] for name, text in SHOWN.items()} == {
        name: "\n".join(map(typed_as, block.commands)) for name, block in BLOCKS.items()
    }


@pytest.mark.slow
@pytest.mark.parametrize("name", ["memory", "suites"])
def test_what_a_quick_command_prints_now_is_what_the_page_shows(name):
    assert SHOWN[name] == made(BLOCKS[name])


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_that_is_shown_is_the_one_that_is_run(command):
    shown = typed_as(command).removeprefix("$ ./run").replace("\\\n", "")
    assert shlex.split(shown) == shlex.split(command)


@pytest.mark.parametrize("line", TEXT.split("```")[1::2])
def test_blocks_are_no_wider_than_a_terminal(line):
    assert max(map(len, line.splitlines())) <= WIDTH


def test_a_table_is_aligned_and_its_rule_stands_under_the_heads():
    rows = [[("a",), ("1 %", "0–2")], [("bcd",), ("10 %", "8–12")]]
    assert aligned(("who", "how\noften"), rows) == [
        *(" who    how", "      often", " ──────────"),
        *(" a      1 %", "        0–2", " bcd   10 %", "       8–12"),
    ]


def test_a_number_that_was_typed_in_is_noticed():
    assert filled(PAGE, "made", BLOCKS, example) != TEXT


def test_what_stands_between_the_blocks_of_the_page_is_left_alone(tmp_path):
    page = tmp_path / "enforcement.md"
    page.write_text(filled(PAGE, "made", BLOCKS, example), encoding="utf-8")
    again = filled(page, "made", BLOCKS, lambda block: "x")
    prose = re.split(r"```.*?```", TEXT, flags=re.DOTALL)
    assert re.split(r"```.*?```", again, flags=re.DOTALL) == prose


@pytest.mark.parametrize(("made_now", "status"), [("as it was", 0), ("otherwise", 1)])
def test_a_page_that_is_out_of_date_is_told(tmp_path, monkeypatch, made_now, status):
    page = tmp_path / "enforcement.md"
    page.write_text("<!-- made:memory -->\n```\nas it was\n```\n<!-- /made:memory -->\n")
    monkeypatch.setattr("tools.enforcement.PAGE", page)
    monkeypatch.setattr("tools.enforcement.made", lambda block: made_now)
    monkeypatch.setattr(sys, "argv", ["enforcement.py", "--check"])
    assert main() == status


def test_the_losses_that_the_page_speaks_of_are_those_of_the_scenarios():
    scenario = load("two-regions-payment")
    assert scenario.network.access.response_loss_probability == 1 / 8
    assert scenario.thief.probability == 1 / 4
    (cut,) = scenario.partitions
    gap = scenario.workload.gap
    assert isinstance(gap, Exponential)
    arrivals_s = scenario.workload.intentions * gap.mean_ms / 1000
    assert (cut.until_s - cut.from_s) / arrivals_s == 0.3
    assert sorted(scenario.members) == ["eu", "eu", "us"]
