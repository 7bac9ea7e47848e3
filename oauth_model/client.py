"""The client: asks for consent, obtains tokens the way its design says, and calls servers.

Rule: a token is opaque here. That a token is for a single use, the client learns from the response
member `use`, never from the token itself (RFC 9068 6). A client that does not know the member must
ignore it (RFC 6749 5.1), and so overwrites its own token.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import quote_plus

from oauth_model.flows import Flow, Send, Unknown
from oauth_model.issuance import DESIGNS, Target
from oauth_model.issuance.base import Pairs
from oauth_model.jose import sha256_b64url
from oauth_model.messages import JSON, Headers, Request, Response, form_post, repeated, with_query
from oauth_model.pkce import S256, challenge_s256
from oauth_model.retry import Answer, CallResult, RetryPolicy, conclude, persist, repeat
from oauth_model.single_use import SINGLE, TOKEN_USE, USE
from oauth_model.wallet import Wallet

#: The authorization server's party name.
AS = "as"
REFUSED = CallResult("refused", None, 0)


@dataclass(frozen=True, slots=True)
class ClientConfig:
    """What a client knows before it starts; public when it has no secret.

    `design`: a name of `issuance.DESIGNS`; `use_aware`: whether it knows the response member `use`;
    `clicks`, `spread_s`: how often an impatient user presents, and uniformly within how long.
    """

    client_id: str
    redirect_uri: str
    targets: tuple[Target, ...]
    secret: str = ""
    issuer: str = "https://as.example.com"
    design: str = "fat"
    use_aware: bool = True
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    clicks: int = 2
    spread_s: float = 0.1


class Pending(NamedTuple):
    """A code that was received and not redeemed yet, with its PKCE verifier."""

    code: str
    verifier: str


class Client:
    """A client and its wallet; `new_id(kind)` gives what must be fresh."""

    def __init__(self, config: ClientConfig, new_id: Callable[[str], str]) -> None:
        self.config = config
        self.wallet = Wallet()
        self.targets = {target.name: target for target in config.targets}
        self._new_id = new_id
        self._design = DESIGNS[config.design]
        self._pending: Pending | None = None
        self._consented = config.targets
        self._token_endpoint = f"{config.issuer}/token"
        self._credentials: Headers = ()
        self._identity: Pairs = [("client_id", config.client_id)]  # RFC 6749 4.1.3: public clients
        if config.secret:
            basic = f"{quote_plus(config.client_id)}:{quote_plus(config.secret)}".encode()
            self._credentials = (("Authorization", f"Basic {b64encode(basic).decode()}"),)
            self._identity = []

    def authorize(self, servers: Sequence[str]) -> Flow[CallResult]:
        """Ask the resource owner for access to these servers; what was held before is dropped.

        Served when a code came back; a response with another `state` or `iss` is refused.
        """
        config = self.config
        targets = tuple(self.targets[name] for name in servers)
        state, verifier = self._new_id("state"), sha256_b64url(self._new_id("verifier"))
        parameters = [
            ("response_type", self._design.response_type),
            ("client_id", config.client_id),
            ("state", state),
            ("redirect_uri", config.redirect_uri),
            *self._design.ask_consent(targets),
            ("code_challenge", challenge_s256(verifier)),
            ("code_challenge_method", S256),
        ]
        request = Request("GET", with_query(f"{config.issuer}/authorize", parameters))
        answer: Answer = yield self._once(request)
        if isinstance(answer, Unknown):
            return conclude(answer, 1)
        code = self._code(answer, state)
        if not code:
            return CallResult("refused", answer, 1)
        self.wallet, self._pending, self._consented = Wallet(), Pending(code, verifier), targets
        return CallResult("served", answer, 1)

    def _code(self, response: Response, state: str) -> str:
        """The code of an authorization response to us (RFC 6749 10.12, RFC 9207 2.4), or ""."""
        location = response.header("Location") or ""
        pairs = Request("GET", location).query()  # what the redirect makes the browser send
        reply = dict(pairs)
        ours = (
            without_query(location) == without_query(self.config.redirect_uri)
            and not repeated(pairs)
            and "error" not in reply
            and reply.get("state") == state
            and reply.get("iss") == self.config.issuer
        )
        return reply.get("code", "") if ours else ""

    def obtain(self, server: str) -> Flow[CallResult]:
        """Get an access token for this server: by code, then by refresh; nothing when one is held.

        One attempt: both may consume what they send, and then a repetition is a replay.
        """
        target = self.targets[server]
        if self._pending:
            pending, self._pending = self._pending, None  # a code must not be sent twice
            parameters = [
                ("grant_type", self._design.code_grant_type),
                ("code", pending.code),
                ("redirect_uri", self.config.redirect_uri),
                *self._design.ask_token(target),
                ("code_verifier", pending.verifier),
            ]
        elif self.wallet.token(server):
            return CallResult("served", None, 0)
        elif self.wallet.refresh_token:
            parameters = [*self._refresh(), *self._design.ask_token(target)]
        else:
            return REFUSED
        answer: Answer = yield self._once(self._token_request(parameters))
        return (yield from self._accept(server, conclude(answer, 1)))

    def single_use(self, server: str, scope: str) -> Flow[CallResult]:
        """Get a single-use token for this server, silently, by refresh.

        Repeated as the policy says: such a request consumes nothing. Refused when an aware client
        gets another token: an AS that does not know the parameter ignores it (RFC 6749 3.2).
        """
        request = self._token_request([*self._refresh(), ("scope", scope), (TOKEN_USE, SINGLE)])
        result = yield from repeat(self.config.retry, self._once(request))
        return (yield from self._accept(server, result, asked=SINGLE))

    def call(self, server: str, operation: str, body: str = "") -> Flow[CallResult]:
        """Call an operation ("GET /mail") with the token held, repeated as the policy says."""
        policy, token = self.config.retry, self.wallet.token(server)
        if not token:
            return REFUSED
        request = self._call_request(server, operation, body, token, ())
        return (yield from repeat(policy, policy.send(server, request)))

    def call_once(self, server: str, operation: str, body: str = "") -> Flow[CallResult]:
        """Call an operation with a single-use token, swapped in for this call and out afterwards.

        Without a token nothing was presented: then the call is refused, not unknown.
        """
        policy, scope = self.config.retry, self.targets[server].scope
        fresh_each_time = policy.retry_with != "same_token"
        extra, token = self._idempotency(), ""

        def attempt(retry: int) -> Flow[Answer | None]:
            nonlocal token
            if not retry or fresh_each_time:
                obtained = yield from self.single_use(server, scope)
                if obtained.kind != "served":
                    return None
                token = self.wallet.token(server)
            request = self._call_request(server, operation, body, token, extra)
            answer: Answer = yield policy.send(server, request)
            return answer

        result = yield from persist(policy, attempt)
        if self.wallet.swapped(server):
            yield self.wallet.restore(server)
        return result

    def _accept(self, server: str, result: CallResult, asked: str = "") -> Flow[CallResult]:
        """Put what a token response brought where it belongs."""
        if result.kind != "served" or result.response is None:
            return result
        members = result.response.json()
        token = members.get("access_token")
        if not token or str(members.get("token_type")).lower() != "bearer":  # RFC 6749 7.1
            return result._replace(kind="refused")
        single = members.get(USE) == SINGLE
        if asked and not single and self.config.use_aware:
            return result._replace(kind="refused")
        if single and self.config.use_aware:
            yield self.wallet.swap_in(server, token)
            return result
        put = self.wallet.overwrite if single else self.wallet.store
        for name in self._design.good_for(self.targets[server], self._consented):
            yield put(name, token)
        self.wallet.refresh_token = members.get("refresh_token", self.wallet.refresh_token)
        return result

    def _idempotency(self) -> Headers:
        """The header field that ties the attempts of one call together, if the policy has one."""
        if self.config.retry.retry_with != "fresh_token_same_idempotency_key":
            return ()
        # draft-ietf-httpapi-idempotency-key-header 2.1: a string of structured fields.
        return (("Idempotency-Key", f'"{self._new_id("idempotency_key")}"'),)

    def _refresh(self) -> Pairs:
        return [("grant_type", "refresh_token"), ("refresh_token", self.wallet.refresh_token)]

    def _token_request(self, parameters: Pairs) -> Request:
        return form_post(self._token_endpoint, [*parameters, *self._identity], self._credentials)

    def _once(self, request: Request) -> Send:
        return Send(AS, request, self.config.retry.timeout_s)

    def _call_request(
        self, server: str, operation: str, body: str, token: str, extra: Headers
    ) -> Request:
        method, _, path = operation.partition(" ")
        headers: Headers = (("Authorization", f"Bearer {token}"), *extra)
        if body:
            headers = (*headers, ("Content-Type", JSON))
        return Request(method, f"{self.targets[server].identifier}{path}", headers, body)


def without_query(url: str) -> str:
    """All of a URI that stands before its query component."""
    return url.partition("?")[0]
