"""What stands in square brackets is text to the end: titles, operations, values, files, extras."""

import pytest

from sim.commands.listing import LISTS
from sim.scenario_files import presets
from tests.cli.command import tokenrace

TITLE = "[bold]x[/] [/oops] [red]y[/red] :smile:"
OPERATION = "POST /pay[bold]ments[/]"
LOST = "payments eu < client eu 0.client.0 = lost"
ONE_RUN = ("--landmarks", 0, "--faults", 0)
#: What follows the scenario's name, which stands second.
COMMANDS = {
    "run": (),
    "compare": ("--strategies", "no_check,shared_atomic"),
    "sweep": ("--vary", 'about.story="[/x]","[dim]"', "--replications", 1, "--no-cache"),
    "explore": ONE_RUN,
    "replay": (LOST,),
}


@pytest.fixture
def scenario(tmp_path):
    """One payment in a file whose name, title, story and operation have brackets."""
    text = presets()["one-payment"].read_text(encoding="utf-8")
    text = text.replace('"One payment"', f'"{TITLE}"').replace("POST /payments", OPERATION)
    path = tmp_path / "[bold]a[].toml"
    path.write_text(text.replace('story = """', 'story = """[/x]'), encoding="utf-8")
    return path


def squeezed(text: str) -> str:
    """Without what lines are broken by."""
    return "".join(text.split())


@pytest.mark.parametrize("command", COMMANDS)
def test_a_title_is_said_as_it_is_written(scenario, command):
    answer = tokenrace(command, scenario, *COMMANDS[command])
    assert answer.out.startswith(f"{TITLE}\n"), answer.err


def test_a_value_that_is_varied_is_said_as_it_is_written(scenario):
    out = tokenrace("sweep", scenario, *COMMANDS["sweep"]).out
    assert [word for word in ("[/x]", "[dim]") if word not in out] == []


def test_a_counterexample_is_drawn_and_told_with_its_brackets(scenario):
    found = tokenrace("explore", scenario, "--landmarks", 0, "--set", "strategy=no_check")
    assert f"EFFECT: {OPERATION} (*)" in found.out
    assert f"tokenrace replay '{scenario}' '{LOST}'" in found.out


def test_files_are_written_and_named_with_their_brackets(scenario):
    trace, picture = scenario.with_name("[t].jsonl"), scenario.with_name("[red]p.svg")
    assert tokenrace("run", scenario, "--trace", trace).status == 0
    assert tokenrace("render", trace, "-o", picture).status == 0
    assert picture.exists()
    missing = scenario.with_name("[no].toml")
    assert f"{missing}: cannot be read" in tokenrace("run", missing).err


@pytest.mark.parametrize("command", ["bench", "certify", "list"])
def test_what_may_be_left_out_stands_in_one_pair_of_brackets(command):
    usage = tokenrace(command, "--help").out.partition("╭")[0]
    assert "[OPTIONS] [" in usage
    assert "[[" not in usage


@pytest.mark.parametrize("what", LISTS)
def test_a_list_says_all_of_what_is_known(what):
    out = squeezed(tokenrace("list", what).out)
    for entry in tokenrace("list", what, "--json").json()[what]:
        for said in (entry["name"], entry["says"], entry.get("seen_in", "")):
            assert squeezed(said) in out
