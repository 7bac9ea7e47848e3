"""Issuance designs: one to choose for each of three clients, by what each must be able to rely on.

Law: a requirement is a question to a row of the issuance table, and every figure of that comes from
a run; the choice is tried with an AS that works, and with one that does not hear `resource`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, NamedTuple

from sim.issuance_table import issuance
from sim.lessons.exercise import Aim, exercise
from sim.scenario_files import load, vary

Fields = Mapping[str, Any]
Row = Mapping[str, Any]
#: An AS that issues every token for all servers, whatever `resource` says.
DEAF: Fields = {"authorization_server.faults": ("audience_ignored",)}
#: Whoever has a public key can seal with it: against a forger, encryption is no defence.
UNSEALED: Fields = {f"servers.{name}.encrypted": False for name in ("email", "webdav", "voip")}
REFRESH = "refresh for a server not granted"
#: The ways of the table in which a malicious server tries what it was shown.
WAYS = ("blast_radius", "blast_radius_by_exchange", "raced")


class Need(NamedTuple):
    """What a client must be able to rely on: in words, what the table says of it, what is enough.

    `under`: what is otherwise than the client chose when the question is put.
    """

    words: str
    found: Callable[[Row], Any]
    enough: Callable[[Any], bool]
    under: Fields = MappingProxyType({})


class Brief(NamedTuple):
    """A client: what it says, what of the scenario nobody can choose, and what it needs."""

    says: str
    fixed: Fields
    needs: tuple[Need, ...]


def pairs(reach: Mapping[str, list[str]]) -> int:
    """How many pairs there are of who saw something and where else it worked."""
    return sum(map(len, reach.values()))


def leaks(row: Row) -> int:
    """Where else malicious servers were served, in whichever way."""
    return sum(pairs(row[way]) for way in WAYS)


def forged(row: Row) -> int:
    """At how many others servers were believed with a token that they made themselves."""
    return pairs(row["keys_shared"]["forged"])


def opened(row: Row) -> int:
    """How many tokens the most powerful of the servers' private keys gives away."""
    most: int = max(row["keys_shared"]["read_with_leaked_key"].values())
    return most


def at_most(limit: int) -> Callable[[int], bool]:
    """Whether a number is not above this."""
    return lambda number: number <= limit


def none_of(names: list[str]) -> bool:
    """Whether there is nobody."""
    return not names


SERVED = Need("services that serve it (3)", lambda row: len(row["serves"]), lambda n: n == 3)
CONFINED = Need("tokens at work elsewhere (0)", leaks, at_most(0))
CONSENTED = Need("reached without consent (nobody)", lambda r: r["refresh_widens"], none_of)


def requests(limit: int) -> Need:
    """What it may cost until all were called."""
    return Need(f"requests (at most {limit})", lambda row: row["round_trips"], at_most(limit))


BRIEFS = {
    "partners": Brief(
        "email and voip check Simple Web Tokens with a secret, webdav is run by a partner. What "
        "leaks from one service, secret or private key, must be worth nothing at another.",
        {
            "servers.email.token_format": "swt",
            "servers.webdav.token_format": "jwt",
            "servers.voip.token_format": "swt",
        },
        (
            *(SERVED, CONFINED, CONSENTED, requests(7)),
            Need("believed with tokens of their own making (0)", forged, at_most(0), UNSEALED),
            Need("tokens that one leaked key opens (1)", opened, at_most(1)),
        ),
    ),
    "hurry": Brief(
        "It is a telephone on a slow network: not one request more than needed, and no leak.",
        {},
        (SERVED, CONFINED, CONSENTED, requests(6)),
    ),
    "doubt": Brief(
        "It names servers by their URI and is told invalid_target for a wrong one. Even an AS that "
        "does not hear what it asks for must not make it hand a token for all to anybody.",
        {},
        (
            *(SERVED, CONFINED, CONSENTED, requests(7)),
            Need(
                "refresh for a server not granted (invalid_target)",
                lambda row: row["refused"].get(REFRESH, "no such request"),
                lambda code: code == "invalid_target",
            ),
            Need("tokens at work elsewhere, the AS deaf (0)", leaks, at_most(0), DEAF),
        ),
    ),
}


@exercise(
    "a design for each",
    "Give each of the three clients a design, and to partners what else it needs.",
    "hurry: which design gets all tokens in one answer? The table of costs says it.",
    "partners: no key in common, every token sealed. doubt: the answer says what it is for.",
    "partners: lodderstedt, servers.….encrypted for all; hurry: gnap; doubt: rfc8707_response.",
)
def check_choice(answer: Mapping[str, Fields]) -> Iterator[Aim]:
    """Each need of each client, as the issuance table has it under the fields chosen."""
    for client, brief in BRIEFS.items():
        if not isinstance(answer.get(client), Mapping):
            yield Aim(client, False, 'needs fields, such as {"issuance": "fat"}')
            continue
        chosen = {**answer[client], **brief.fixed}
        for need in brief.needs:
            found = need.found(row_of(tuple(sorted({**chosen, **need.under}.items()))))
            yield Aim(f"{client}: {need.words}", need.enough(found), f"{told(found)}")


def told(found: object) -> str:
    """A figure of the table in words."""
    if isinstance(found, list):
        return ", ".join(found) or "nobody"
    return "not refused" if found is None else f"{found}"


@cache
def row_of(fields: tuple[tuple[str, Any], ...]) -> Row:
    """The row of the design that the fields name."""
    scenario = vary(load("three-services"), **{**dict(fields), "crypto": "symbolic"})
    return issuance(scenario, [scenario.issuance])[0]
