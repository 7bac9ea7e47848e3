"""Discovery: which of its servers rely on the same authorization server (RFC 9728).

The client of draft-lodderstedt-oauth-multiple-access-tokens-00 "may discover" that, and then asks
its user once for all of them. Rule: metadata counts only when it says that it is about the very
resource that the client wants to call (RFC 9728 3.3). A server that speaks for another is not
heard, or it could have tokens for that one sent to itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from oauth_model.client import Client
from oauth_model.flows import Flow
from oauth_model.issuance import Target
from oauth_model.messages import Request, Response
from oauth_model.resource_answers import metadata_path
from oauth_model.retry import Answer


def discover(client: Client, servers: Sequence[str]) -> Flow[dict[str, list[str]]]:
    """Issuer → the servers that name it as theirs, in the order given.

    A server that does not answer, or not as RFC 9728 3.3 wants it, is left out.
    """
    sharing: dict[str, list[str]] = {}
    for name in servers:
        target = client.targets[name]
        request = Request("GET", metadata_url(target.identifier))
        answer = yield client.config.retry.send(target.party or name, request)
        for issuer in issuers(answer, target):
            sharing.setdefault(issuer, []).append(name)
    return sharing


def metadata_url(identifier: str) -> str:
    """Where the metadata of a resource stands (RFC 9728 3.1)."""
    parts = urlsplit(identifier)
    return f"{parts.scheme}://{parts.netloc}{metadata_path(identifier)}"


def issuers(answer: Answer, target: Target) -> tuple[str, ...]:
    """Who issues tokens for a resource, as its metadata says; nobody when it cannot be used."""
    if not isinstance(answer, Response) or answer.status != 200:
        return ()
    members = answer.json()
    if members.get("resource") != target.identifier:
        return ()
    named = members.get("authorization_servers")
    return tuple(dict.fromkeys(map(str, named))) if isinstance(named, list) else ()
