"""Who holds which key, and what comes of a leaked one.

Rule: a key counts by what can be done with it: a token opened that was for another server, or one
made that another accepts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from oauth_model.issuance import ProtectedResource
from oauth_model.issuance.writing import encryption_key
from oauth_model.messages import Request
from oauth_model.token_formats import FORMATS
from sim.issuance_table.bench import Bench, Shown, party_of
from sim.issuance_table.knowledge import decrypter, reads
from sim.issuance_table.thefts import worked
from sim.world.attackers import elsewhere, replay

#: Formats that whoever can check can also make.
SYMMETRIC = ("swt",)


def keys_shared(bench: Bench, shown: Mapping[str, Shown]) -> dict[str, Any]:
    """`signing`, `encryption`: key → the servers that have it in common, to check or to open with;

    `read_with_leaked_key`: server → how many of all tokens its private key gives away, those in
    the open included; `forged`: server → the others that accepted a token that it made itself.
    """
    trust = [(each.name, bench.design.verifier_keys(each)) for each in bench.resources]
    sealed = {each.name for each in bench.resources if each.encrypted}
    opening = [(name, map(encryption_key, keys)) for name, keys in trust if name in sealed]
    tokens = bench.issued()
    return {
        "signing": _in_common(trust),
        "encryption": _in_common(opening),
        "read_with_leaked_key": {
            each.name: sum(reads(bench, decrypter(bench, each), token) for token in tokens)
            for each in bench.resources
        },
        "forged": {each.name: _forged(bench, each, shown) for each in bench.resources},
    }


def _in_common(holders: Iterable[tuple[str, Iterable[str]]]) -> dict[str, list[str]]:
    held: dict[str, list[str]] = {}
    for server, keys in holders:
        for key in keys:
            held.setdefault(key, []).append(server)
    return {key: servers for key, servers in held.items() if len(servers) > 1}


def _forged(bench: Bench, forger: ProtectedResource, shown: Mapping[str, Shown]) -> list[str]:
    """Where tokens are accepted that a server makes with the secrets it has, in its own format."""
    if forger.token_format not in SYMMETRIC or forger.name not in shown:
        return []
    return [
        other.name
        for other in bench.resources
        if other is not forger
        and any(worked(bench.run(replay(*each))) for each in _forgeries(bench, forger, other))
    ]


def _forgeries(
    bench: Bench, forger: ProtectedResource, other: ProtectedResource
) -> Iterable[tuple[str, Request]]:
    target = bench.targets[other.name]
    pattern = next(iter(bench.issued().values()))
    claims = pattern | {"aud": other.identifier, "scope": target.scope, "jti": "forged"}
    for name in bench.design.verifier_keys(forger):
        token = FORMATS[forger.token_format].issue(bench.keys, claims, key=name)
        field = ("Authorization", f"Bearer {token}")
        yield party_of(target), elsewhere(Request("", "", (field,)), target)
