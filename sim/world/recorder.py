"""The recorder: turns what happens into trace rows, with tokens named by reference.

Rule: no value of a token, code or refresh token reaches the sink; the book knows their references.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from oauth_model.flows import StoreCall
from oauth_model.messages import Request, Response
from oauth_model.replay import StoreAnswer
from oauth_model.strategies.knobs import TOO_FEW
from sim.trace import Row, Sink, new_row

if TYPE_CHECKING:
    from sim.world.jobs import Job
    from sim.world.network import Envelope
    from sim.world.node import Node
    from sim.world.timed import Environment

#: What a token, code or refresh token looks like inside the text of a message.
WORD = re.compile(r"[A-Za-z0-9._~+%-]{4,}")
#: How anything starts that was signed or sealed and that nobody issued: proofs, challenges, events.
SIGNED = re.compile(r"eyJ[\w-]+\.|sym\.")
AUTHORIZATION_ERROR = re.compile(r'error="([a-z_]+)"')


class Book:
    """Every credential that was issued: its value on the wire → its reference and claims."""

    def __init__(self) -> None:
        self.issued: dict[str, tuple[str, dict[str, Any]]] = {}
        self._issued_for: dict[int, list[str]] = {}  #: intention → the values
        #: Where a request without a bearer token may carry one all the same.
        self.elsewhere: Callable[[Request], str] = lambda request: ""

    def enter(
        self, value: str, reference: str, claims: dict[str, Any], intention: int
    ) -> dict[str, Any]:
        """Remember a credential; what the trace may say of its claims: no thumbprint of a key."""
        self._issued_for.setdefault(intention, []).append(value)
        if "cnf" in claims:
            self.issued |= dict.fromkeys(claims["cnf"].values(), ("thumbprint", {}))
            claims = claims | {"cnf": dict.fromkeys(claims["cnf"], "<thumbprint>")}
        self.issued[value] = reference, claims
        return claims

    def forget(self, intention: int) -> list[str]:
        """Forget what was issued for an intention, and say what that was."""
        values = self._issued_for.pop(intention, [])
        for value in values:
            self.issued.pop(value, None)
        return values

    def presented(self, request: Request) -> str:
        """The reference of the token that a request asks to be let in by; "" when there is none."""
        header = request.header("Authorization")
        scheme, _, value = (header or "").partition(" ")
        if scheme not in ("Bearer", "DPoP"):
            return self.reference(self.elsewhere(request))
        return self.reference(value)

    def shown(self, request: Request) -> str:
        """The reference of the code or refresh token in a form; "" when there is none."""
        if not request.is_form():
            return ""
        form = dict(request.form())
        return self.reference(form.get("code") or form.get("refresh_token", ""))

    def reference(self, value: str) -> str:
        """The reference of a credential; "" for none, "unknown" for one that nobody issued."""
        if not value:
            return ""
        return self.issued[value][0] if value in self.issued else "unknown"

    def hide(self, text: str) -> str:
        """The text with every credential replaced by its reference in angle brackets.

        What else is signed is replaced too: its bytes differ from algorithm to algorithm.
        """

        def named(word: re.Match[str]) -> str:
            known = self.issued.get(unquote(word[0]))
            if known is None:
                return "<signed>" if SIGNED.match(word[0]) else word[0]
            return f"<{known[0]}>"

        return WORD.sub(named, text)

    def claims(self, text: str) -> dict[str, Any]:
        """Reference → decoded claims, for every access token in the text."""
        words = dict.fromkeys(unquote(word) for word in WORD.findall(text))
        return dict(self.issued[w] for w in words if w in self.issued and self.issued[w][1])


class Recorder:
    """Writes rows to a sink. `full` adds what only pictures and time travel need."""

    def __init__(self, env: Environment, sink: Sink, *, full: bool) -> None:
        self.env, self.sink, self.full = env, sink, full
        self.book = Book()
        self.messages = 0

    def row(self, kind: str, job: Job, token: str, detail: dict[str, Any], peer: str = "") -> None:
        """A row about a job, at the node it runs on."""
        self.sink(
            new_row(
                Row,
                self.env.now_us,
                kind,
                job.node.name,
                peer,
                job.intention,
                job.actor,
                job.attempt,
                token,
                0,
                detail,
            )
        )

    def returned(
        self,
        job: Job,
        token: str,
        target: Node,
        attempt: int,
        invoked_us: int,
        response: Response | None,
    ) -> None:
        """A presenter learnt the answer to one attempt, or (None) that there will be none."""
        status, error = None, ""
        if response is not None:
            status, error = response.status, error_code(response)
        detail = {
            "server": target.party,
            "status": status,
            "error": error,
            "invoked_us": invoked_us,
        }
        now_us, node = self.env.now_us, job.node.name
        self.sink(
            new_row(
                Row,
                now_us,
                "return",
                node,
                target.name,
                job.intention,
                job.actor,
                attempt,
                token,
                0,
                detail,
            )
        )

    def timed_out(self, job: Job, token: str, target: Node, attempt: int) -> None:
        """An answer did not come in time."""
        now_us, node = self.env.now_us, job.node.name
        cause = (job.intention, job.actor, attempt)
        self.sink(Row(now_us, "timeout", node, target.name, *cause, token))

    def consumed(self, node: Node, job: Job, call: StoreCall) -> None:
        """A store recorded a key as used, whether or not its answer arrives.

        Where the key is a bare number (`collapsed_namespace`), what was used is the job's token.
        """
        detail = {"kind": call.key.kind, "operation": call.operation}
        token = call.key.id if call.key.issuer else job.token
        now_us, here, there, intention = self.env.now_us, node.name, job.node.name, job.intention
        self.sink(
            new_row(
                Row,
                now_us,
                "consume",
                here,
                there,
                intention,
                job.actor,
                job.attempt,
                token,
                0,
                detail,
            )
        )

    def stored(self, node: Node, job: Job, call: StoreCall, answer: StoreAnswer) -> None:
        """A store applied an operation."""
        now_us, cause = self.env.now_us, (job.intention, job.actor, job.attempt)
        detail = {
            "operation": call.operation,
            "key": list(call.key),
            "granted": answer.granted,
            "before": answer.before.value,
            "entries": len(node.memory),
        }
        self.sink(Row(now_us, "store", node.name, job.node.name, *cause, job.token, 0, detail))

    def sent(self, envelope: Envelope, *, lost: bool) -> None:
        """A message left its source; with `lost`, it will not arrive."""
        self.messages += 1
        envelope.number = self.messages
        text = wire(envelope.payload)
        detail: dict[str, Any] = {"label": label(envelope), "link": envelope.link.kind}
        if text:
            detail["wire"] = self.book.hide(text)
            detail |= {"claims": claims} if (claims := self.book.claims(text)) else {}
        self.message("send", envelope, detail)
        if lost:
            self.message("drop", envelope, {"reason": "loss"})

    def message(self, kind: str, envelope: Envelope, detail: dict[str, Any]) -> None:
        """A row about a message: `deliver` stands at its target, anything else at its source."""
        here, there = envelope.link.source.name, envelope.link.target.name
        if kind == "deliver":
            here, there = there, here
        cause, token = envelope.cause, envelope.call.token
        self.sink(
            new_row(
                Row,
                self.env.now_us,
                kind,
                here,
                there,
                cause.intention,
                cause.actor,
                cause.attempt,
                token,
                envelope.number,
                detail,
            )
        )


@lru_cache(maxsize=1024)
def operation(method: str, url: str) -> str:
    """What a request asks for: its method and path."""
    path = url.partition("://")[2].partition("/")[2].partition("?")[0]
    return f"{method} /{path}"


def label(envelope: Envelope) -> str:
    """A few words for an arrow of the diagram."""
    payload = envelope.payload
    if isinstance(payload, Request):
        return operation(payload.method, payload.url)
    if isinstance(payload, Response):
        return f"{payload.status} {error_code(payload)}".rstrip()
    if isinstance(payload, StoreCall):
        return payload.operation
    if isinstance(payload, StoreAnswer):
        if envelope.call.payload.operation == "look":
            return payload.before.value
        if payload.granted:
            return "granted"
        why = "too few replicas" if payload.acks == TOO_FEW else payload.before.value
        return f"refused: {why}"
    raise TypeError(f"no label for {payload!r}")


def wire(payload: object) -> str:
    """The HTTP text of a message between parties; stores speak no HTTP."""
    return payload.wire() if isinstance(payload, Request | Response) else ""


def error_code(response: Response) -> str:
    """The error code a response carries, in its challenge or in its JSON; "" for none."""
    if response.status < 400:  # RFC 9110 15: 4xx and 5xx are errors
        return ""
    challenge = response.header("WWW-Authenticate")
    if challenge is not None and (found := AUTHORIZATION_ERROR.search(challenge)):
        return found[1]
    return str(response.json().get("error", ""))
