"""Who holds which key, and what comes of a leaked one.

Rule: a key counts by what can be done with it: a token opened that was for another server, or one
made that another accepts.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from oauth_model.issuance import ProtectedResource
from oauth_model.issuance.leaked_keys import can_read, delivered, forgeries, opening_keys
from oauth_model.messages import Request
from sim.issuance_table.bench import Bench, party_of
from sim.issuance_table.thefts import worked
from sim.world.attackers import elsewhere, replay


def keys_shared(bench: Bench) -> dict[str, Any]:
    """`signing`, `encryption`: key → the servers that have it in common, to check or to open with;

    `read_with_leaked_key`: server → how many of all tokens its private key gives away, those in
    the open included; `forged`: server → the others that accepted a token that it made itself.
    """
    design, servers, issued = bench.design, bench.resources, bench.issued()
    sealed = [server for server in servers if server.encrypted]
    return {
        "signing": _in_common((s.name, design.verifier_keys(s)) for s in servers),
        "encryption": _in_common((s.name, opening_keys(design, s)) for s in sealed),
        "read_with_leaked_key": {
            server.name: sum(can_read(bench.keys, design, servers, server, t) for t in issued)
            for server in servers
        },
        "forged": {server.name: _forged(bench, server) for server in servers},
    }


def _in_common(holders: Iterable[tuple[str, Iterable[str]]]) -> dict[str, list[str]]:
    held: dict[str, list[str]] = {}
    for server, keys in holders:
        for key in keys:
            held.setdefault(key, []).append(server)
    return {key: servers for key, servers in held.items() if len(servers) > 1}


def _forged(bench: Bench, forger: ProtectedResource) -> list[str]:
    """The other servers that accepted a token which this one made with its own secrets."""
    others = [server for server in bench.resources if server is not forger]
    return [other.name for other in others if _fooled(bench, forger, other)]


def _fooled(bench: Bench, forger: ProtectedResource, other: ProtectedResource) -> bool:
    target, pattern = bench.targets[other.name], dict(next(iter(bench.issued().values()), {}))
    pattern.pop("cnf", None)  # a forger makes a token for its bearer: it can prove no key
    wanted = {"aud": other.identifier, "scope": target.scope, "jti": "forged"}
    for made in forgeries(bench.keys, bench.design, forger, pattern | wanted):
        for token in delivered(bench.keys, bench.design, other, made):
            field = ("Authorization", f"Bearer {token}")
            request = elsewhere(Request("", "", (field,)), target)
            if worked(bench.run(replay(party_of(target), request))):
                return True
    return False
