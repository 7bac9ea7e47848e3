"""What each server got to know of the user, from the tokens that it was really shown.

Rule: a server knows what it can read: what is in the open, what is encrypted to a key that it has,
and what the AS told it about a handle.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from oauth_model.errors import InvalidToken
from oauth_model.identities import linkable
from oauth_model.issuance import ProtectedResource
from oauth_model.issuance.writing import encryption_key
from oauth_model.jose import Decrypter
from oauth_model.token_formats import FORMATS, Reader
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
            readable = told or reads(bench, decrypter(bench, server), token)
            known[server.name] = issued[token] if readable else {}
    return known


def claims_learned(bench: Bench, shown: Mapping[str, Shown]) -> dict[str, list[str]]:
    """Server → the names of the claims that it learnt beside those of the protocol."""
    return {
        server: [name for name in claims if name not in PROTOCOL]
        for server, claims in learned(bench, shown).items()
    }


def linkable_pairs(bench: Bench, shown: Mapping[str, Shown]) -> list[list[str]]:
    """The pairs of servers that can tell that their users are one, in the scenario's order."""
    return sorted(map(list, linkable(learned(bench, shown))))


def decrypter(bench: Bench, server: ProtectedResource) -> Decrypter:
    """What the private keys of a server open."""
    return bench.keys.decrypter(*map(encryption_key, bench.design.verifier_keys(server)))


def reads(bench: Bench, private: Decrypter, token: str) -> bool:
    """Whether somebody with these private keys can read what is in a token.

    Whoever wants to read only needs no keys to check signatures; here the signature is checked
    with the keys of all, which shows no less than that it was read.
    """
    names = {name for each in bench.resources for name in bench.design.verifier_keys(each)}
    formats = {each.token_format for each in bench.resources} | {"jwt"}
    readers = [FORMATS[name].reader(bench.keys, *names, "as") for name in formats]
    texts = [token]
    with suppress(InvalidToken):
        texts.append(private.decrypt(token))
    return any(_read(reader, text) for reader in readers for text in texts)


def _read(reader: Reader, text: str) -> bool:
    try:
        reader(text)
    except InvalidToken:
        return False
    return True
