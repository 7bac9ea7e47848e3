"""`tokenrace rare`: tilted runs from the command line."""

import pytest

from sim.commands.endings import Mistake
from sim.commands.rare import tilt_from, told
from sim.passages import Tilt
from sim.rare_events import ENOUGH, WeighedRun, weigh
from tests.cli.command import tokenrace

ONE = ("two-regions-payment", "--set", "workload.intentions=1", "--set", "strategy=no_check")
ASKED = (*ONE, "consumed_unknown_rate", "--tilt", "payments * < client *,loss=0.6")


def test_the_document_has_an_estimate_and_what_it_rests_on():
    answer = tokenrace("rare", *ASKED, "--replications", 60, "--json")
    found = answer.json()
    assert answer.status == 0
    assert {"scenario", "seed", "replications", "strategy", "event", "value", "ci95"} < set(found)
    assert {"n", "seen", "effective", "mean_weight", "warning"} < set(found)
    assert found["n"] == found["replications"] == 60
    assert 0 < found["value"] < 0.02
    assert found["seen"] > 0


def test_the_terminal_says_the_same_and_warns_where_little_is_behind_it():
    out = " ".join(tokenrace("rare", *ASKED, "--replications", 60).out.split())
    assert "consumed_unknown_rate: 0.0" in out
    assert " of 60 tilted runs, which count as " in out
    assert f"{ENOUGH} are needed: tilt less, or other or fewer draws" in out
    assert "not tilted, though random: " in out
    assert "what needs those is only seen by chance." in out


def test_without_a_tilt_runs_are_plain():
    found = tokenrace("rare", *ONE, "availability", "--replications", 5, "--json").json()
    assert found["mean_weight"] == {"value": 1.0, "ci95": [1.0, 1.0], "n": 5}
    assert found["effective"] == found["seen"]
    assert found["plain"] is True


def test_plain_runs_are_called_so_and_bound_what_none_of_them_showed():
    none = tokenrace("rare", *ONE, "theft_rate", "--replications", 5).out
    assert "theft_rate: below 0.6 per run (95 %, rule of three)" in none
    assert "in none of 5 plain runs; tilt" in none
    some = tokenrace("rare", *ONE, "availability", "--replications", 5).out
    assert " of 5 plain runs" in some
    assert "tilted" not in none + some


@pytest.mark.parametrize(
    ("text", "tilt"),
    [
        ("as * > store *", Tilt("as * > store *")),
        (" a > b , stretch=8,actor=client", Tilt("a > b", stretch=8.0, actor="client")),
        ("a > b,loss=0.5,stretch=2", Tilt("a > b", loss_probability=0.5, stretch=2.0)),
    ],
)
def test_a_tilt_is_a_link_and_how(text, tilt):
    assert tilt_from(text) == tilt


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a > b,los=0.5", "'los=0.5'; allowed: loss=, stretch=, actor="),
        ("a > b,loss", "'loss'; allowed: loss="),
        ("a > b,loss=x", "loss: 'x'; allowed: a number"),
        ("a > b,loss=1.5", "loss_probability: 1.5; allowed: more than 0 and less than 1"),
        ("a > b,stretch=nan", "stretch: nan; allowed: at least 1"),
    ],
)
def test_a_tilt_that_is_none_is_named_with_what_is_allowed(text, said):
    with pytest.raises(Mistake, match=said):
        tilt_from(text)


def test_an_event_or_a_link_that_does_not_exist_is_a_mistake():
    answer = tokenrace("rare", *ONE, "luck")
    assert (answer.status, answer.out) == (2, "")
    assert answer.err.startswith("tokenrace: EVENT: 'luck' does not exist; one of ")


def test_a_tilt_that_names_no_link_is_told_before_anything_runs(stops_after):
    """Beside one that does; a run would be interrupted."""
    stops_after(presentations=1)
    asked = ("theft_rate", "--tilt", "payments * < client *,loss=0.5", "--tilt", "x,loss=0.5")
    answer = tokenrace("rare", *ONE[:-2], "--set", "strategy=stopping", *asked)
    assert (answer.status, answer.out, answer.err.count("\n")) == (2, "", 1)
    assert answer.err.startswith("tokenrace: --tilt x: no link has such a name; one is 'FROM > TO'")
    assert ", payments eu, payments us, " in answer.err


@pytest.mark.parametrize(
    ("tilt", "said"),
    [
        ("payments us > as *,loss=0.5", "links that were used: as eu < client eu, client eu > as"),
        (
            "client * > as *,loss=0.5,actor=thief",
            "such links lose nothing, delay always as much, or",
        ),
    ],
)
def test_tilts_that_concern_no_draw_are_a_mistake_that_says_why(tilt, said):
    answer = tokenrace("rare", *ONE, "theft_rate", "--tilt", tilt, "--replications", 2)
    assert answer.status == 2
    assert f"--tilt {tilt.partition(',')[0]}: no draw is tilted; {said}" in answer.err


def test_one_run_is_no_plural():
    assert " of 1 plain run\n" in tokenrace("rare", *ONE, "availability", "--replications", 1).out


def test_what_was_seen_often_enough_is_told_without_a_warning():
    seen, not_seen = (WeighedRun(each, 1e-3, 1, frozenset()) for each in (True, False))
    text = str(told(weigh("theft_rate", [seen] * 100 + [not_seen] * 100)))
    assert text.startswith("theft_rate: 0.0005 per run (95 %: 0.00043 to 0.00057)")
    assert "needed" not in text
    never = str(told(weigh("theft_rate", [not_seen] * 3)))
    assert never.startswith("theft_rate: in none of 3 tilted")


def test_an_interrupt_keeps_the_runs_that_were_finished(stops_after):
    stops_after(presentations=30)
    asked = [each.replace("no_check", "stopping") for each in ASKED]
    answer = tokenrace("rare", *asked, "--replications", 50, "--json")
    assert answer.status == 130
    assert 0 < answer.json()["n"] < 50
    assert "of 50 replications were finished" in answer.err
