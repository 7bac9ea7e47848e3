"""Identities: what each server is told of a user, so that it can do its work and link nobody.

Law: what servers learn of the laboratory's user is read from tokens that they were shown in a run;
of users who are otherwise, what the AS would write (`oauth_model.identities`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from oauth_model.identities import RESOURCE_OWNER, User, claims_for, linkable, subject_for
from sim.issuance_table.bench import Bench
from sim.issuance_table.knowledge import PROTOCOL, learned
from sim.lessons.exercise import Aim, exercise
from sim.parties import resources
from sim.scenario import Scenario
from sim.scenario_files import load, vary

#: Server → the kind of its `sub` and the attributes that it is told.
Policy = Mapping[str, tuple[str, Sequence[str]]]
#: Server → claim → value.
Learned = Mapping[str, Mapping[str, Any]]
#: One kind of `sub` tells nothing but that it is the same user again.
PSEUDONYM = "pairwise"


class Work(NamedTuple):
    """What a server does for a user, how much it has to be told for that, and whether it can."""

    says: str
    facts: int
    can: Callable[[Mapping[str, Any]], bool]


def knows(attribute: str) -> Callable[[Mapping[str, Any]], bool]:
    """Whether a server was told an attribute of the user's, under whichever name."""
    value = RESOURCE_OWNER.attributes[attribute]
    return lambda claims: value in {str(each).removeprefix("+") for each in claims.values()}


SERVERS = {
    "email": Work("deliver to the user's mailbox", 1, knows("mailbox")),
    "webdav": Work("keep files for the same user", 0, lambda claims: "sub" in claims),
    "voip": Work("ring the user's telephone", 1, knows("msisdn")),
    "shop": Work(
        "send a bill with a name on it, by e-mail or by post",
        2,
        lambda claims: "name" in claims and bool({"email", "address"} & set(claims)),
    ),
}
MAILBOX = RESOURCE_OWNER.attributes["mailbox"]
#: Most people have one address for everything.
ONE_ADDRESS = User("one-address", {**RESOURCE_OWNER.attributes, "email": MAILBOX})
#: Somebody with an account of their own, in the same household.
OTHER = User("other-owner", {**RESOURCE_OWNER.attributes, "name": "Kim Doe"})


@exercise(
    "who you are, to each",
    "Say for each server how it knows the user and which attributes it is told.",
    "Give each a sub of its own kind that no other server has, whatever else it must be told.",
    "A mailbox is not an identifier: two people may share one. Tell it in a claim of its own.",
    'All pairwise; email ["mailbox"], webdav [], voip ["phone_number"], shop ["name", "address"].',
)
def check_identities(answer: Policy) -> Iterator[Aim]:
    """Each can do its work, none knows more, no two can link a user, none mixes up two."""
    scenario = told_so(answer)
    found, shared = in_a_run(scenario), in_a_run(vary(scenario, issuance="fat"))
    for server, work in SERVERS.items():
        can = work.can(found[server])
        names = [name for name in found[server] if name not in (*PROTOCOL, "sub", "scope")]
        told = f"its sub is {answer[server][0]}; told {', '.join(names) or 'nothing else'}"
        yield Aim(f"{server} can {work.says}", can, told)
    wrong = [server for server in SERVERS if facts(answer[server]) > SERVERS[server].facts]
    total, least = sum(map(facts, answer.values())), sum(work.facts for work in SERVERS.values())
    more = f"{', '.join(wrong)} could do with less" if wrong else f"{least} are needed"
    yield Aim("no more is told than is needed", not wrong, f"{total} facts, {more}")
    pairs = f"; with one token for all {len(linkable(shared))} of 6"
    yield _unlinked("the user", found, pairs)
    yield _unlinked("a user whose e-mail is the mailbox", what_is_told(scenario, ONE_ADDRESS), "")
    mixed = mixed_up(scenario, RESOURCE_OWNER, OTHER)
    told = f"one and the same to {', '.join(mixed)}" if mixed else "by every server"
    yield Aim("two in one household are told apart", not mixed, told)


def _unlinked(who: str, known: Learned, more: str) -> Aim:
    found = sorted(linkable(known))
    pairs = ", ".join(" and ".join(pair) for pair in found)
    told = f"{len(found)} of 6 pairs{more}{': ' if pairs else ''}{pairs}"
    return Aim(f"no two servers link {who}", not found, told)


def facts(told: tuple[str, Sequence[str]]) -> int:
    """How many things about a user a server is told: attributes, and a `sub` that is one."""
    subject_type, claims = told
    return (subject_type != PSEUDONYM) + len(claims)


def told_so(policy: Policy) -> Scenario:
    """The draft's three services and a shop, told what the policy says.

    Raises ValueError for what is no policy, and for an attribute that no user has.
    """
    for name in SERVERS:
        if not _is_policy(policy[name]):
            right = "a kind of sub and a list of attributes, such as ('pairwise', ['mailbox'])"
            raise ValueError(f"{name}: {policy[name]!r} is not {right}")
        if strange := sorted(set(policy[name][1]) - set(RESOURCE_OWNER.attributes)):
            raise ValueError(f"{name}: {strange[0]!r} is no attribute of the user's")
    scenario = load("draft-three-services")
    known = {server.name: server.model_dump() for server in scenario.servers}
    known["shop"] = {"name": "shop", "operations": {"GET /bill": "shop"}}
    servers = [
        known[name] | {"subject_type": policy[name][0], "claims": list(policy[name][1])}
        for name in SERVERS
    ]
    return vary(scenario, servers=servers, malicious__server=None, crypto="symbolic")


def _is_policy(told: object) -> bool:
    match told:
        case [str(), [*claims]]:  # which a text is not, though it can be gone through
            return all(isinstance(claim, str) for claim in claims)
    return False


def in_a_run(scenario: Scenario) -> Learned:
    """What each server could read of the tokens that it was shown."""
    return _in_a_run(scenario.model_dump_json())


@cache
def _in_a_run(scenario: str) -> Learned:
    bench = Bench(Scenario.model_validate_json(scenario))
    return learned(bench, bench.visit())


def what_is_told(scenario: Scenario, user: User) -> Learned:
    """What the AS would write into a token for each server alone about another user."""
    return {
        server.name: {"sub": subject_for(user, (server,), b"secret"), **claims_for(user, (server,))}
        for server in resources(scenario)
    }


def mixed_up(scenario: Scenario, *users: User) -> list[str]:
    """The servers to which these users are one and the same."""
    known = [what_is_told(scenario, user) for user in users]
    return [name for name in SERVERS if len({each[name]["sub"] for each in known}) < len(users)]
