"""The protected resource: one request in, one response out; it knows nothing of networks.

The order of its checks is its law: request (400), credentials, signature and claims (401),
operation (404), scope (403), then the one use, then the effect. Where the use is consumed is a
dial, because that is the dispute: too early and a 403 burns the token, too late and the effect
happens twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

from oauth_model.claims import AccessToken, check_lifetime, read_access_token
from oauth_model.errors import (
    InsufficientScope,
    InvalidRequest,
    InvalidToken,
    OAuthError,
    Unauthenticated,
)
from oauth_model.flows import Flow, OneTimeKey, Perform
from oauth_model.jose import REMEMBERED, Verifier, fingerprint
from oauth_model.messages import RETRY_SOON, Request, Response, json_response
from oauth_model.single_use import ONE_USE_PER, SINGLE, one_time_key
from oauth_model.strategies import (
    Challenge,
    First,
    InFlight,
    Outcome,
    Replay,
    Stored,
    Strategy,
    Undecided,
    Use,
    decision,
)

#: A request that comes again is the rule here, not the exception.
_fingerprint = lru_cache(maxsize=REMEMBERED)(fingerprint)

#: Where the one use is consumed.
CONSUME = ("before_scope", "before_effect", "with_effect", "after_effect")

DONE = json_response(200, {"status": "done"})
NOT_FOUND = Response(404)


@dataclass(frozen=True, slots=True)
class ResourceServerConfig:
    """What the replicas of one resource server share. Raises ValueError for an unknown setting.

    `identifier` is the URI that must stand in `aud` (RFC 8707 2); `operations` maps
    `"METHOD /path"` to the scope it needs. A server that is not `use_aware` knows no claim `use`
    and ignores it (RFC 7519 4).
    """

    name: str
    identifier: str
    issuer: str
    operations: Mapping[str, str]
    leeway_s: float = 0.0
    consume: str = "before_effect"
    one_use_per: str = "server"
    use_aware: bool = True
    realm: str = "example"

    def __post_init__(self) -> None:
        for name, allowed in (("consume", CONSUME), ("one_use_per", ONE_USE_PER)):
            value = getattr(self, name)
            if value not in allowed:
                raise ValueError(f"{name} is {value!r}; allowed: {', '.join(allowed)}")


class Known(NamedTuple):
    """A token whose lasting checks passed, and the key of its one use if it has only one."""

    token: AccessToken
    key: OneTimeKey | None


class Operation(NamedTuple):
    """What can be asked for: the scope it needs and the effect it has."""

    scope: str
    effect: Perform


class ResourceServer:
    """One replica of a resource server; `clock` gives the seconds of its own clock."""

    def __init__(
        self,
        config: ResourceServerConfig,
        verifier: Verifier,
        strategy: Strategy,
        clock: Callable[[], float],
    ) -> None:
        self.config = config
        self.strategy = strategy
        self._verify = verifier.verify
        self._clock = clock
        self._known = lru_cache(maxsize=REMEMBERED)(self._read_token)
        self._operation = lru_cache(maxsize=REMEMBERED)(self._find_operation)
        self._serve: Callable[[AccessToken, Use, Operation], Flow[Response]] = {
            "before_scope": self._consume_before_scope,
            "before_effect": self._consume_before_effect,
            "with_effect": self._consume_with_effect,
            "after_effect": self._consume_after_effect,
        }[config.consume]
        realm = config.realm
        self._refusals: dict[type[Outcome], Response] = {
            Replay: InvalidToken("the token was used before").challenge_response(realm),
            Challenge: InvalidToken("present a fresh token").challenge_response(realm),
            InFlight: Response(409, RETRY_SOON),  # draft-ietf-httpapi-idempotency-key-header 2.7
            Undecided: Response(503, RETRY_SOON),
        }

    def handle(self, request: Request) -> Flow[Response]:
        """Answer a request. Never raises a protocol error: each becomes its challenge."""
        try:
            token, key = self.authenticate(request)
            operation = self._operation(request.method, request.url)
            if operation is None:
                return NOT_FOUND
            idempotency_key = request.header("Idempotency-Key")
            if idempotency_key is not None:
                whose = f"{token.client_id}\n{token.sub}\n{idempotency_key}"
                effect = operation.effect._replace(idempotency_key=whose)
                operation = operation._replace(effect=effect)
            if key is None:
                authorize(token, operation)
                yield operation.effect
                return DONE
            same = _fingerprint(request.method, request.url, request.body)
            use = Use(key, token.expires_at_s + self.config.leeway_s, same)
            return (yield from self._serve(token, use, operation))
        except OAuthError as error:
            return error.challenge_response(self.config.realm)

    def authenticate(self, request: Request) -> Known:
        """Whose token is it, and is it good now? Raises as RFC 6750 3.1 and RFC 9068 4 say."""
        known = self._known(bearer_token(request))
        self._check_lifetime(known.token)
        return known

    def _check_lifetime(self, token: AccessToken) -> None:
        check_lifetime(token, now_s=self._clock(), leeway_s=self.config.leeway_s)

    def _read_token(self, text: str) -> Known:
        config = self.config
        verified = self._verify(text)
        token = read_access_token(verified, issuer=config.issuer, audience=config.identifier)
        if token.confirmation:  # RFC 9449 7.2, RFC 8705 3: bound, and a bearer proves nothing
            raise InvalidToken("the token is bound to a key that was not proven")
        if not (config.use_aware and token.use):
            return Known(token, None)
        if token.use != SINGLE:  # to take a limit for none would widen what was issued
            raise InvalidToken("the use of the token is not understood")
        context = config.identifier if config.one_use_per == "server" else ""
        return Known(token, one_time_key(token.issuer, context, token.jti))

    def _find_operation(self, method: str, url: str) -> Operation | None:
        name = f"{method} {urlsplit(url).path}"
        scope = self.config.operations.get(name)
        return None if scope is None else Operation(scope, Perform(name))

    def _consume_before_scope(
        self, token: AccessToken, use: Use, operation: Operation
    ) -> Flow[Response]:
        outcome = yield from self.strategy.begin(use)
        yield decision(use.key, outcome)
        if not isinstance(outcome, First):
            return self._refusal(outcome)
        try:
            authorize(token, operation)
            self._check_lifetime(token)  # begin took time, and a record may not outlive its token
        except OAuthError:
            if outcome.lease:
                yield from self.strategy.abort(use, outcome.lease)
            raise
        yield operation.effect
        if outcome.lease:
            yield from self.strategy.complete(use, outcome.lease, DONE)
        return DONE

    def _consume_before_effect(
        self, token: AccessToken, use: Use, operation: Operation
    ) -> Flow[Response]:
        authorize(token, operation)
        return self._consume_before_scope(token, use, operation)

    def _consume_with_effect(
        self, token: AccessToken, use: Use, operation: Operation
    ) -> Flow[Response]:
        authorize(token, operation)
        keep_until_s = self.strategy.keep_until_s(use)
        done = yield operation.effect._replace(consume=use.key, keep_until_s=keep_until_s)
        outcome = Replay() if done.consumed_before else First()
        yield decision(use.key, outcome)
        return self._refusal(outcome) if done.consumed_before else DONE

    def _consume_after_effect(
        self, token: AccessToken, use: Use, operation: Operation
    ) -> Flow[Response]:
        authorize(token, operation)
        yield operation.effect
        outcome = yield from self.strategy.begin(use)
        yield decision(use.key, outcome)
        if not isinstance(outcome, First):
            return self._refusal(outcome)
        if outcome.lease:
            yield from self.strategy.complete(use, outcome.lease, DONE)
        return DONE

    def _refusal(self, outcome: Outcome) -> Response:
        return outcome.response if isinstance(outcome, Stored) else self._refusals[type(outcome)]


def bearer_token(request: Request) -> str:
    """The token of the Authorization header field (RFC 6750 2.1), the one way accepted here.

    Raises InvalidRequest when it is malformed, repeated or also sent in another way, and
    Unauthenticated when there is none or the scheme is another one (RFC 6750 3.1).
    """
    field = None
    for name, value in request.headers:
        if name.lower() == "authorization":
            if field is not None:
                raise InvalidRequest("the Authorization header field is repeated")
            field = value
    if field is None:
        raise Unauthenticated
    if _sent_in_parameters(request):
        raise InvalidRequest("the token is sent in two ways")
    scheme, _, rest = field.partition(" ")
    token = rest.strip(" ")
    if scheme.lower() != "bearer":
        raise Unauthenticated
    if not token or " " in token:
        raise InvalidRequest("the credentials are malformed")
    return token


def _sent_in_parameters(request: Request) -> bool:
    parameters = request.query() if "?" in request.url else []
    if request.body and request.is_form():
        parameters += request.form()
    return any(name == "access_token" for name, _ in parameters)


def authorize(token: AccessToken, operation: Operation) -> None:
    """Is the token good for this? Raises InsufficientScope (RFC 6750 3.1)."""
    if operation.scope not in token.scopes:
        raise InsufficientScope("the token lacks the scope", scope=operation.scope)
