"""What each server got to know of the user, from the tokens that it was really shown.

Rule: a server knows what it can read: what is in the open, what is encrypted to a key that it has,
and what the AS told it about a handle.
"""

from __future__ import annotations

from collections.abc import Mapping

from oauth_model.identities import linkable
from oauth_model.issuance.leaked_keys import can_read
from sim.issuance_table.bench import Bench, Claims, Shown
from sim.world.attackers import bearer

#: Claims that are about the token and its protocol, not about the user or what may be done.
PROTOCOL = ("iss", "aud", "exp", "iat", "jti", "client_id", "cnf")


def learned(bench: Bench, shown: Mapping[str, Shown]) -> dict[str, Claims]:
    """Server → what the token said that it was shown, as far as the server could tell."""
    issued, known = bench.issued(), {}
    for server in bench.resources:
        if server.name in shown:
            token = bearer(shown[server.name].request)
            told = shown[server.name].response.status < 300
            reads = told or can_read(bench.keys, bench.design, bench.resources, server, token)
            known[server.name] = issued[token] if reads else {}
    return known


def claims_learned(bench: Bench, shown: Mapping[str, Shown]) -> dict[str, list[str]]:
    """Server → the names of the claims that it learnt beside those of the protocol."""
    return {
        server: [name for name in claims if name not in PROTOCOL]
        for server, claims in learned(bench, shown).items()
    }


def linkable_pairs(bench: Bench, shown: Mapping[str, Shown]) -> list[list[str]]:
    """The pairs of servers that can tell that their users are one."""
    return sorted(map(list, linkable(learned(bench, shown))))
