"""A tiny world that speaks GNAP: requests as a client would write them, and what tests change."""

from __future__ import annotations

import json
from typing import Any

from oauth_model.messages import JSON, Request, Response
from tests.oauth_model.parties import CALLBACK, CONFIDENTIAL, ISSUER, World, basic, location

AT = {name: f"https://{name}.example.com" for name in ("email", "webdav", "voip", "payments")}
NONCE = "LKLTI25DK82FX4T4QFZC"


def access(server: str, *actions: str) -> dict[str, Any]:
    """The right to these actions at a server, or to the one that has its name."""
    return {"type": "access", "actions": list(actions or (server,)), "locations": [AT[server]]}


def asked(server: str, **changes: Any) -> dict[str, Any]:
    """A token for a server, labelled with its name; None leaves a member out."""
    members = {"label": server, "access": [access(server)], "flags": ["bearer"]} | changes
    return {name: value for name, value in members.items() if value is not None}


def grant_request(*tokens: Any, **changes: Any) -> dict[str, Any]:
    """A good request for these tokens, as an array, with changes."""
    finish = {"method": "redirect", "uri": CALLBACK, "nonce": NONCE}
    members = {
        "access_token": list(tokens) or [asked("email"), asked("voip")],
        "client": CONFIDENTIAL.client_id,
        "interact": {"start": ["redirect"], "finish": finish},
    } | changes
    return {name: value for name, value in members.items() if value is not None}


class Negotiating(World):
    """The usual parties, and what tests say to the endpoints of GNAP past the client."""

    def __init__(self, **settings: Any) -> None:
        super().__init__("gnap", **settings)

    def send(self, method: str, uri: str, body: Any = None, *headers: tuple[str, str]) -> Response:
        """A request to the AS; see `request_of`."""
        return self.run(self.handlers["as"](request_of(method, uri, body, *headers)))

    def tx(self, body: Any, *headers: tuple[str, str]) -> Response:
        """A grant request of the confidential client."""
        own = basic(CONFIDENTIAL.client_id, CONFIDENTIAL.secret)
        return self.send("POST", "/tx", body, *(headers or (own,)))

    def visit(self, started: Response) -> dict[str, str]:
        """The user comes and decides; what they are sent back with."""
        return location(self.send("GET", started.json()["interact"]["redirect"]))

    def onward(self, method: str, answer: Response, body: Any = None) -> Response:
        """A request with the continuation token of an answer."""
        return self.run(self.handlers["as"](onward_request(method, answer, body)))

    def pending(self, *tokens: Any) -> tuple[Response, dict[str, str]]:
        """A request whose user was there: the AS's answer, and the body that continues it."""
        started = self.tx(grant_request(*tokens))
        return started, {"interact_ref": self.visit(started)["interact_ref"]}

    def approved(self, *tokens: Any) -> Response:
        """The answer with the access tokens."""
        started, reference = self.pending(*tokens)
        return self.onward("POST", started, reference)

    def manage(self, method: str, token: dict[str, Any], body: Any = None) -> Response:
        """A management request for an access token."""
        return self.run(self.handlers["as"](manage_request(method, token["manage"], body)))


def request_of(method: str, uri: str, body: Any = None, *headers: tuple[str, str]) -> Request:
    """A request, with a JSON body unless it is None; text is sent as it is."""
    text = body if isinstance(body, str) else "" if body is None else json.dumps(body)
    typed = (("Content-Type", JSON),) if text else ()
    url = uri if uri.startswith("http") else f"{ISSUER}{uri}"
    return Request(method, url, (*headers, *typed), text)


def onward_request(method: str, answer: Response, body: Any = None) -> Request:
    """A request with the continuation token of an answer."""
    held = answer.json()["continue"]
    return request_of(method, held["uri"], body, gnap(held["access_token"]["value"]))


def manage_request(method: str, manage: dict[str, Any], body: Any = None) -> Request:
    """A request with a management token at its URI."""
    return request_of(method, manage["uri"], body, gnap(manage["access_token"]["value"]))


def gnap(token: str) -> tuple[str, str]:
    """The Authorization header field of RFC 9635 7.2."""
    return ("Authorization", f"GNAP {token}")


def refused(response: Response) -> tuple[int, str]:
    """Status and code of a GNAP error."""
    return response.status, response.json()["error"]["code"]


def values(response: Response) -> dict[str, str]:
    """Label → access token."""
    return {token["label"]: token["value"] for token in response.json()["access_token"]}
