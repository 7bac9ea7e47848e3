"""DESIGN: 0 done, 1 violated, 2 wrong, 3 unknown, 70 ours, 130 interrupted."""

import json
import os
import re
import signal
import subprocess
import sys

import pytest

from tests.cli.command import RACE, tokenrace

#: One intention, nothing lost, nothing stolen.
CALM = (
    *("two-regions-payment", "--set", "workload.intentions=1", "--set", "thief.probability=0"),
    *("--set", "network.access.request_loss_probability=0"),
    *("--set", "network.access.response_loss_probability=0"),
)
#: The first answer is lost, and the client does not ask again.
SILENT = (
    *(*CALM, "--set", "network.access.response_loss_probability=1"),
    *("--set", "client.retries=0"),
)


def test_a_run_in_which_all_asked_properties_hold_ends_with_0():
    answer = tokenrace("run", *CALM)
    assert (answer.status, answer.err) == (0, "")
    assert "✘" not in answer.out
    assert answer.out.count("✔") == 4


def test_a_violated_property_ends_with_1_and_the_diagram_of_its_witness():
    answer = tokenrace("run", *RACE, "--set", "strategy=no_check")
    assert answer.status == 1
    assert "✘ at_most_one_effect_per_token: violated" in answer.out
    assert "EFFECT: POST /payments (*)" in answer.out


def test_a_property_that_stays_unknown_ends_with_3():
    answer = tokenrace(
        "run", *CALM, "--property", "audience_confinement", "--set", "duration_s=0.001"
    )
    assert answer.status == 3
    assert "? audience_confinement: unknown" in answer.out


def test_violated_outranks_unknown():
    both = ("--property", "audience_confinement", "--property", "every_intention_served")
    answer = tokenrace("run", *RACE, *both, "--set", "strategy=no_check", "--json")
    holds = {name: verdict["holds"] for name, verdict in answer.json()["verdicts"].items()}
    assert False in holds.values()
    assert answer.status == 1


def test_only_the_asked_properties_count():
    asked = ("--property", "single_use_without_refresh_token")
    answer = tokenrace("run", *RACE, "--set", "strategy=no_check", *asked, "--json")
    assert list(answer.json()["verdicts"]) == ["single_use_without_refresh_token"]
    assert answer.status == 0


def test_compare_ends_with_0_whatever_was_found():
    answer = tokenrace("compare", *RACE, "--strategies", "no_check")
    assert answer.status == 0
    assert "✘" in answer.out


def test_an_interrupted_run_keeps_its_finished_replications(stops_after):
    stops_after(presentations=60)
    answer = tokenrace("run", *RACE, "--set", "strategy=stopping", "--replications", 50, "--json")
    assert answer.status == 130
    assert 1 <= answer.json()["replications"] < 50
    assert "of 50 replications" in answer.err


def test_a_run_interrupted_before_anything_was_finished_says_so(stops_after):
    stops_after(presentations=1)
    answer = tokenrace("run", *RACE, "--set", "strategy=stopping")
    assert (answer.status, answer.out) == (130, "")
    assert answer.err == "tokenrace: interrupted\n"


def test_an_error_of_ours_is_one_line_that_says_how_to_report_it(breaks):
    answer = tokenrace("run", *RACE, "--set", "strategy=broken")
    assert (answer.status, answer.out) == (70, "")
    assert answer.err.startswith("tokenrace: an error of ours, ZeroDivisionError: one over none")
    assert answer.err.count("\n") == 1


def test_an_error_of_ours_shows_where_it_happened_when_asked(breaks, monkeypatch):
    monkeypatch.setenv("TOKENRACE_DEBUG", "1")
    answer = tokenrace("run", *RACE, "--set", "strategy=broken")
    assert answer.status == 70
    assert "Traceback" in answer.err


def started(*arguments: str) -> subprocess.Popen[bytes]:
    """The command on its own, drawing its bar on standard error as on a terminal."""
    return subprocess.Popen(
        [sys.executable, "-m", "sim.cli", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"FORCE_COLOR": "1", "COLUMNS": "80"},
        start_new_session=True,
    )


def interrupt_when_begun(process: subprocess.Popen[bytes]) -> None:
    """Ctrl-C to all processes of a command, once its bar has moved."""
    assert process.stderr is not None
    seen = b""
    while not re.search(rb"[1-9]%", seen):
        seen += os.read(process.stderr.fileno(), 4096)
    os.killpg(process.pid, signal.SIGINT)


@pytest.mark.slow
def test_ctrl_c_in_a_shell_ends_all_processes_with_130():
    with started("run", *RACE, "--replications", "2000", "--jobs", "2", "--json") as process:
        interrupt_when_begun(process)
        out, err = process.communicate()
    assert process.returncode == 130
    assert b"Traceback" not in err
    assert 10 <= json.loads(out)["replications"] < 2000


def test_ctrl_c_while_the_program_imports_itself_is_one_line_and_130():
    code = """
import sys
class Interrupt:
    def find_spec(self, name, *more):
        if name == "sim.commands.sweep":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupt())
from sim.cli import main
sys.exit(main(["list"]))"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "tokenrace: interrupted\n")


@pytest.mark.parametrize(
    ("command", "unbuffered"), [("list --json", ""), ("list", "1"), ("schema", ""), ("schema", "1")]
)
def test_output_to_a_full_disk_is_one_line_and_2(command, unbuffered):
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run(
            [sys.executable, "-m", "sim.cli", *command.split()],
            env=os.environ | {"PYTHONUNBUFFERED": unbuffered},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    said = "tokenrace: the output cannot be written (No space left on device)\n"
    assert (done.returncode, done.stderr) == (2, said)


def test_a_reader_that_goes_away_is_no_error():
    shell = f"{sys.executable} -m sim.cli schema | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("0\n", "")
