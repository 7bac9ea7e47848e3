"""What a thief tries with a GNAP interaction reference, which a redirect page's address tells.

Rule: the hash beside it is left out: the client checks that, and here it is the AS that has to
refuse.
"""

from __future__ import annotations

import json

from oauth_model.acceptance import AS
from oauth_model.gnap_client import Access, GnapClient
from oauth_model.messages import JSON, Headers, Request, Response
from sim.issuance_table.bench import Bench


def alone(bench: Bench) -> Response | None:
    """The thief at the continuation endpoint (RFC 9635 5.1), without the continuation token."""
    came = _consent(bench)
    return bench.ask(AS, _continuation(came[1].uri, came[0], ())) if came else None


def injected(bench: Bench) -> Response | None:
    """The honest client continues, with the stolen reference, a request that the thief began."""
    victim, thief = _consent(bench), _consent(bench)
    if not (victim and thief):
        return None
    own: Headers = (("Authorization", f"GNAP {thief[1].token}"),)
    answer = bench.run(bench.client.ask(_continuation(thief[1].uri, victim[0], own)))
    return answer if isinstance(answer, Response) else None


def tokens_of(answer: Response | None) -> list[str]:
    """The values of the access tokens in an answer (RFC 9635 3.2)."""
    held = answer.json().get("access_token", []) if answer else []
    return [token["value"] for token in (held if isinstance(held, list) else [held])]


def _consent(bench: Bench) -> tuple[str, Access] | None:
    """The reference that came back with the user, and how the client would continue."""
    client = bench.client
    if not isinstance(client, GnapClient):
        return None
    answer = bench.run(client.authorize(list(bench.targets))).response
    pairs = Request("GET", answer.header("Location") or "").query() if answer else []
    reference, onward = dict(pairs).get("interact_ref", ""), client.hold.continuation
    return (reference, onward) if reference and onward else None


def _continuation(uri: str, reference: str, credentials: Headers) -> Request:
    content: Headers = (("Content-Type", JSON),)
    return Request("POST", uri, (*credentials, *content), json.dumps({"interact_ref": reference}))
