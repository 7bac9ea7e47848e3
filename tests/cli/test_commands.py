"""The commands as a reader meets them: help, lists, tables, schema, JupyterLab."""

import json
import subprocess
import sys

import pytest
from pydantic import TypeAdapter

from oauth_model.strategies import STRATEGIES
from sim.checker import PROPERTIES
from sim.commands.lab import TOUR, lab_command
from sim.commands.listing import LISTS
from sim.commands.output import is_next_percent
from sim.commands.program import app
from sim.commands.side_by_side import COMPARISON
from sim.commands.tables import ONE_TIME, figure, percent, shortest
from sim.scenario import Scenario
from sim.scenario_files import presets
from tests.cli.command import RACE, tokenrace

#: Tables for scenarios with refresh tokens, and for strategies that made up for something; and for
#: one-time objects that other strategies guard than those of the servers.
ELSEWHERE = ("Families", "Repair", *(f"{many[0].upper()}{many[1:]}" for many in ONE_TIME.values()))
COMMANDS = [command.name for command in app.registered_commands]


def test_the_commands_are_those_of_the_design():
    assert {*COMMANDS} >= {"list", "run", "compare", "render", "issuance", "schema", "bench"}
    assert {*COMMANDS} >= {"demo", "lab", "serve"}


def test_no_arguments_give_the_help():
    assert tokenrace() == tokenrace("--help")
    assert tokenrace().status == 0


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command):
    answer = tokenrace(command, "--help")
    assert answer.status == 0
    assert f"Example: tokenrace {command}" in " ".join(answer.out.split())


def test_help_loads_nothing_heavy():
    heavy = "{'numpy', 'scipy', 'pandas', 'matplotlib', 'pydantic', 'jwt', 'simpy'}"
    code = (
        f"import sys; from sim.cli import main; main(['--help']); print({heavy} & {{*sys.modules}})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "set()"


@pytest.mark.parametrize("what", LISTS)
def test_a_list_says_something_about_each_of_its_names(what):
    [entries] = tokenrace("list", what, "--json").json().values()
    assert entries
    shown = tokenrace("list", what).out
    for entry in entries:
        assert entry["says"]
        assert entry["name"] in shown


def test_the_lists_are_the_registries():
    listed = tokenrace("list", "--json").json()
    names = {what: [entry["name"] for entry in entries] for what, entries in listed.items()}
    assert names["strategies"] == list(STRATEGIES)
    assert names["properties"] == list(PROPERTIES)
    assert names["scenarios"] == list(presets())


def test_the_schema_is_a_json_schema_of_every_field():
    schema = tokenrace("schema").json()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema == {"$schema": schema["$schema"]} | TypeAdapter(Scenario).json_schema()
    assert set(schema["properties"]) == set(Scenario.model_fields)
    assert schema["additionalProperties"] is False


def test_output_that_goes_to_no_terminal_has_no_colours(monkeypatch):
    assert "\x1b" not in tokenrace("run", *RACE).out


def test_no_color_is_respected_where_colours_would_be(monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[36m" in tokenrace("list", "strategies").out
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[36m" not in tokenrace("list", "strategies").out


def test_a_comparison_of_long_names_is_cut_off_nowhere_on_a_wide_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    longest = sorted(STRATEGIES, key=len)[-3:]
    out = tokenrace("compare", *RACE, "--strategies", ",".join(longest)).out
    assert max(map(len, out.splitlines())) <= 120
    assert "…" not in out


def test_a_comparison_of_all_strategies_is_cut_off_nowhere(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    out = tokenrace("compare", *RACE).out
    assert max(map(len, out.splitlines())) <= 80
    assert "…" not in out
    assert all(title in out for title in COMPARISON if not title.startswith(ELSEWHERE))
    assert "server_nonce is left out: it needs client.proof = dpop." in out


@pytest.mark.parametrize(("total", "most"), [(7, 7), (100, 100), (12_345, 100)])
def test_a_bar_is_drawn_at_most_once_for_a_percent_and_at_the_end(total, most):
    drawn = [done for done in range(1, total + 1) if is_next_percent(done, total)]
    assert len(drawn) == most
    assert drawn[-1] == total


def test_a_rule_of_three_is_told_where_nothing_was_accepted_twice():
    assert "(rule of three)" in tokenrace("run", *RACE).out
    assert "(rule of three)" not in tokenrace("run", *RACE, "--set", "strategy=no_check").out


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (0.004, "0"), (0.25, "0.25"), (5.04, "5.0"), (99.94, "99.9"), (99.96, "100")],
)
def test_a_number_has_three_figures_at_most(value, text):
    assert shortest(value) == text


def test_a_rate_without_observations_is_a_dash_and_an_open_bound_a_question_mark():
    assert percent({"value": None, "ci95": [0.0, 1.0], "n": 0}) == ("–", "")
    assert figure({"value": 2.0, "ci95": [1.0, None], "n": 9}) == ("2.0", "1.0–?")
    assert percent({"value": 0.125, "ci95": [0.1, 0.15], "n": 9}) == ("12.5 %", "10.0–15.0")


def test_lab_opens_the_tour_of_the_folder_or_the_folder(tmp_path):
    command = lab_command(tmp_path, has_display=True, is_root=False)
    assert command == [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={tmp_path}"]
    (tmp_path / TOUR).parent.mkdir()
    (tmp_path / TOUR).write_text(json.dumps({}))
    command = lab_command(tmp_path, has_display=True, is_root=False)
    assert "--LabApp.default_url=/lab/tree/notebooks/00_tour.ipynb" in command


def test_lab_starts_no_browser_without_a_display_and_says_that_root_may(tmp_path):
    command = lab_command(tmp_path, has_display=False, is_root=True)
    assert command[3:5] == ["--no-browser", "--allow-root"]
