"""RFC 9635 by plain HTTP: one request, a user who comes and goes, tokens for each server."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from httpx2 import Response
from joserfc.jwk import ECKey

from tests.real_clients.plain_http import Browser, proof

PATHS = {"email": "/mail", "webdav": "/files", "voip": "/calls"}
NONCE = "VJLO6A4CATR0KRO"
BEARER = ["bearer"]


class Client:
    """A client instance that is registered; with a `key` its tokens are bound to that."""

    def __init__(self, service: Any, key: ECKey | None = None) -> None:
        self.service, self.key, self.browser = service, key, Browser(service)
        self.proofs = 0

    def send(
        self, method: str, url: str, body: Any = None, token: str = "", scheme: str = "GNAP"
    ) -> Response:
        headers = {"Authorization": f"{scheme} {token}"} if token else {}
        if self.key is not None:
            self.proofs += 1
            bound = token if scheme == "DPoP" else ""
            made = (self.key, method, url, self.service.now_s, str(self.proofs), bound)
            headers["DPoP"] = proof(*made)
        more = {"json": body} if body is not None else {}
        if not token:
            more["auth"] = (self.service.client_id, self.service.client_secret)
        return self.browser.ask(method, url, headers=headers, **more)

    def token(self, server: str, **more: Any) -> dict[str, Any]:
        right = {"type": "access", "actions": [server], "locations": [self.service.servers[server]]}
        flags = {"flags": BEARER} if self.key is None else {}
        return {"label": server, "access": [right]} | flags | more

    def request(self, *servers: str) -> Response:
        finish = {"method": "redirect", "uri": self.service.redirect_uri, "nonce": NONCE}
        body = {
            "access_token": [self.token(server) for server in servers],
            "client": self.service.client_id,
            "interact": {"start": ["redirect"], "finish": finish},
        }
        return self.send("POST", f"{self.service.issuer}/tx", body)

    def visited(self, pending: dict[str, Any]) -> dict[str, list[str]]:
        """What the browser brings back (4.2.1)."""
        answer = self.browser.ask("GET", pending["interact"]["redirect"])
        assert answer.status_code == 302, answer.text
        return parse_qs(urlsplit(answer.headers["Location"]).query)

    def go_on(self, before: dict[str, Any], method: str, body: Any = None) -> Response:
        held = before["continue"]
        return self.send(method, held["uri"], body, held["access_token"]["value"])

    def granted(self, *servers: str) -> dict[str, Any]:
        pending = self.request(*servers).json()
        [reference] = self.visited(pending)["interact_ref"]
        answer = self.go_on(pending, "POST", {"interact_ref": reference})
        assert answer.status_code == 200, answer.text
        members: dict[str, Any] = answer.json()
        return members

    def statuses(self, value: str) -> list[int]:
        """What an access token is worth at each server."""
        scheme = "Bearer" if self.key is None else "DPoP"
        urls = [self.service.servers[name] + path for name, path in PATHS.items()]
        return [self.send("GET", url, None, value, scheme).status_code for url in urls]


ONLY = {"email": [200, 401, 401], "webdav": [401, 200, 401], "voip": [401, 401, 200]}


@pytest.mark.parametrize("key", [None, ECKey.generate_key("P-256")], ids=["bearer", "DPoP"])
def test_one_answer_has_a_token_for_each_server_and_no_other(in_process, key):
    client = Client(in_process(issuance="gnap"), key)
    tokens = {token["label"]: token["value"] for token in client.granted(*PATHS)["access_token"]}
    assert {label: client.statuses(value) for label, value in tokens.items()} == ONLY


def test_the_endpoint_says_what_it_offers(in_process):
    service = in_process(issuance="gnap")
    about = Browser(service).ask("OPTIONS", f"{service.issuer}/tx").json()
    assert about["grant_request_endpoint"] == f"{service.issuer}/tx"
    assert about["interaction_start_modes_supported"] == ["redirect"]


def test_the_hash_ties_what_the_browser_brings_to_the_request(in_process):
    """4.2.3, computed here by hand."""
    client = Client(in_process(issuance="gnap"))
    pending = client.request("email").json()
    brought = client.visited(pending)
    nonce, [reference] = pending["interact"]["finish"], brought["interact_ref"]
    base = "\n".join([NONCE, nonce, reference, f"{client.service.issuer}/tx"])
    digest = hashlib.sha256(base.encode()).digest()
    assert brought["hash"] == [base64.urlsafe_b64encode(digest).rstrip(b"=").decode()]


def test_without_the_user_there_is_nothing(in_process):
    client = Client(in_process(issuance="gnap"))
    pending = client.request("email").json()
    answer = client.go_on(pending, "POST", {"interact_ref": "guessed"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_interaction")


def test_a_grant_gives_a_single_use_token_that_was_not_in_the_first_answer(in_process):
    client = Client(in_process(issuance="gnap"))
    granted = client.granted("email", "voip")
    once = {"access_token": client.token("voip", token_use="single")}
    token = client.go_on(granted, "PATCH", once).json()["access_token"]
    assert token["use"] == "single"
    assert client.statuses(token["value"]) == [401, 401, 200]
    assert client.statuses(token["value"]) == [401, 401, 401]


def test_a_rotated_token_is_replaced_where_somebody_asks(in_process):
    client = Client(in_process(issuance="gnap", servers__email__introspects=True))
    [token] = client.granted("email")["access_token"]
    manage = token["manage"]
    answer = client.send("POST", manage["uri"], None, manage["access_token"]["value"])
    successor = answer.json()["access_token"]["value"]
    assert client.statuses(token["value"]) == [401, 401, 401]
    assert client.statuses(successor) == [200, 401, 401]


def test_a_grant_that_is_cancelled_takes_its_tokens_along(in_process):
    client = Client(in_process(issuance="gnap", servers__email__introspects=True))
    granted = client.granted("email")
    assert client.go_on(granted, "DELETE").status_code == 204
    assert client.statuses(granted["access_token"][0]["value"]) == [401, 401, 401]
    again = client.go_on(granted, "PATCH", {"access_token": client.token("email")})
    assert again.json()["error"]["code"] == "invalid_continuation"


def test_a_bound_token_is_no_bearer_token(in_process):
    client = Client(in_process(issuance="gnap"), ECKey.generate_key("P-256"))
    [token] = client.granted("email")["access_token"]
    headers = {"Authorization": f"Bearer {token['value']}"}
    url = client.service.servers["email"] + PATHS["email"]
    assert client.browser.ask("GET", url, headers=headers).status_code == 401


def test_where_the_design_is_another_there_is_no_such_endpoint(in_process):
    assert Client(in_process(issuance="rfc8707")).request("email").status_code == 404
