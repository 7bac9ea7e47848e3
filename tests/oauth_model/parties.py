"""A tiny world for protocol tests: real parties, real stores, one clock, no network and no waiting.

`World.run` drives a flow; a `Send` is answered by running the other party's flow on the spot,
unless the next of `fates` says that request or response is lost, or gives another answer.
"""

from __future__ import annotations

from base64 import b64encode
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

from oauth_model.authorization_server import (
    AuthorizationServer,
    AuthorizationServerConfig,
    Database,
    ProtectedResource,
    RegisteredClient,
    Replica,
)
from oauth_model.client import ClientConfig
from oauth_model.clients import client_for
from oauth_model.confirmation import Confirmations
from oauth_model.flows import (
    UNKNOWN,
    Effect,
    Flow,
    Gather,
    Note,
    Perform,
    Performed,
    Send,
    Start,
    StoreCall,
    Wait,
    run,
)
from oauth_model.grants import GRANTS
from oauth_model.issuance import DESIGNS, Target
from oauth_model.issuance.base import Pairs
from oauth_model.issuance.writing import token_reader
from oauth_model.jose import Keys
from oauth_model.messages import Request, Response, form_post, with_query
from oauth_model.pkce import challenge_s256
from oauth_model.rar import TYPES
from oauth_model.resource_server import ResourceServer, ResourceServerConfig
from tests.oauth_model.stores import Kept, Stores, made

R = TypeVar("R")

ISSUER = "https://as.example.com"
CALLBACK = "https://client.example.com/cb"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"  # RFC 7636 appendix B
#: name → the operation it offers; the scope that it needs is the name.
OPERATIONS = {
    "email": "GET /mail",
    "webdav": "GET /files",
    "voip": "GET /calls",
    "payments": "POST /payments",
}
SCOPES = tuple(OPERATIONS)
SERVERS = tuple(
    ProtectedResource(name, f"https://{name}.example.com", (name,), f"as:{name}") for name in SCOPES
)
TARGETS = tuple(
    Target(name, f"https://{name}.example.com", name, OPERATIONS[name]) for name in SCOPES
)
CONFIDENTIAL = RegisteredClient(
    "s6BhdRkqt3",
    "gX1fBat3bV",
    (CALLBACK,),
    grant_types=tuple(GRANTS),
    scopes=SCOPES,
    details_types=tuple(TYPES),
)
PUBLIC = replace(CONFIDENTIAL, client_id="app", secret="")


class World:
    """An AS, four resource servers, their stores and a client; `config` are settings of the AS."""

    def __init__(
        self,
        design: str = "fat",
        *,
        strategy: str = "shared_atomic",
        algorithm: str = "symbolic",
        client: RegisteredClient = CONFIDENTIAL,
        servers: tuple[ProtectedResource, ...] = SERVERS,
        knows: dict[str, Any] | None = None,
        **config: Any,
    ) -> None:
        self.now_s = 1_000_000.25
        self.names: dict[str, list[str]] = {}  #: kind → names to give before counting
        self.counts: Counter[str] = Counter()
        self.notes: list[Note] = []
        self.waits: list[Wait] = []
        self.sent: list[Send] = []
        self.effects: list[Perform] = []
        self.fates: list[str | Response] = []
        self.replay = Stores()
        self.stores_answer = True
        self.database = Database()
        self.keys = Keys(algorithm, seed=7)
        self.strategy = made(strategy)
        clients = (CONFIDENTIAL, PUBLIC)
        settings = AuthorizationServerConfig(servers, clients, design=design, **config)
        self.authorization_server = self.replica(settings)
        self.handlers: dict[str, Callable[[Request], Flow[Response]]] = {
            server.name: self.resource_server(settings, server).handle for server in servers
        } | {"as": self.authorization_server.handle}
        about = ClientConfig(
            client.client_id, CALLBACK, TARGETS, client.secret, design=design, **(knows or {})
        )
        self.client = client_for(about, self.new_id)

    @property
    def stores(self) -> defaultdict[str, Kept]:
        """The stores by name."""
        return self.replay.stores

    @stores.setter
    def stores(self, stores: defaultdict[str, Kept]) -> None:
        self.replay.stores = stores

    def replica(self, config: AuthorizationServerConfig) -> AuthorizationServer:
        parts = (config, self.database, self.keys, self.strategy, self.strategy)
        return AuthorizationServer(Replica(*parts, clock=self.clock, new_id=self.new_id))

    def resource_server(
        self, config: AuthorizationServerConfig, server: ProtectedResource
    ) -> ResourceServer:
        read = token_reader(self.keys, DESIGNS[config.design], server)
        settings = ResourceServerConfig(
            name=server.name,
            identifier=server.identifier,
            issuer=config.issuer,
            operations={OPERATIONS[server.name]: server.name},
            one_use_per=config.one_use_per,
        )
        once = Confirmations(self.keys.self_verifier().verify, once=self.strategy)
        return ResourceServer(settings, read, self.strategy, self.clock, once)

    def clock(self) -> float:
        return self.now_s

    def new_id(self, kind: str) -> str:
        if self.names.get(kind):
            return self.names[kind].pop(0)
        self.counts[kind] += 1
        return f"{kind}-{self.counts[kind]}"

    def run(self, flow: Flow[R]) -> R:
        return run(flow, self.answer)

    def answer(self, effect: Effect) -> Any:
        match effect:
            case Send():
                return self._send(effect)
            case StoreCall() | Gather():
                self.replay.now_s = self.now_s
                if self.stores_answer:
                    return self.replay.answer(effect)
                return UNKNOWN if isinstance(effect, StoreCall) else (UNKNOWN,) * len(effect.calls)
            case Perform():
                self.effects.append(effect)
                return Performed(executed=True)
            case Note():
                self.notes.append(effect)
            case Wait():
                self.waits.append(effect)
            case Start():
                self.run(effect.flow)
        return None

    def _send(self, send: Send) -> Any:
        self.sent.append(send)
        fate = self.fates.pop(0) if self.fates and send.to != "as" else ""
        if isinstance(fate, Response):
            return fate
        if fate == "request lost":
            return UNKNOWN
        response = self.run(self.handlers[send.to](send.request))
        return UNKNOWN if fate == "response lost" else response

    def interleave(self, *flows: Flow[Response]) -> list[Response]:
        """Run flows in turns, one store operation each; what they return, in their order."""
        answers: dict[int, Response] = {}
        waiting: list[tuple[int, Flow[Response], Any]] = [(n, f, None) for n, f in enumerate(flows)]
        while waiting:
            number, flow, given = waiting.pop(0)
            try:
                effect = flow.send(given)
                while not isinstance(effect, StoreCall | Gather):
                    effect = flow.send(self.answer(effect))
                waiting.append((number, flow, self.answer(effect)))
            except StopIteration as stop:
                answers[number] = stop.value
        return [answers[number] for number in range(len(flows))]

    # What tests say to the AS themselves, past the client.

    def authorize(self, *extra: tuple[str, str], **changes: str) -> Response:
        """A good authorization request for all scopes, with changes; "" leaves a parameter out."""
        parameters = {
            "response_type": "code",
            "client_id": CONFIDENTIAL.client_id,
            "state": "xyz",
            "redirect_uri": CALLBACK,
            "scope": " ".join(SCOPES),
            "code_challenge": challenge_s256(VERIFIER),
            "code_challenge_method": "S256",
        } | changes
        pairs = [(name, value) for name, value in parameters.items() if value]
        request = Request("GET", with_query(f"{ISSUER}/authorize", [*pairs, *extra]))
        return self.run(self.handlers["as"](request))

    def code(self, **changes: str) -> str:
        """An authorization code."""
        return location(self.authorize(**changes))["code"]

    def token(
        self, *extra: tuple[str, str], client: RegisteredClient = CONFIDENTIAL, **parameters: str
    ) -> Response:
        """A token request of this client."""
        request = token_request(*extra, client=client, **parameters)
        return self.run(self.handlers["as"](request))

    def redeem(self, code: str, **changes: str) -> Response:
        """A good request to redeem a code, with changes."""
        return self.token(**(redemption(code) | changes))

    def refresh_token(self, client: RegisteredClient = CONFIDENTIAL, **changes: str) -> str:
        """A refresh token for everything, obtained with a code."""
        code = self.code(client_id=client.client_id, **changes)
        members = self.token(client=client, **redemption(code)).json()
        return str(members["refresh_token"])

    def call(self, server: str, token: str) -> Response:
        """Call a server with this token."""
        method, _, path = OPERATIONS[server].partition(" ")
        bearer = (("Authorization", f"Bearer {token}"),)
        url = f"https://{server}.example.com{path}"
        return self.run(self.handlers[server](Request(method, url, bearer)))

    def claims(self, response: Response) -> dict[str, Any]:
        """The claims of the access token in a token response."""
        names = ["as", *(server.signing_key for server in SERVERS)]
        token = response.json()["access_token"]
        return dict(self.keys.verifier(*names).verify(token).claims)

    def issued(self, kind: str) -> list[dict[str, Any]]:
        """What the trace was told of credentials of this kind."""
        details = [note.detail for note in self.notes if note.kind == "issue"]
        return [detail for detail in details if detail["kind"] == kind]

    def wallet_actions(self) -> list[str]:
        """What the client's wallet did: "store email", and so on."""
        details = [note.detail for note in self.notes if note.kind == "wallet"]
        return [f"{detail['action']} {detail['server']}" for detail in details]


def redemption(code: str) -> dict[str, Any]:
    """The parameters of a good request to redeem a code."""
    return {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
    }


def token_request(
    *extra: tuple[str, str], client: RegisteredClient = CONFIDENTIAL, **parameters: str
) -> Request:
    """A token request of this client; a public one names itself in the body."""
    pairs: Pairs = [*((name, value) for name, value in parameters.items()), *extra]
    if not client.secret:
        return form_post(f"{ISSUER}/token", [*pairs, ("client_id", client.client_id)])
    return form_post(f"{ISSUER}/token", pairs, (basic(client.client_id, client.secret),))


def basic(client_id: str, secret: str) -> tuple[str, str]:
    """The Authorization header field of HTTP Basic (RFC 7617)."""
    return ("Authorization", f"Basic {b64encode(f'{client_id}:{secret}'.encode()).decode()}")


def location(response: Response) -> dict[str, str]:
    """The parameters of the Location header field."""
    return dict(parse_qsl(urlsplit(response.header("Location") or "").query))


def error(response: Response) -> tuple[int, str]:
    """Status and error code of a token endpoint's refusal."""
    return response.status, response.json().get("error", "")
