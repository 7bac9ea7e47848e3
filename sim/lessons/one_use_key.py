"""One use for each server or one in all: what a use is recorded under decides which it is.

Law: the answer is a key and nothing else. Store, race and network are those of `shared_atomic`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import cache

from oauth_model.client import Client
from oauth_model.flows import Flow
from oauth_model.retry import CallResult
from oauth_model.strategies import STRATEGIES, Outcome, Strategy, Use
from oauth_model.strategies.pickers import in_the_shared_store
from sim.exploration import Bounds, Exploration, explore
from sim.lessons.exercise import Aim, exercise
from sim.lessons.trying import lent
from sim.scenario import Scenario
from sim.scenario_files import load, vary
from sim.trace import Trace
from sim.world.simulation import simulate

#: What a use is recorded under: of issuer, server, region of the replica, jti.
Key = Callable[[str, str, str, str], object]
SMALL = Bounds(landmarks=0)
NAME = "keyed_by_the_answer"
ONCE = "at_most_one_effect_per_token"
TOKENS = 20
ISSUERS = ("https://as.example", "https://other.example")


def one_token_for_each(client: Client, servers: Sequence[str]) -> Flow[CallResult]:
    """A story: for each server a single-use token of its own; served when every call was."""
    for server in servers:
        target = client.targets[server]
        result = yield from client.call_once(server, target.operation, target.body)
        if result.kind != "served":
            break
    return result


@exercise(
    "what a use is recorded under",
    "Return two keys: one use at each server, and one use in all of them.",
    "Two presentations are one use if, and only if, their keys are equal. Which may differ?",
    "Replicas of one server have one key. And an issuer answers for its own jti only.",
    "At each: (issuer, server, jti). In all: the same without the server.",
)
def check_keys(at_each: Key, in_all: Key) -> Iterator[Aim]:
    """Both keys in a world with two servers, and in every order of one payment."""
    visits = visited(at_each)
    both = sum(len(servers) == 2 for servers in visits)
    told = f"{both} of {TOKENS} tokens were used at both servers"
    yield Aim("at each: honest clients are served", both == TOKENS, told)
    found = explored(one_for_all_replicas(at_each))
    yield Aim("at each: no server accepts twice", found.holds is True, str(found))
    visits = visited(in_all)
    often = Counter(len(servers) for servers in visits)
    told = f"{often[1]} of {TOKENS} tokens were used once, {often[2]} twice"
    yield Aim("in all: one use and no more", often[1] == TOKENS, told)
    for name, key in (("at each", at_each), ("in all", in_all)):
        apart = len({repr(key(issuer, "payments", "eu", "17")) for issuer in ISSUERS}) == 2
        told = "two issuers may both call a token 17; these are two tokens"
        yield Aim(f"{name}: a second issuer", apart, told)


def keyed(key: Key) -> type[Strategy]:
    """`shared_atomic` with this key in place of its own."""

    class Keyed(Strategy):
        name = NAME
        stores_for = in_the_shared_store

        def begin(self, use: Use) -> Flow[Outcome]:
            """As ever, under another key."""
            _, issuer, server, jti = use.key
            name = repr(key(issuer, server, self.place.region, jti))
            return super().begin(use._replace(key=use.key._replace(issuer="", context="", id=name)))

    return Keyed


def visited(key: Key) -> list[set[str]]:
    """For each token, the servers at which it had an effect."""
    with lent(STRATEGIES, NAME, keyed(key)) as name:
        trace = simulate(vary(world(), strategy=name))
    return list(used_at(trace).values())


def world() -> Scenario:
    """One token for two servers, presented once at each; payments has two replicas."""
    return vary(
        load("one-use-two-audiences"),
        single_use__one_use_per="server",  # so that the strategy is told the server
        servers__payments__replicas=("eu", "us"),
        workload__intentions=TOKENS,
    )


def used_at(trace: Trace) -> dict[str, set[str]]:
    """Token → the servers at which it had an effect."""
    found: dict[str, set[str]] = {}
    for row in trace.of("effect"):
        found.setdefault(row.token, set()).add(row.detail["server"])
    return found


def one_for_all_replicas(key: Key) -> bool:
    """Whether two replicas of a server have one key for one token."""
    eu, us = (repr(key(ISSUERS[0], "payments", region, "17")) for region in ("eu", "us"))
    return eu == us


@cache
def explored(one_for_all: bool) -> Exploration:
    """Every order of one payment at two replicas.

    Of one token at one server a key can tell nothing but the replicas apart, so that all keys which
    agree in that have one proof.
    """
    chosen = keyed(lambda issuer, server, region, jti: jti if one_for_all else (region, jti))
    with lent(STRATEGIES, NAME, chosen) as strategy:
        return explore(vary(load("one-payment"), strategy=strategy), [ONCE], SMALL)
