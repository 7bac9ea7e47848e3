"""The protected resource: one request in, one response out; it knows nothing of networks.

The order of its checks is its law: request (400), credentials, signature and claims, proof of the
key that the token is bound to (401), operation (404), scope (403), strength of the sign-in,
authorization details (401), then the one use, then the effect. Where the use is consumed is a dial,
because that is the dispute: too early and a 403 burns the token, too late and the effect happens
twice.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from urllib.parse import urlsplit

from oauth_model.acceptance import Acceptance
from oauth_model.claims import AccessToken
from oauth_model.confirmation import Confirmations
from oauth_model.credentials import Credentials, credentials
from oauth_model.dpop import Proof
from oauth_model.errors import InvalidToken, OAuthError, UseDPoPNonce
from oauth_model.flows import Flow, Perform
from oauth_model.hearing import Hearing
from oauth_model.jose import REMEMBERED, Verified, fingerprint
from oauth_model.messages import Request, Response
from oauth_model.one_use import DONE, Call, OneUse
from oauth_model.permission import Operation, Permission
from oauth_model.rar import Need
from oauth_model.rar_challenges import Challenger
from oauth_model.resource_answers import (
    UNAVAILABLE,
    Unavailable,
    metadata,
    metadata_path,
    metadata_url,
    offer_proofs,
    refusal,
)
from oauth_model.resource_config import ResourceServerConfig
from oauth_model.revocation_events import REVOKED_PATH
from oauth_model.strategies import Strategy, Use

__all__ = ["ResourceServer", "ResourceServerConfig"]

#: A request that comes again is the rule here, not the exception.
_fingerprint = lru_cache(maxsize=REMEMBERED)(fingerprint)

NOT_FOUND = Response(404)


class ResourceServer:
    """One replica of a resource server; `clock` gives the seconds of its own clock.

    `read` gives what a token says (`issuance.writing.token_reader`). Without `confirmations` every
    token that is bound to a key is refused; without a `challenger` no challenge is signed; without
    `hearing` nobody can tell it that a token was revoked.
    """

    def __init__(
        self,
        config: ResourceServerConfig,
        read: Callable[[str], Verified],
        strategy: Strategy,
        clock: Callable[[], float],
        confirmations: Confirmations | None = None,
        challenger: Challenger | None = None,
        hearing: Hearing | None = None,
    ) -> None:
        self.config = config
        self.strategy = strategy
        self.acceptance = Acceptance(config, read, clock, hearing)
        self._clock = clock
        self._confirmations = confirmations
        self._permission = Permission(config.rar_challenge, challenger)
        self._one_use = OneUse(config.consume, strategy)
        self._operations = _operations(config)
        self._pages = self._open_pages(hearing)
        self._about = (
            {"resource_metadata": metadata_url(config.identifier)} if config.advertised else {}
        )

    def handle(self, request: Request) -> Flow[Response]:
        """Answer a request. Never raises a protocol error: each becomes its challenge."""
        name = f"{request.method} {urlsplit(request.url).path}"
        page = self._pages.get(name)
        if page is not None:
            return page(request)
        scheme = ""
        try:
            sent = credentials(request)
            scheme = sent.scheme
            known = self.acceptance.read(sent.token)
            token, key = known or (yield from self.acceptance.ask(sent.token))
            proof = self._proof(request, sent, token)
            operation = self._operations.get(name)
            if operation is None:
                return NOT_FOUND
            permit = self._permit(request, token, proof, operation)
            effect = _idempotent(operation.effect, request, token)
            if key is None:
                yield from permit
                yield effect
                return DONE
            same = _fingerprint(request.method, request.url, request.body)
            use = Use(key, token.expires_at_s + self.config.leeway_s, same)
            still_good = partial(self.acceptance.check_now, token)
            return (yield from self._one_use.serve(Call(use, effect, permit, still_good)))
        except Unavailable:
            return UNAVAILABLE
        except OAuthError as error:
            return self._refused(error, scheme)

    def _open_pages(self, hearing: Hearing | None) -> dict[str, Callable[[Request], Response]]:
        """What anybody may ask for or say without a token: "METHOD /path" → the answer."""
        config, proofs = self.config, self._confirmations is not None
        scopes = frozenset(config.operations.values())
        said = metadata(config.identifier, config.issuer, scopes, proofs=proofs)
        pages = {f"GET {metadata_path(config.identifier)}": lambda request: said}
        if hearing is not None:
            path = urlsplit(f"{config.identifier}{REVOKED_PATH}").path
            pages[f"POST {path}"] = lambda request: hearing.told(request, self._clock())
        return pages

    def _proof(self, request: Request, sent: Credentials, token: AccessToken) -> Proof | None:
        """What a bound token needs beside it; raises as `Confirmations.check` does."""
        if not token.confirmation and sent.scheme == "bearer":
            return None
        if self._confirmations is None:  # RFC 9449 7.2, RFC 8705 3: a bearer proves nothing
            raise InvalidToken("the token is bound to a key that was not proven")
        return self._confirmations.check(request, sent, token, self._clock())

    def _permit(
        self, request: Request, token: AccessToken, proof: Proof | None, operation: Operation
    ) -> Flow[None]:
        """Is the token good for this, and its proof for the first time? Raises an OAuthError."""
        self._permission.check(token, operation, request, self._clock())
        if proof is not None and self._confirmations is not None:
            yield from self._confirmations.use_up(token.client_id, proof)
            self.acceptance.check_now(token)  # to ask took time

    def _refused(self, error: OAuthError, scheme: str) -> Response:
        response = refusal(error, self.config.realm, scheme, self._about)
        confirmations = self._confirmations
        if confirmations is None:
            return response
        if not scheme:
            return offer_proofs(response)
        if isinstance(error, UseDPoPNonce) and confirmations.nonces is not None:
            nonce = confirmations.nonces.headers(self._clock())
            return response._replace(headers=(*response.headers, *nonce))
        return response


def _operations(config: ResourceServerConfig) -> dict[str, Operation]:
    """What is offered, as requests name it: its paths are below that of the identifier."""
    above = urlsplit(config.identifier).path.rstrip("/")
    parts = ((name.partition(" "), _operation(config, name)) for name in config.operations)
    return {f"{method} {above}{path}": operation for (method, _, path), operation in parts}


def _operation(config: ResourceServerConfig, name: str) -> Operation:
    """What the operation of this name needs, and its effect."""
    scope = config.operations[name]
    same_as_scope = Need("access", actions=(scope,), locations=(config.identifier,))
    need, exact = config.needs.get(name, same_as_scope), name in config.needs
    return Operation(scope, Perform(name), need, exact, config.sign_ins.get(name))


def _idempotent(effect: Perform, request: Request, token: AccessToken) -> Perform:
    """The effect under the idempotency key of the request, which is its sender's alone."""
    idempotency_key = request.header("Idempotency-Key")
    if idempotency_key is None:
        return effect
    return effect._replace(idempotency_key=f"{token.client_id}\n{token.sub}\n{idempotency_key}")
