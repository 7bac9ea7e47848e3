"""The protected resource: one request in, one response out; it knows nothing of networks.

The order of its checks is its law: request (400), credentials, signature and claims, proof of the
key that the token is bound to (401), operation (404), scope (403), strength of the sign-in,
authorization details (401), then the one use, then the effect. Where the use is consumed is a dial,
because that is the dispute: too early and a 403 burns the token, too late and the effect happens
twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import NamedTuple
from urllib.parse import urlsplit

from oauth_model.acceptance import Acceptance, Introspection, Unavailable
from oauth_model.claims import AccessToken
from oauth_model.confirmation import Confirmations
from oauth_model.credentials import Credentials, credentials
from oauth_model.dpop import Proof
from oauth_model.errors import InvalidToken, OAuthError, Unauthenticated, UseDPoPNonce
from oauth_model.flows import Flow, Perform
from oauth_model.jose import REMEMBERED, Verified, fingerprint
from oauth_model.messages import Request, Response
from oauth_model.one_use import CONSUME, DONE, UNAVAILABLE, OneUse
from oauth_model.permission import Operation, Permission, SignIn
from oauth_model.rar import Need
from oauth_model.rar_challenges import RAR_CHALLENGES, Challenger
from oauth_model.resource_answers import metadata, metadata_path, offer_proofs, refusal
from oauth_model.single_use import ONE_USE_PER
from oauth_model.strategies import First, InFlight, Strategy, Undecided, Use

#: A request that comes again is the rule here, not the exception.
_fingerprint = lru_cache(maxsize=REMEMBERED)(fingerprint)

NOT_FOUND = Response(404)


@dataclass(frozen=True, slots=True)
class ResourceServerConfig:
    """What the replicas of one resource server share. Raises ValueError for an unknown setting.

    `identifier` is the URI that must stand in `aud` (RFC 8707 2); `operations` maps
    `"METHOD /path"` to the scope it needs; `needs` to the authorization details it needs besides or
    instead (RFC 9396 9), `sign_ins` to how the user must have signed in (RFC 9470 3). A server that
    is not `use_aware` knows no claim `use` and ignores it (RFC 7519 4). With `introspection` it
    asks about every token. `rar_challenge` as in `rar_challenges.RAR_CHALLENGES`. With `advertised`
    its challenges say where its metadata is (RFC 9728 5.1).
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
    needs: Mapping[str, Need] = field(default_factory=dict)
    sign_ins: Mapping[str, SignIn] = field(default_factory=dict)
    rar_challenge: str = "off"
    introspection: Introspection | None = None
    advertised: bool = False

    def __post_init__(self) -> None:
        for name, allowed in (
            ("consume", CONSUME),
            ("one_use_per", ONE_USE_PER),
            ("rar_challenge", RAR_CHALLENGES),
        ):
            value = getattr(self, name)
            if value not in allowed:
                raise ValueError(f"{name} is {value!r}; allowed: {', '.join(allowed)}")


class Presented(NamedTuple):
    """A request whose token is good: what it stands for, and the proof that came with it."""

    request: Request
    token: AccessToken
    proof: Proof | None


class ResourceServer:
    """One replica of a resource server; `clock` gives the seconds of its own clock.

    `read` gives what a token says (`issuance.writing.token_reader`). Without `confirmations` every
    token that is bound to a key is refused; without a `challenger` no challenge is signed.
    """

    def __init__(
        self,
        config: ResourceServerConfig,
        read: Callable[[str], Verified],
        strategy: Strategy,
        clock: Callable[[], float],
        confirmations: Confirmations | None = None,
        challenger: Challenger | None = None,
    ) -> None:
        self.config = config
        self.strategy = strategy
        self.acceptance = Acceptance(
            config.issuer,
            config.identifier,
            read,
            clock,
            leeway_s=config.leeway_s,
            use_aware=config.use_aware,
            one_use_per=config.one_use_per,
            introspection=config.introspection,
        )
        self._clock = clock
        self._confirmations = confirmations
        self._permission = Permission(config.rar_challenge, challenger)
        self._operation = lru_cache(maxsize=REMEMBERED)(self._find_operation)
        self._one_use = OneUse(config.consume, strategy, config.realm)
        metadata_at = metadata_path(config.identifier)
        host = config.identifier.removesuffix(urlsplit(config.identifier).path)
        self._about = {"resource_metadata": f"{host}{metadata_at}"} if config.advertised else {}
        self._metadata_at = metadata_at

    def handle(self, request: Request) -> Flow[Response]:
        """Answer a request. Never raises a protocol error: each becomes its challenge."""
        scheme = "bearer"
        try:
            if request.method == "GET" and urlsplit(request.url).path == self._metadata_at:
                return self._metadata()
            sent = credentials(request)
            scheme = sent.scheme
            token, key = yield from self.acceptance.accept(sent.token)
            presented = Presented(request, token, self._proof(request, sent, token))
            operation = self._operation(request.method, request.url)
            if operation is None:
                return NOT_FOUND
            permit = partial(self._permit, presented, operation)
            effect = _idempotent(operation.effect, request, token)
            if key is None:
                yield from permit()
                yield effect
                return DONE
            same = _fingerprint(request.method, request.url, request.body)
            use = Use(key, token.expires_at_s + self.config.leeway_s, same)
            still_good = partial(self.acceptance.check_now, token)
            return (yield from self._one_use.serve(use, effect, permit, still_good))
        except Unavailable:
            return UNAVAILABLE
        except OAuthError as error:
            return self._refused(error, scheme)

    def _metadata(self) -> Response:
        config, proofs = self.config, self._confirmations is not None
        scopes = set(config.operations.values())
        return metadata(config.identifier, config.issuer, scopes, proofs=proofs)

    def _proof(self, request: Request, sent: Credentials, token: AccessToken) -> Proof | None:
        """What a bound token needs beside it; raises as `Confirmations.check` does."""
        if not token.confirmation and sent.scheme == "bearer":
            return None
        if self._confirmations is None:  # RFC 9449 7.2, RFC 8705 3: a bearer proves nothing
            raise InvalidToken("the token is bound to a key that was not proven")
        return self._confirmations.check(request, sent, token, self._clock())

    def _permit(self, presented: Presented, operation: Operation) -> Flow[None]:
        """Is the token good for this, and its proof for the first time? Raises an OAuthError."""
        request, token, proof = presented
        self._permission.check(token, operation, request, self._clock())
        if proof is not None and self._confirmations is not None:
            outcome = yield from self._confirmations.consume(token.client_id, proof)
            if isinstance(outcome, Undecided | InFlight):
                raise Unavailable
            if not isinstance(outcome, First):
                raise InvalidToken("the proof was used before")
            self.acceptance.check_now(token)

    def _find_operation(self, method: str, url: str) -> Operation | None:
        name, config = f"{method} {urlsplit(url).path}", self.config
        scope = config.operations.get(name)
        if scope is None:
            return None
        same_as_scope = Need("access", actions=(scope,), locations=(config.identifier,))
        need = config.needs.get(name, same_as_scope)
        exact = name in config.needs
        return Operation(scope, Perform(name), need, exact, config.sign_ins.get(name))

    def _refused(self, error: OAuthError, scheme: str) -> Response:
        more = self._about if error.status == 401 else {}
        response = refusal(error, self.config.realm, scheme, more)
        confirmations = self._confirmations
        if confirmations is None:
            return response
        if isinstance(error, Unauthenticated):
            return offer_proofs(response)
        if isinstance(error, UseDPoPNonce) and confirmations.nonces is not None:
            nonce = confirmations.nonces.headers(self._clock())
            return response._replace(headers=(*response.headers, *nonce))
        return response


def _idempotent(effect: Perform, request: Request, token: AccessToken) -> Perform:
    """The effect under the idempotency key of the request, which is its sender's alone."""
    idempotency_key = request.header("Idempotency-Key")
    if idempotency_key is None:
        return effect
    return effect._replace(idempotency_key=f"{token.client_id}\n{token.sub}\n{idempotency_key}")
