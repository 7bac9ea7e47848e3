"""Everything that was ever issued in a house, by name, good or not; and how it was obtained.

A name says what it is, whose or for whom, and what is wrong with it: `at.email.expired`.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from oauth_model.action_tokens import ACTION_TOKEN_TYPE, action_claims
from oauth_model.client_assertion import CLIENT_ASSERTION_TYPE, make_assertion
from oauth_model.dpop import make_proof
from oauth_model.grants.records import RegisteredClient
from oauth_model.issuance import DESIGNS, Target
from oauth_model.issuance.base import Pairs
from oauth_model.issuance.token_exchange import ask_exchange
from oauth_model.issuance.writing import write_token
from oauth_model.jose import Keys, thumbprint
from oauth_model.messages import JSON, Headers, Request, Response, form_post, with_query
from oauth_model.pkce import challenge_s256
from oauth_model.revocation_events import (
    RevocationEvent,
    RevokedToken,
    event_request,
)
from tests.hostile.house import House
from tests.hostile.residents import (
    BOUND,
    CALLS,
    CERTIFICATE,
    CERTIFIED,
    CLIENTS,
    KEYED,
    OTHER,
    OWN,
    PUBLIC,
    SERVERS,
)
from tests.hostile.wrong import PAYMENT, WRONG_CLAIMS, WRONG_EVENTS
from tests.oauth_model.parties import CALLBACK, ISSUER, VERIFIER, basic, location

TARGETS = {s.name: Target(s.name, s.identifier, s.name, CALLS[s.name]) for s in SERVERS} | {
    "userinfo": Target("userinfo", f"{ISSUER}/userinfo", "openid profile", "GET /userinfo")
}
EMAIL, USERINFO = TARGETS["email"], TARGETS["userinfo"]
SINGLE = ("token_use", "single")


class Estate:
    """A house, and `things`: name → value on the wire."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.design = DESIGNS[house.settings.design]
        self.things: dict[str, str] = {}

    # How a request is written.

    def identity(self, client: RegisteredClient, jti: str = "") -> tuple[Headers, Pairs]:
        """How a client authenticates: header fields and parameters."""
        if client.assertion_key:
            return (), self.assertion(jti or self.house.new_id("assertion"))
        if client.secret:
            return (basic(client.client_id, client.secret),), []
        return (), [("client_id", client.client_id)]

    def assertion(self, jti: str, **changes: Any) -> Pairs:
        """The parameters by which `KEYED` authenticates."""
        made: dict[str, Any] = {"audience": ISSUER, "now_s": self.house.now_s} | changes
        text = make_assertion(
            self.house.keys, "client:keyed", client_id=KEYED.client_id, jti=jti, **made
        )
        return [("client_assertion_type", CLIENT_ASSERTION_TYPE), ("client_assertion", text)]

    def proof(self, method: str, url: str, *, token: str = "", **changes: Any) -> str:
        """A DPoP proof for a request; with the server's nonce where it wants one."""
        made: dict[str, Any] = {"jti": self.house.new_id("proof"), "now_s": self.house.now_s}
        if self.house.settings.nonces:
            host = urlsplit(url).hostname or ""
            name = f"{ISSUER}/dpop-nonces" if url.startswith(ISSUER) else host.partition(".")[0]
            made["nonce"] = self.house.nonces(name).current(self.house.now_s)
        made |= {"method": method, "url": url, "access_token": token}
        return make_proof(self.house.keys, changes.pop("key", "dpop"), **(made | changes))

    def asking(self, client: RegisteredClient, target: Target, *more: tuple[str, str]) -> Pairs:
        """The parameters of an authorization request."""
        return [
            ("response_type", self.design.response_type),
            ("client_id", client.client_id),
            ("state", "xyz"),
            ("redirect_uri", CALLBACK),
            ("code_challenge", challenge_s256(VERIFIER)),
            ("code_challenge_method", "S256"),
            *self.design.ask_consent([target]),
            *more,
        ]

    def redeeming(self, code: str, target: Target) -> Pairs:
        """The parameters of a request that redeems a code."""
        return [
            ("grant_type", self.design.code_grant_type),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
            *self.design.ask_token(target),
        ]

    # How things are obtained.

    def post(
        self, path: str, client: RegisteredClient, pairs: Pairs, *headers: tuple[str, str]
    ) -> Response:
        """What this client is told when it posts these parameters."""
        identity, named = self.identity(client)
        certificate = CERTIFICATE if client.certificate_bound else ""
        request = form_post(f"{ISSUER}{path}", [*pairs, *named], (*identity, *headers))
        return self.house.ask("as", request._replace(certificate=certificate))

    def code(self, client: RegisteredClient, target: Target) -> str:
        """A fresh authorization code."""
        url = with_query(f"{ISSUER}/authorize", self.asking(client, target))
        return location(self.house.ask("as", Request("GET", url)))["code"]

    def obtain(self, client: RegisteredClient, target: Target = EMAIL) -> dict[str, Any]:
        """A token response for a server; with token exchange, after the exchange."""
        asked = self.redeeming(self.code(client, target), target)
        got: dict[str, Any] = self.post("/token", client, asked, *self.proven(client)).json()
        if self.design.name == "token_exchange":
            asked = ask_exchange(target, got["access_token"])
            got |= self.post("/token", client, asked, *self.proven(client)).json()
        return got

    def proven(self, client: RegisteredClient) -> Headers:
        """The proof that a client sends to the token endpoint, if it sends any."""
        return (("DPoP", self.proof("POST", f"{ISSUER}/token")),) if client.dpop_bound else ()

    def signed(self, name: str, keys: Keys | None = None, **claims: Any) -> str:
        """An access token for a server that the AS did not issue, though it could have."""
        [server] = [server for server in SERVERS if server.name == name]
        now_s = int(self.house.now_s)
        made: dict[str, Any] = {
            "iss": ISSUER,
            "sub": "robin",
            "aud": server.identifier,
            "client_id": OWN.client_id,
            "scope": name,
            "iat": now_s,
            "exp": now_s + 600,
            "jti": self.house.new_id("signed"),
        } | claims
        kept = {claim: value for claim, value in made.items() if value is not None}
        return write_token(keys or self.house.keys, self.design, (server,), kept)

    def action(self, kind: str, sub: str = "robin", typ: str = ACTION_TOKEN_TYPE) -> str:
        """An action token."""
        jti, now_s = self.house.new_id(kind), int(self.house.now_s)
        claims = action_claims(ISSUER, kind, sub=sub, jti=jti, issued_at_s=now_s)
        return self.house.keys.sign(claims, key="as", typ=typ)

    def event(self, **claims: Any) -> str:
        """What the AS tells the e-mail server of a revoked token."""
        [server] = [server for server in SERVERS if server.name == "email"]
        dead = (RevokedToken(self.house.new_id("dead"), self.house.now_s + 600),)
        now_s, jti = int(self.house.now_s), self.house.new_id("event")
        event = RevocationEvent(ISSUER, server.identifier, jti, now_s, dead)
        key = self.design.signing_key((server,))
        token = event_request(self.house.keys, key, event).body
        said = self.house.keys.verifier(key).verify(token)
        changed = {**said.claims, **claims}
        return self.house.keys.sign(changed, key=key, typ=str(said.header["typ"]))

    # What there is.

    def furnish(self) -> None:
        """Issue everything: first what is to be old, then what is fresh."""
        things = self.things
        self._issue(".expired")
        self.house.now_s += 7200.0
        self._issue("")
        self._spoil()
        for client in CLIENTS:
            if client.secret:
                things[f"secret.{client.client_id}"] = client.secret
                things[f"basic.{client.client_id}"] = basic(client.client_id, client.secret)[1]
        for server in SERVERS:
            if server.secret:
                things[f"basic.{server.name}"] = basic(server.name, server.secret)[1]

    def _issue(self, age: str) -> None:
        things, clients = self.things, (OWN, OTHER, PUBLIC, KEYED, BOUND, CERTIFIED)
        for client in (OWN,) if age else clients:
            name = client.client_id
            things[f"code.{name}{age}"] = self.code(client, EMAIL)
            got = self.obtain(client)
            things[f"rt.{name}{age and '.old'}"] = got["refresh_token"]
            things[f"at.email.{name}{age}"] = got["access_token"]
        for name, target in TARGETS.items():
            if age and name not in ("email", "userinfo"):
                continue
            got = self.obtain(OWN, target)
            things[f"at.{name}{age}"] = got["access_token"]
            if "id_token" in got:
                things[f"id.own{age}"] = got["id_token"]
        things[f"at.userinfo.bound{age}"] = self.obtain(BOUND, USERINFO)["access_token"]
        things[f"assertion.keyed{age}"] = self.assertion(self.house.new_id("assertion"))[1][1]
        things[f"proof.token{age}"] = self.proof("POST", f"{ISSUER}/token")
        for kind in ("magic_link", "organisation_invitation"):
            things[f"action.{kind}{age}"] = self.action(kind)
        pushed = self.post("/par", KEYED, self.asking(KEYED, EMAIL)).json()
        things[f"pushed.keyed{age}"] = pushed["request_uri"]
        if self.design.name == "gnap":
            self._negotiate(age)

    def _negotiate(self, age: str) -> None:
        """A request whose user was there, and one that was approved (RFC 9635)."""
        things = self.things
        old = ".old" if age else ""
        pending, reference = self._pending()
        things[f"gnap.pending{age}"] = pending["continue"]["access_token"]["value"]
        things[f"gnap.reference{age}"] = reference
        started, reference = self._pending()
        held = started["continue"]["access_token"]["value"]
        answer = self.house.ask("as", continuing(held, {"interact_ref": reference})).json()
        things[f"gnap.used{age}"] = held
        things[f"gnap.approved{old}"] = answer["continue"]["access_token"]["value"]
        [token] = answer["access_token"]
        things[f"gnap.managing{old}"] = token["manage"]["access_token"]["value"]
        things[f"gnap.uri{age}"] = token["manage"]["uri"]
        things[f"at.email.gnap{age}"] = token["value"]
        waiting = self.house.ask("as", self.negotiating()).json()
        things[f"gnap.interact{age}"] = waiting["interact"]["redirect"].partition("=")[2]

    def _pending(self) -> tuple[dict[str, Any], str]:
        started = self.house.ask("as", self.negotiating()).json()
        back = self.house.ask("as", Request("GET", started["interact"]["redirect"]))
        return started, location(back)["interact_ref"]

    def negotiating(self) -> Request:
        """A grant request of `OWN` for a token for the e-mail server."""
        access = {"type": "access", "actions": ["email"], "locations": [EMAIL.identifier]}
        finish = {"method": "redirect", "uri": CALLBACK, "nonce": "LKLTI25DK82FX4T4QFZC"}
        body = {
            "access_token": [{"label": "email", "access": [access], "flags": ["bearer"]}],
            "client": OWN.client_id,
            "interact": {"start": ["redirect"], "finish": finish},
        }
        headers = (basic(OWN.client_id, OWN.secret), ("Content-Type", JSON))
        return Request("POST", f"{ISSUER}/tx", headers, json.dumps(body))

    def _spoil(self) -> None:
        """What is wrong otherwise than by its age."""
        things, keys = self.things, self.house.keys
        stranger = Keys(keys.algorithm, seed=8)
        things["code.used"] = self.code(OWN, EMAIL)
        self.post("/token", OWN, self.redeeming(things["code.used"], EMAIL))
        things["rt.rotated"] = self.obtain(PUBLIC)["refresh_token"]
        self.post("/token", PUBLIC, self.refreshing("rt.rotated"))
        revoked = self.obtain(OWN)
        things["rt.revoked"], things["at.email.revoked"] = (
            revoked[name] for name in ("refresh_token", "access_token")
        )
        self.post("/revoke", OWN, [("token", things["rt.revoked"])])
        for name in ("email", "webdav", "calendar", "contacts", "voip"):
            things[f"at.{name}.stranger"] = self.signed(name, stranger)
        jkt = thumbprint(keys.public_jwk("dpop"))
        for wrong, claims in WRONG_CLAIMS.items():
            things[f"at.email.{wrong}"] = self.signed("email", **claims)
        things["at.payments.paying"] = self.signed("payments", authorization_details=[PAYMENT])
        things["at.email.signed"] = self.signed("email", acr="phr", auth_time=int(self.house.now_s))
        things["at.email.dpop"] = self.signed("email", cnf={"jkt": jkt})
        things["at.email.mtls"] = self.signed("email", cnf={"x5t#S256": CERTIFICATE})
        things["at.email.single"] = self.signed("email", use="single")
        things["at.email.single.used"] = self.signed("email", use="single")
        bearer = (("Authorization", f"Bearer {things['at.email.single.used']}"),)
        self.house.ask("email", Request("GET", "https://email.example.com/email", bearer))
        for wrong, claims in WRONG_EVENTS.items():
            things[f"event.{wrong}"] = self.event(**claims)
        things["assertion.elsewhere"] = self.assertion("a1", audience="https://evil.example")[1][1]
        things["proof.thief"] = self.proof("POST", f"{ISSUER}/token", key="thief")
        things["proof.elsewhere"] = self.proof("POST", "https://evil.example/token")
        things["action.typ"] = self.action("magic_link", typ="JWT")

    def refreshing(self, name: str, target: Target = EMAIL) -> Pairs:
        """The parameters of a request that uses a refresh token."""
        pairs = [("grant_type", "refresh_token"), ("refresh_token", self.things[name])]
        return [*pairs, *self.design.ask_token(target)]


def continuing(token: str, body: Any, method: str = "POST") -> Request:
    """A request with a continuation token."""
    headers = (("Authorization", f"GNAP {token}"), ("Content-Type", JSON))
    return Request(method, f"{ISSUER}/continue", headers, json.dumps(body))
