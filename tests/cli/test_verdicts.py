"""Witnesses on a terminal: each is drawn once, under every property whose violation it shows."""

from sim.checker import Verdict
from sim.commands.verdicts import witnessed
from sim.experiments import Finding
from tests.cli.command import RACE, tokenrace


def finding(intention: int | None, seed: int = 1, *, holds: bool | None = False) -> Finding:
    witness = {} if intention is None else {"intention": intention}
    return Finding(Verdict(holds, "because", "clause", witness), seed)


def test_a_witness_has_all_properties_that_it_violates():
    findings = {"a": finding(3), "b": finding(4), "c": finding(3), "d": finding(3, seed=2)}
    assert witnessed(findings) == {(1, 3): ["a", "c"], (1, 4): ["b"], (2, 3): ["d"]}


def test_what_holds_or_names_nobody_has_no_witness():
    assert witnessed({"a": finding(1, holds=None), "b": finding(None)}) == {}


def test_one_diagram_stands_under_two_properties():
    both = ("at_most_one_effect_per_token", "single_use_linearizable")
    asked = [word for name in both for word in ("--property", name)]
    out = tokenrace("run", *RACE, "--set", "strategy=no_check", *asked).out
    assert out.count(f"{', '.join(both)}: intention ") == out.count(" of seed ") == 1
