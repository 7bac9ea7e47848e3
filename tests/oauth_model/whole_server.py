"""An authorization server with all its endpoints: servers that introspect, userinfo, more clients.

What the tests of endpoints share beside `parties`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from oauth_model.client_assertion import CLIENT_ASSERTION_TYPE, make_assertion
from oauth_model.dpop import make_proof
from oauth_model.flows import Flow, StoreCall
from oauth_model.grants import GRANTS
from oauth_model.grants.openid import USERINFO_SCOPES, userinfo_resource
from oauth_model.grants.records import RegisteredClient
from oauth_model.issuance import ProtectedResource
from oauth_model.messages import Request, Response, form_post
from tests.oauth_model.parties import (
    CALLBACK,
    CONFIDENTIAL,
    ISSUER,
    PUBLIC,
    SCOPES,
    SERVERS,
    World,
    basic,
    redemption,
)

USERINFO = userinfo_resource(ISSUER)
EVERYTHING = (*SCOPES, *USERINFO_SCOPES)
SINGLE = {"token_use": "single"}
JWT_CLIENT = RegisteredClient(
    "keyed", "", (CALLBACK,), tuple(GRANTS), EVERYTHING, assertion_key="client:keyed"
)
OTHER = replace(CONFIDENTIAL, client_id="other", secret="other-secret")
CREDENTIALS = {"email": "email-secret", "webdav": "webdav-secret"}


class WholeServer(World):
    """The world of `parties`, its AS with more; `config` are settings of the AS."""

    def __init__(
        self,
        design: str = "fat",
        *,
        strategy: str = "shared_atomic",
        algorithm: str = "symbolic",
        clients: tuple[RegisteredClient, ...] = (),
        userinfo: ProtectedResource = USERINFO,
        **config: Any,
    ) -> None:
        super().__init__(design, strategy=strategy, algorithm=algorithm)
        self.calls: list[StoreCall] = []
        usual = (replace(c, scopes=EVERYTHING) for c in (CONFIDENTIAL, PUBLIC))
        known = {client.client_id: client for client in (*usual, JWT_CLIENT, OTHER, *clients)}
        servers = (*(s._replace(secret=CREDENTIALS.get(s.name, "")) for s in SERVERS), userinfo)
        settings = self.authorization_server.replica.config
        self.settings = replace(
            settings, resource_servers=servers, clients=tuple(known.values()), **config
        )
        self.authorization_server = self.replica(self.settings)
        self.handlers["as"] = self.authorization_server.handle

    def answer(self, effect: Any) -> Any:
        if isinstance(effect, StoreCall):
            self.calls.append(effect)
        return super().answer(effect)

    def ask(self, request: Request) -> Response:
        flow: Flow[Response] = self.handlers["as"](request)
        return self.run(flow)

    def post(
        self, path: str, *headers: tuple[str, str], certificate: str = "", **parameters: str
    ) -> Response:
        """A form post to an endpoint, with these header fields and parameters."""
        request = form_post(f"{ISSUER}{path}", list(parameters.items()), headers)
        return self.ask(request._replace(certificate=certificate))

    def token_flow(self, **parameters: str) -> Flow[Response]:
        """A token request that is not driven yet."""
        return self.handlers["as"](form_post(f"{ISSUER}/token", list(parameters.items())))

    def get(self, path: str, *headers: tuple[str, str]) -> Response:
        return self.ask(Request("GET", f"{ISSUER}{path}", headers))

    def introspection_request(self, token: str, by: str = "email") -> Request:
        return form_post(f"{ISSUER}/introspect", [("token", token)], (credentials(by),))

    def introspect(self, token: str, by: str = "email") -> Response:
        """What a resource server is told about a token, or a client about its own."""
        return self.ask(self.introspection_request(token, by))

    def active(self, token: str, by: str = "email") -> bool:
        return bool(self.introspect(token, by).json()["active"])

    def tokens(self, scope: str = "email", **more: str) -> dict[str, Any]:
        """A token response for this scope, with a code."""
        return self.redeem(self.code(scope=scope, **more)).json()

    def single_use(self, scope: str = "email") -> str:
        """A single-use token for this scope."""
        return str(self.tokens(scope, **SINGLE)["access_token"])

    def assertion(self, jti: str = "", **more: Any) -> dict[str, str]:
        """The parameters by which `JWT_CLIENT` authenticates."""
        made: dict[str, Any] = {
            "client_id": "keyed",
            "audience": ISSUER,
            "jti": jti or self.new_id("assertion"),
            "now_s": self.now_s,
        }
        text = make_assertion(self.keys, more.pop("key", "client:keyed"), **(made | more))
        return {"client_assertion_type": CLIENT_ASSERTION_TYPE, "client_assertion": text}

    def proof(self, path: str = "/token", method: str = "POST", **more: Any) -> tuple[str, str]:
        """A DPoP header field for a request to this endpoint."""
        made: dict[str, Any] = {
            "url": f"{ISSUER}{path}",
            "jti": self.new_id("proof"),
            "now_s": self.now_s,
        }
        key = more.pop("key", "dpop")
        return ("DPoP", make_proof(self.keys, key, method=method, **(made | more)))

    def redeem_proven(self, code: str, *proof: tuple[str, str], **more: Any) -> Response:
        """Redeem a code of `CONFIDENTIAL` with these header fields."""
        identity = basic(CONFIDENTIAL.client_id, CONFIDENTIAL.secret)
        return self.post("/token", identity, *proof, **(redemption(code) | more))


class Revoking(WholeServer):
    """While a store is asked about an access token, its grant is revoked."""

    def answer(self, effect: Any) -> Any:
        if isinstance(effect, StoreCall) and effect.key.kind == "access_token":
            for issued in self.database.access_tokens.values():
                issued.grant.revoked = True
        return super().answer(effect)


def credentials(name: str) -> tuple[str, str]:
    """The Authorization header field of a resource server or of a client."""
    secrets = CREDENTIALS | {c.client_id: c.secret for c in (CONFIDENTIAL, OTHER, PUBLIC)}
    return basic(name, secrets[name])


OWN = credentials("s6BhdRkqt3")
