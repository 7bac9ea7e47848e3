"""What is wrong with the answer to a hostile request.

No exception; a registered error under its status (`allowed`); nobody else's secrets; nothing left
behind (`state`); and success only for a request that still says what its seed says (`meaning`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote_plus

from oauth_model.messages import Request, Response
from tests.hostile.allowed import refusal_complaints
from tests.hostile.exchange import Exchange
from tests.hostile.meaning import still_valid
from tests.hostile.state import changes

FIELD = re.compile(r"[\x20-\x7E]*")


class Judge:
    """Judges exchanges with a house in which these `things` were issued."""

    def __init__(self, things: dict[str, str]) -> None:
        self.things = things
        self.secrets = {text for text in things.values() if len(text) > 4} | {"robins-browser"}

    def complaints(self, exchange: Exchange) -> list[str]:
        """All that is wrong; empty when nothing is."""
        if isinstance(exchange.answer, Exception):
            return [f"it raised {exchange.answer!r}"]
        return [*self._any_answer(exchange, exchange.answer), *self._outcome(exchange)]

    def succeeded(self, exchange: Exchange) -> bool:
        """Whether the request got what it asked for."""
        answer = exchange.answer
        if isinstance(answer, Exception):
            return False
        if exchange.happened or answer.status in (201, 204):
            return True
        if exchange.seed.endpoint == "revoked":
            return answer.status == 202
        if exchange.seed.name == "gnap interact":
            return answer.status == 302
        return answer.status == 200 and not _says_nothing(exchange, answer)

    def _outcome(self, exchange: Exchange) -> Iterator[str]:
        left = changes(exchange.before, exchange.after)
        if self.succeeded(exchange):
            if not still_valid(exchange.seed, exchange.request, self.things):
                yield f"it succeeded: {exchange.happened or exchange.answer}"
            return
        assert isinstance(exchange.answer, Response)
        yield from refusal_complaints(exchange, exchange.answer)
        used_up = _may_be_used_up(exchange.answer)
        yield from (f"it left {path} behind" for path in left if not used_up.fullmatch(path))
        if exchange.seed.endpoint == "revoke" and _revoked(left):
            yield "it revoked and refused"

    def _any_answer(self, exchange: Exchange, answer: Response) -> Iterator[str]:
        said = "\n".join((*(f"{n}: {v}" for n, v in answer.headers), answer.body))
        for name, value in answer.headers:
            if not (FIELD.fullmatch(value) and FIELD.fullmatch(name)):
                yield f"the field {name} has characters that no field has"
        told = sorted(text for text in self.secrets if text in said)
        asked = _all_texts(exchange.request) if told else ""
        told = [text for text in told if text not in asked]
        yield from (f"it tells {text!r}" for text in told)
        new_token = {"access_token", "refresh_token"} & answer.json().keys()
        stored = "no-store" not in (answer.header("Cache-Control") or "")
        if (new_token or exchange.seed.endpoint in ("token", "introspect")) and (
            stored and answer.status not in (404, 405)
        ):
            yield "it may be stored"
        if answer.body.startswith("{") and answer.header("Content-Type") != "application/json":
            yield "its JSON is not called JSON"


def _all_texts(request: Request) -> str:
    """Everything in the request, also as it is when decoded."""
    fields = "\n".join(value for _, value in request.headers)
    texts = f"{request.url}\n{fields}\n{request.body}"
    return f"{texts}\n{unquote_plus(texts)}"


def _says_nothing(exchange: Exchange, answer: Response) -> bool:
    """A 200 that grants nothing: not active, nothing revoked, a page."""
    if answer.header("Content-Type") == "application/json":
        return answer.json() == {"active": False}
    if exchange.seed.endpoint == "action":
        return exchange.seed.party != "explicit" or "<form" not in answer.body
    return not _revoked(changes(exchange.before, exchange.after))


def _revoked(paths: list[str]) -> bool:
    return any(path.endswith(".revoked") for path in paths)


def _may_be_used_up(answer: Response) -> re.Pattern[str]:
    """What a refused request may leave: what its sender showed is used, and replays revoke.

    A client assertion and a proof are used up once it is known whose they are (RFC 7523 3, RFC 9449
    11.1); a code or refresh token that comes again makes its grant a tombstone (RFC 6749 4.1.2).
    """
    shown = r"stores\.\w+\.memories\.records\.records\.\('(client_assertion|dpop_proof)',.*"
    tombstone = r".*\.grant\.revoked"
    if "too_many_attempts" in answer.body or "invalid_continuation" in answer.body:
        tombstone += r"|gnap\..*\.state"
        return re.compile(f"{shown}|{tombstone}")
    if "invalid_client" in answer.body:
        shown = r"stores\.\w+\.memories\.records\.records\.\('client_assertion',.*"
    return re.compile(f"{shown}|{tombstone}" if "invalid_grant" in answer.body else shown)
