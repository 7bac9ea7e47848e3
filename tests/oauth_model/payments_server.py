"""A payments server on a bench: its tokens, its replicas, the stores, and what happened."""

from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from typing import Any

from oauth_model.flows import (
    UNKNOWN,
    Effect,
    Flow,
    Note,
    OneTimeKey,
    Perform,
    Performed,
    Send,
    StoreCall,
    Unknown,
    run,
)
from oauth_model.jose import Keys
from oauth_model.messages import Headers, Request, Response
from oauth_model.replay import ReplayStore
from oauth_model.resource_server import ResourceServer, ResourceServerConfig
from oauth_model.strategies import STRATEGIES, Outcome, Strategy, Use

AS, PAYMENTS, EMAIL = (f"https://{name}.example.com" for name in ("as", "payments", "email"))
CLAIMS = {
    "iss": AS,
    "aud": [PAYMENTS, EMAIL],
    "sub": "alice",
    "client_id": "s6BhdRkqt3",
    "exp": 1030,
    "iat": 1000,
    "jti": "t1",
    "scope": "payments",
}
CONFIG: dict[str, Any] = {
    "name": "payments",
    "identifier": PAYMENTS,
    "issuer": AS,
    "operations": {"POST /payments": "payments", "DELETE /payments": "admin"},
}
KEY = ("access_token", AS, PAYMENTS, "t1")


@cache
def ring(algorithm: str) -> Keys:
    return Keys(algorithm, 7)


def token(algorithm: str = "symbolic", typ: str = "at+jwt", **claims: Any) -> str:
    return ring(algorithm).sign(CLAIMS | claims, key="as", typ=typ)


def single(**claims: Any) -> str:
    return token(use="single", **claims)


def request(text: str, method: str = "POST", body: str = "", more: Headers = ()) -> Request:
    headers = (("Authorization", f"Bearer {text}"), *more)
    return Request(method, f"{PAYMENTS}/payments", headers, body)


class Scripted(Strategy):
    """Says what a test tells it to say, and keeps what it was told."""

    name = "scripted"

    def __init__(self, *outcomes: Outcome) -> None:
        super().__init__()
        self.outcomes = list(outcomes)
        self.heard: list[tuple[str, int]] = []
        self.uses: list[Use] = []

    def begin(self, use: Use) -> Flow[Outcome]:
        self.uses.append(use)
        yield from ()
        return self.outcomes.pop(0)

    def complete(self, use: Use, lease: int, response: Response) -> Flow[None]:
        self.heard.append(("complete", lease))
        yield from ()

    def abort(self, use: Use, lease: int) -> Flow[None]:
        self.heard.append(("abort", lease))
        yield from ()


class Bench:
    """Replicas of one server around common stores; `effects` and `notes` say what happened.

    The AS answers with what is in `answers`. A subclass says in `parts` what else a replica has.
    """

    def __init__(
        self,
        chosen: Strategy | str = "shared_atomic",
        *,
        algorithm: str = "symbolic",
        store_takes_s: float = 0.0,
        **config: Any,
    ) -> None:
        self.now_s = 1001.0
        self.store_takes_s = store_takes_s
        self.config = ResourceServerConfig(**(CONFIG | config))
        self.strategy = STRATEGIES[chosen]() if isinstance(chosen, str) else chosen
        self.verifier = ring(algorithm).verifier("as")
        self.stores: dict[str, ReplayStore] = defaultdict(ReplayStore)
        self.consumed: set[OneTimeKey] = set()
        self.effects: list[Perform] = []
        self.notes: list[Mapping[str, Any]] = []
        self.stores_answer = True
        self.answers: list[Response | Unknown] = []
        self.asked: list[Request] = []
        self.server = self.replica()

    def clock(self) -> float:
        return self.now_s

    def replica(self) -> ResourceServer:
        needed = (self.config, self.verifier.verify, self.strategy, self.clock)
        return ResourceServer(*needed, **self.parts())

    def parts(self) -> dict[str, Any]:
        return {}

    def answer(self, effect: Effect) -> Any:
        if isinstance(effect, StoreCall):
            self.now_s += self.store_takes_s
            if not self.stores_answer:
                return UNKNOWN
            return self.stores[effect.store].apply(effect, self.now_s)
        if isinstance(effect, Send):
            self.asked.append(effect.request)
            return self.answers.pop(0)
        if isinstance(effect, Perform):
            if effect.consume in self.consumed:
                return Performed(executed=False, consumed_before=True)
            self.consumed |= {effect.consume} if effect.consume else set()
            self.effects.append(effect)
            return Performed(executed=True)
        if isinstance(effect, Note):
            self.notes.append(effect.detail)
        return None

    def handle(self, asked: Request, server: ResourceServer | None = None) -> Response:
        return run((server or self.server).handle(asked), self.answer)

    def decisions(self) -> list[str]:
        return [note["outcome"] for note in self.notes]


def resumed(flow: Flow[Response], answer: Any) -> Flow[Response]:
    """The rest of a flow that stands at a yield."""
    try:
        effect = flow.send(answer)
        while True:
            effect = flow.send((yield effect))
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]


def challenge(response: Response) -> str | None:
    return response.header("WWW-Authenticate")


def refused(bench: Bench, asked: Request, status: int, error: str) -> None:
    """The request is refused so, before any decision and without effect."""
    response = bench.handle(asked)
    assert (response.status, f'error="{error}"' in (challenge(response) or "")) == (status, True)
    assert (bench.notes, bench.effects, dict(bench.stores)) == ([], [], {})
