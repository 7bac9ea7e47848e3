"""Many audiences: which servers may share a token, tried by servers that replay all they see.

Law: a policy is judged by what attackers got in the simulation, in worlds that differ in who trusts
whom; only the last aim, over every relation that there is, reckons instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import permutations, product
from typing import NamedTuple

from oauth_model.issuance import DESIGNS, Design, Target
from oauth_model.issuance.rfc8707 import ResourceIndicators
from oauth_model.parameters import Pairs
from sim.issuance_table import blast_radius, blast_radius_by_exchange
from sim.lessons.exercise import Aim, exercise
from sim.parties import at_its_own_host
from sim.scenario import Scenario
from sim.scenario_files import load, vary
from sim.world.simulation import simulate

#: Server → the servers at which it may act as the user.
Trust = Mapping[str, frozenset[str]]
Groups = tuple[tuple[str, ...], ...]
Policy = Callable[[Trust], Sequence[Sequence[str]]]


def trust(**may_act: str) -> Trust:
    """Who may act where: `mail="calendar files"`, and nowhere else for ""."""
    return {server: frozenset(where.split()) for server, where in may_act.items()}


LABELS = trust(mail="calendar", calendar="mail files", files="calendar ads", ads="")
WORLDS = {
    "the labels above": LABELS,
    "strangers": trust(mail="", calendar="", files="", ads=""),
    "one house": dict.fromkeys(LABELS, frozenset(LABELS)),
    "two houses": trust(mail="calendar", calendar="mail", files="ads", ads="files"),
    "one way only": trust(mail="calendar", calendar="files", files="ads", ads="mail"),
    "three servers": trust(notes="photos", photos="notes", maps=""),
}


class Grouped(ResourceIndicators, Design):
    """RFC 8707 with one token for each group: a token request names all servers of a group."""

    name = "grouped"

    def __init__(self, groups: Groups) -> None:
        self.group = {server: group for group in groups for server in group}

    def ask_token(self, target: Target) -> Pairs:
        """Every server of the group (RFC 8707 2.2)."""
        return [("resource", at_its_own_host(name)) for name in self.group[target.name]]

    def good_for(self, target: Target, targets: Sequence[Target]) -> tuple[str, ...]:
        """The whole group."""
        return self.group[target.name]


class Tried(NamedTuple):
    """What came of a policy: tokens issued, whether all served, and who was served by whom."""

    tokens: int
    served: bool
    reached: frozenset[tuple[str, str]]


@exercise(
    "who shares a token",
    "Return the groups of servers that share a token: lists of names, each server in one.",
    "A token for two servers lets each act as the user at the other. Both must be allowed to.",
    "In a group every pair must be allowed, in both directions: trust is not handed on.",
    "Put each server into the first group where all may act at it and it at all; else a new one.",
)
def check_policy(answer: Policy) -> Iterator[Aim]:
    """In each world: all are served, no attacker gets where it must not, no token is wasted."""
    for world, labels in WORLDS.items():
        groups = tuple(map(tuple, answer(dict(labels))))  # one of its own, to take apart
        if sorted(name for group in groups for name in group) != sorted(labels):
            told = f"you say {told_groups(groups)}, where each of {', '.join(labels)} belongs once"
            yield Aim(world, False, told)
            return
        yield _judged(world, labels, groups)
    yield _all_relations(answer)


def _judged(world: str, labels: Trust, groups: Groups) -> Aim:
    found, needed = tried(groups), fewest(labels)
    wrong = [pair for pair in sorted(found.reached) if pair[1] not in labels[pair[0]]]
    said = told_groups(groups)
    if wrong:
        one, other = wrong[0]
        more = f"; pairs of this kind: {len(wrong)}"
        return Aim(world, False, f"{said}: {one} acted as the user at {other}, and may not{more}")
    if found.tokens > needed:
        return Aim(world, False, f"{said}: nothing leaks, but {needed} in all would be enough")
    everywhere = len(tried((tuple(labels),)).reached)
    told = f"{said}: {len(found.reached)} pairs reached, all allowed ({everywhere} with one token)"
    return Aim(world, found.served, told if found.served else f"{said}: the client is not served")


def _all_relations(answer: Policy) -> Aim:
    """Who may act where among four servers, 2 ** 12 cases; one token too many is forgiven."""
    names, relations = tuple("abcd"), list(product((False, True), repeat=12))
    for relation in relations:
        pairs = [pair for pair, so in zip(permutations(names, 2), relation, strict=True) if so]
        labels = {name: frozenset(b for a, b in pairs if a == name) for name in names}
        groups = tuple(map(tuple, answer(dict(labels))))
        if not safe(groups, labels) or len(groups) > fewest(labels) + 1:
            told = ", ".join(f"{a} at {b}" for a, b in pairs) or "nobody"
            return Aim("every relation", False, f"if {told} may act: {told_groups(groups)}")
    return Aim("every relation", True, f"all {len(relations)} among four servers")


def safe(groups: Groups, labels: Trust) -> bool:
    """Whether whoever shares a token may act at all that it is for."""
    return all(b in labels[a] for group in groups for a, b in permutations(group, 2))


def fewest(labels: Trust) -> int:
    """The smallest number of groups that are safe, by looking at every way to make groups."""
    return min(len(groups) for groups in partitions(tuple(labels)) if safe(groups, labels))


@cache
def partitions(names: tuple[str, ...]) -> frozenset[Groups]:
    """Every way to put names into groups."""
    ways = (tuple(zip(names, way, strict=True)) for way in product(names, repeat=len(names)))
    return frozenset(
        tuple(tuple(n for n, its in way if its == g) for g in dict.fromkeys(its for _, its in way))
        for way in ways
    )


@cache
def tried(groups: Groups) -> Tried:
    """An undisturbed run, and each server in turn malicious: as it is, and by exchange."""
    with issued_to(groups) as scenario:
        trace = simulate(scenario)
        reached: set[tuple[str, str]] = set()
        for server in (server.name for server in scenario.servers):
            for attack in (blast_radius, blast_radius_by_exchange):
                reached.update((server, other) for other in attack(scenario, server))
    kinds = [row.detail["kind"] for row in trace.of("outcome")]
    tokens = sum(row.detail["kind"] == "access_token" for row in trace.of("issue"))
    return Tried(tokens, kinds == ["served"], frozenset(reached))


@contextmanager
def issued_to(groups: Groups) -> Iterator[Scenario]:
    """A scenario in which the client asks for one token for each group; good while it is open."""
    names = [name for group in groups for name in group]
    servers = [{"name": name, "operations": {f"GET /{name}": name}} for name in names]
    DESIGNS[Grouped.name] = Grouped(groups)
    try:
        calm = {"malicious__server": None, "issuance": Grouped.name, "servers": servers}
        yield vary(load("three-services"), **calm)
    finally:
        del DESIGNS[Grouped.name]


def told_groups(groups: Groups) -> str:
    """Groups in words: "mail + calendar, files, ads"."""
    return ", ".join(" + ".join(group) for group in groups) or "no group"
