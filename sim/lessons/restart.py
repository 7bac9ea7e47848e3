"""A restart that forgets: what a memory without its past may say, tried at every moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

from oauth_model.flows import UNKNOWN, Unknown
from oauth_model.replay import State, StoreAnswer
from oauth_model.strategies import (
    STRATEGIES,
    Challenge,
    First,
    Outcome,
    Replay,
    Strategy,
    Undecided,
)
from oauth_model.strategies.pickers import in_this_replica
from sim.exploration import Bounds, explore
from sim.lessons.exercise import Aim, exercise
from sim.lessons.trying import lent
from sim.scenario import Scenario
from sim.scenario_files import load, vary
from sim.trace import Trace
from sim.world.simulation import simulate

#: Was the key used, as far as the memory knows; its age; how long after issuance a token is good.
Answer = Callable[[bool, float, float], str]
WORDS: dict[str, Outcome] = {"accept": First(), "refuse": Replay(), "ask again": Challenge()}
NAME = "after_your_restart"
CRASH = {"fault": "crash", "among": ["payments"], "memory": "lost"}
ONE_SERVER: dict[str, Any] = {
    "strategy": "per_replica",
    "servers__payments__replicas": ("eu",),
    "network__access__response_loss_probability": 0.0,
    "client__retry": "none",
    "thief__probability": 1.0,
}
#: Half a minute of payments, and a thief who replays each of them within ten seconds.
MANY: dict[str, Any] = ONE_SERVER | {
    "workload__intentions": 100,
    "workload__gap": {"distribution": "exponential", "mean_ms": 300.0},
    "thief__delay": {"distribution": "uniform", "high_ms": 9500.0},
    "duration_s": 60,
}
ONCE = CRASH | {"from_s": 10.0, "until_s": 10.5}
KEPT = CRASH | {"from_s": 5.0, "until_s": 5.001, "memory": "kept"}
#: what the tokens are like → their lifetime and the leeway of the server, in seconds.
LIVES = {"tokens of 10 s": (10, 0.0), "of 5 s": (5, 0.0), "of 10 s, 5 s of leeway": (10, 5.0)}
FAIR = "tokens of 10 s"
#: Served at least, in per cent: who asks again for as long as needed and no longer serves more.
ENOUGH = 60


@exercise(
    "a safe restart",
    "Return 'accept', 'refuse' or 'ask again' for a key that is presented to this memory.",
    "A key that the memory knows as used is easy. What can a young memory say of any other?",
    "It cannot know the key of a token that was issued before it began. When is the last one dead?",
    "used: 'refuse'; else 'ask again' while memory_age_s < acceptable_s; else 'accept'.",
)
def check_restart(answer: Answer) -> Iterator[Aim]:
    """Worlds that forget nothing, a thief after a restart; if all is well, every crash there is."""
    aims = list(_runs(answer))
    yield from aims
    if all(aim.met for aim in aims):
        yield Aim("a crash at any moment", *_explored(answer))


def _runs(answer: Answer) -> Iterator[Aim]:
    said = {answer(used, age, 30.0) for used in (True, False) for age in (0.0, 9.0, 99.0)}
    strange = sorted(map(repr, said - set(WORDS)))
    yield Aim("words", not strange, f"also said: {', '.join(strange)}" if strange else "known ones")
    if strange:
        return
    for name, crashes in (("nothing crashes", ()), ("a memory that lasts", (KEPT,))):
        yield Aim(name, *_quiet(answer, crashes))
    for name, (life_s, leeway_s) in LIVES.items():
        scenario = _many(life_s, leeway_s, faults=[ONCE])
        trace = _run(answer, scenario, life_s + leeway_s)
        twice, all_of_them = _twice(trace), len(trace.of("outcome"))
        told = f"{twice} tokens accepted twice of {all_of_them}"
        yield Aim(f"a thief after the restart, {name}", not twice, told)
        if name == FAIR:
            yield Aim("a first use is no replay", *_fair(trace))
            share = 100 * _served(trace) / all_of_them
            told = f"{share:.0f} % served, {ENOUGH} % wanted"
            yield Aim("enough are served", share >= ENOUGH, told)
    yield Aim("a server that stays down", *_down(answer))


def deciding(answer: Answer, acceptable_s: float) -> AbstractContextManager[str]:
    """The name of a strategy in which an answer decides, for so long."""

    class AfterYourRestart(Strategy):
        name = NAME
        stores_for = in_this_replica

        def decide(self, answer_of_store: StoreAnswer | Unknown) -> Outcome:
            if answer_of_store is UNKNOWN:
                return Undecided()
            used = answer_of_store.before is State.USED
            return WORDS[answer(used, answer_of_store.age_s, acceptable_s)]

    return lent(STRATEGIES, NAME, AfterYourRestart)


def _run(answer: Answer, scenario: Scenario, acceptable_s: float = 10.0) -> Trace:
    with deciding(answer, acceptable_s) as name:
        return simulate(vary(scenario, strategy=name))


def _quiet(answer: Answer, crashes: tuple[dict[str, Any], ...]) -> tuple[bool, str]:
    trace = _run(answer, _many(10, 0.0, faults=crashes, workload__intentions=30))
    served, twice = _served(trace), _twice(trace)
    return served == 30 and not twice, f"{served} of 30 served, {twice} tokens accepted twice"


def _many(life_s: int, leeway_s: float, **fields: Any) -> Scenario:
    late = {"distribution": "uniform", "high_ms": 1000 * (life_s + leeway_s) - 500}
    lives = {
        "authorization_server__single_use_lifetime_s": life_s,
        "servers__payments__leeway_s": leeway_s,
        "thief__delay": late,
    }
    return vary(load("one-payment"), **(MANY | lives | fields))


def _fair(trace: Trace) -> tuple[bool, str]:
    """Whether no honest client, each of which presents once, was told that its token was used."""
    mine = [row for row in trace.of("decide") if row.actor == "client"]
    wrong = sum(row.detail["outcome"] == "replay" for row in mine)
    return not wrong, f"{wrong} honest first uses refused as replays"


def _down(answer: Answer) -> tuple[bool, str]:
    never = CRASH | {"from_s": 0.0}
    paid = len(_run(answer, _many(10, 0.0, faults=[never], workload__intentions=20)).of("effect"))
    return not paid, f"{paid} payments"


def _explored(answer: Answer) -> tuple[bool, str]:
    scenario = vary(load("one-payment"), **ONE_SERVER, faults=[CRASH])
    with deciding(answer, 10.0) as name:
        found = explore(vary(scenario, strategy=name), bounds=Bounds(faults=0, landmarks=0))
    seen = found.counterexample
    return bool(found.holds), f"{found}; {seen.verdict.because}" if seen else str(found)


def _served(trace: Trace) -> int:
    return sum(row.detail["kind"] == "served" for row in trace.of("outcome"))


def _twice(trace: Trace) -> int:
    tokens = [row.token for row in trace.of("effect")]
    return len({token for token in tokens if tokens.count(token) > 1})
