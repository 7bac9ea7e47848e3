"""A wrong command line or scenario: status 2, one line that says what is wrong and what is not."""

import pytest

from sim.commands.settings import whose_mistake
from tests.cli.command import tokenrace

RUN = ("run", "two-regions-payment")
COMPARE = ("compare", "two-regions-payment")
#: command line → what its one line must name.
MISTAKES = {
    ("frobnicate",): ["frobnicate"],
    ("run",): ["SCENARIO"],
    ("run", "two-region-payment"): ["'two-region-payment'", "did you mean two-regions-payment"],
    ("run", "nowhere/x.toml"): ["nowhere/x.toml", "cannot be read"],
    ("run", "no\nwhere.toml"): ["no where.toml", "cannot be read"],
    (*RUN, "--frobnicate"): ["--frobnicate"],
    (*RUN, "--set", "client.retries"): ["client.retries", "FIELD=VALUE"],
    (*RUN, "--set", "client.retrys=3"): ["--set client.retrys: unknown key", "retries"],
    (*RUN, "--set", "client.retries=many"): ["--set client.retries: 'many'", "a whole number"],
    (*RUN, "--set", "client.retries=-1"): ["--set client.retries: -1; allowed: at least 0"],
    (*RUN, "--set", "client.retries=1", "--set", "client.retries=2"): ["--set client.retries=2"],
    (*RUN, "--set", "seed=3", "--seed", "4"): ["--set seed: not with --seed"],
    (*RUN, "--set", "properties=[]", "--property", "audience_confinement"): [
        "--set properties: not with --property"
    ],
    (*RUN, "--set", "servers.payments.replicas=eu"): ["--set servers.payments.replicas: 'eu'"],
    (*RUN, "--set", "servers.9.name=x"): ["--set servers.9.name: no item '9'; there are payments"],
    (*RUN, "--set", "strategy=hope"): ["--set strategy: 'hope'", "shared_atomic"],
    (*RUN, "--set", "thief.probability=1.5"): ["thief.probability", "1.5", "1"],
    (*RUN, *("--property", "audience_confinement") * 2): ["--property: 'audience_confinement'"],
    (*RUN, "--trace", "/proc/t.jsonl"): ["--trace /proc/t.jsonl: cannot be written"],
    (*COMPARE, "--strategies", "no_check,no_check"): ["--strategies: 'no_check' is given twice"],
    (*COMPARE, "--strategies", "no_check,"): ["--strategies 'no_check,': a name is empty"],
    (*COMPARE, "--strategies", ""): ["--strategies '': a name is empty; one or more of"],
    (*COMPARE, "--set", "strategy=no_check"): ["--set strategy: not with compare"],
    (*COMPARE, "--set", "strategy=quorum", "--strategies", "quorum"): ["not with --strategies"],
    ("explore", "one-payment", "--strategies", "no_check,no_check"): ["'no_check' is given twice"],
    ("issuance", "--designs", "fat,fat"): ["--designs: 'fat' is given twice"],
    ("overlap", "--kinds", "dpop,dpop"): ["--kinds: 'dpop' is given twice"],
    ("workarounds", "--ways", ""): ["--ways '': a name is empty"],
    ("certify", "hydra", "hydra"): ["PRODUCT: 'hydra' is given twice"],
    ("bench", "x"): ["GROUP: 'x' does not exist; one of presentations"],
    (*RUN, "--property", "honesty"): ["--property", "'honesty'", "audience_confinement"],
    (*RUN, "--set", "properties=['honesty']"): [
        "properties",
        "'honesty'",
        "every_intention_served",
    ],
    (*RUN, "--seed", "x"): ["tokenrace: --seed: 'x'; allowed: a whole number"],
    (*RUN, "--seed", "-1"): ["--seed", "'-1'", "from 0"],
    (*RUN, "--replications", "0"): ["--replications", "'0'", "from 1"],
    (*RUN, "--precision", "10"): ["--precision", "'10'", "less than 1"],
    (*RUN, "--precision", "x"): ["--precision", "'x'", "such as 0.1"],
    (*RUN, "--precision", "0.1", "--measure", "messages_per_use"): ["--measure", "latency_ms.p95"],
    (*RUN, "--precision", "0.1", "--replications", "2"): ["--replications 2", "10 or more"],
    (*RUN, "--measure", "availability"): ["--measure availability", "only with --precision"],
    ("compare", "two-regions-payment", "--strategies", "no_check", "--against", "shared_atomic"): [
        "--against",
        "'shared_atomic'",
        "one of no_check",
    ],
    (*RUN, "--jobs", "0"): ["--jobs", "'0'", "from 1"],
    (*RUN, "--trace", "nowhere/t.jsonl"): ["--trace", "nowhere/t.jsonl", "does not exist"],
    (*RUN, "--trace", "."): ["--trace", "a folder"],
    ("compare", "two-regions-payment", "--strategies", "no_check,hope"): ["'hope'", "no_check"],
    (*COMPARE, "-o", "x.gif"): ["--picture", "x.gif", "'.gif'", ".svg, .png"],
    (*COMPARE, "--picture", "nowhere/x.svg"): ["--picture", "nowhere/x.svg", "does not exist"],
    ("issuance", "--designs", "thin"): ["--designs", "'thin'", "lodderstedt"],
    ("list", "dreams"): ["'dreams'", "strategies"],
    ("render", "nowhere.jsonl", "-o", "x.svg"): ["nowhere.jsonl", "cannot be read"],
    ("render", "nowhere.jsonl"): ["--output"],
}


@pytest.mark.parametrize("arguments", MISTAKES, ids=" ".join)
def test_a_mistake_is_one_line_that_names_it_and_what_is_allowed(tmp_path, monkeypatch, arguments):
    monkeypatch.chdir(tmp_path)
    answer = tokenrace(*arguments)
    assert (answer.status, answer.out) == (2, "")
    assert answer.err.startswith("tokenrace: ")
    assert answer.err.count("\n") == 1
    assert [word for word in MISTAKES[arguments] if word not in answer.err] == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("story = [", "not TOML"),
        ("[about]\ntitle = 'x'", "servers: missing"),
        ("[about]\ntitle = 'x'\n[[servers]]\nname = 'a'\noperations = {}", "operation"),
    ],
)
def test_a_mistake_in_a_file_names_the_file_and_the_field(tmp_path, text, said):
    path = tmp_path / "mine.toml"
    path.write_text(text)
    answer = tokenrace("run", path)
    assert answer.status == 2
    assert f"{path}: " in answer.err
    assert said in answer.err


def test_a_file_that_is_no_trace_is_named_with_its_line(tmp_path):
    path = tmp_path / "mine.jsonl"
    path.write_text("{}\n")
    answer = tokenrace("render", path, "-o", tmp_path / "x.svg")
    assert answer.status == 2
    assert f"{path}, line 1: not a row of a trace" in answer.err


def test_what_the_file_says_is_told_of_the_file_though_something_is_set(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text("[about]\ntitle = 'x'")
    answer = tokenrace("run", path, "--set", "client.retries=2")
    assert answer.err == f"tokenrace: {path}: servers: missing\n"


def test_what_is_wrong_for_what_was_set_elsewhere_names_all_that_was_set():
    """A field that nobody set, in a preset that is right."""
    settings = {"seed": 3, "client.retries": 2}
    said = whose_mistake("x/one-payment.toml: thief: why not", "one-payment", settings)
    assert said == "--set seed, client.retries: thief: why not"
