"""The client: asks for consent, obtains tokens the way its design says, and calls servers.

Rule: a token is opaque here. That a token is for a single use, the client learns from the response
member `use`, never from the token itself (RFC 9068 6). A client that does not know the member must
ignore it (RFC 6749 5.1), and so overwrites its own token.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self

from oauth_model.client_requests import (
    Party,
    authorization_pairs,
    authorization_request,
    basic,
    call_request,
    post_to,
    public,
)
from oauth_model.flows import Flow, Send, Unknown
from oauth_model.issuance import DESIGNS, Target
from oauth_model.jose import sha256_b64url
from oauth_model.messages import Headers, Request, Response, repeated
from oauth_model.parameters import Pairs
from oauth_model.provers import BEARER, Prover
from oauth_model.retry import Answer, CallResult, RetryPolicy, conclude, persist
from oauth_model.single_use import SINGLE, TOKEN_USE, USE
from oauth_model.wallet import Wallet

#: The authorization server's party name.
AS = "as"
REFUSED = CallResult("refused", None, 0)


@dataclass(frozen=True, slots=True)
class ClientConfig:
    """What a client knows before it starts; public when it has no secret.

    `design`: a name of `issuance.DESIGNS`; `use_aware`: whether it knows the response member `use`;
    `clicks`, `spread_s`: how often an impatient user presents, and uniformly within how long;
    `architecture`: a name of `architectures.ARCHITECTURES`. `on_refused`: a name of
    `refresh_stories.ON_REFUSED`. `interrupted_after_s`, `sleep_s`: how long a client that is
    interrupted listens to the answer, and how long it then sleeps.
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
    architecture: str = "bff"
    on_refused: str = "give_up"
    interrupted_after_s: float = 0.05
    sleep_s: float = 0.0


class Pending(NamedTuple):
    """A code that was received and not redeemed yet, with its PKCE verifier."""

    code: str
    verifier: str


class Client:
    """A client and its wallet; `new_id(kind)` gives what must be fresh."""

    def __init__(
        self, config: ClientConfig, new_id: Callable[[str], str], prover: Prover = BEARER
    ) -> None:
        self.config = config
        self.wallet = Wallet()
        self.targets = {target.name: target for target in config.targets}
        self.prover = prover
        client_id, secret = config.client_id, config.secret
        authenticate = basic(client_id, secret) if secret else public(client_id)
        self.party = Party(client_id, config.redirect_uri, config.issuer, authenticate)
        self.new_id = new_id
        self._design = DESIGNS[config.design]
        self.pending: Pending | None = None
        self._consented = config.targets

    def with_wallet(self, wallet: Wallet) -> Self:
        """The same client with another wallet: all else is shared."""
        other = object.__new__(type(self))  # what `copy` comes to, without asking how
        other.__dict__ = vars(self).copy()
        other.wallet = wallet
        return other

    @property
    def signed_in(self) -> bool:
        """Whether tokens can be had without the user."""
        return bool(self.wallet.refresh_token)

    def authorize(self, servers: Sequence[str], more: Pairs | None = None) -> Flow[CallResult]:
        """Ask the resource owner for access to these servers; what was held before is dropped.

        `more`: further parameters, such as those of a step-up (RFC 9470 4). Served when a code came
        back; a response with another `state` or `iss` is refused.
        """
        targets = tuple(self.targets[name] for name in servers)
        state, verifier = self.new_id("state"), sha256_b64url(self.new_id("verifier"))
        asked = [*self._design.ask_consent(targets), *(more or ())]
        pairs = authorization_pairs(self.party, self._design.response_type, state, verifier, asked)
        answer: Answer = yield self.once(authorization_request(self.party, pairs))
        if isinstance(answer, Unknown):
            return conclude(answer, 1)
        code = self._code(answer, state)
        if not code:
            return CallResult("refused", answer, 1)
        self.wallet, self.pending, self._consented = Wallet(), Pending(code, verifier), targets
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

    def obtain(self, server: str, asked: str = "") -> Flow[CallResult]:
        """Get an access token for this server: by code, then by refresh; nothing when one is held.

        `asked`: "single" when consent was asked for a single use, and then nothing else will do.
        One attempt: both may consume what they send, and then a repetition is a replay.
        """
        target = self.targets[server]
        if self.pending:
            pairs = self.redemption(self._design.ask_token(target))
        elif self.wallet.token(server):
            return CallResult("served", None, 0)
        elif self.wallet.refresh_token:
            pairs = [*self.refresh(), *self._design.ask_token(target)]
        else:
            return REFUSED
        answer = yield from self.ask_token(pairs)
        return (yield from self.accept(server, conclude(answer, 1), asked))

    def redemption(self, asked: Pairs) -> Pairs:
        """The parameters that redeem the pending code for `asked`; it is pending no more.

        It must not be sent twice (RFC 6749 4.1.2). Raises RuntimeError when no code is pending.
        """
        pending, self.pending = self.pending, None
        if pending is None:
            raise RuntimeError("no code is pending")
        return [
            ("grant_type", self._design.code_grant_type),
            ("code", pending.code),
            ("redirect_uri", self.config.redirect_uri),
            *asked,
            ("code_verifier", pending.verifier),
        ]

    def single_use(self, server: str, scope: str) -> Flow[CallResult]:
        """Get a single-use token for this server, silently, by refresh.

        Repeated as the policy says: such a request consumes nothing. Refused when an aware client
        gets another token: an AS that does not know the parameter ignores it (RFC 6749 3.2).
        """
        asked = self._design.ask_single_use(self.targets[server], scope)
        pairs = [*self.refresh(), *asked, (TOKEN_USE, SINGLE)]
        result = yield from persist(self.config.retry, lambda retry: self.ask_token(pairs))
        return (yield from self.accept(server, result, asked=SINGLE))

    def call(self, server: str, operation: str, body: str = "") -> Flow[CallResult]:
        """Call an operation ("GET /mail") with the token held, repeated as the policy says."""
        token = self.wallet.token(server)
        if not token:
            return REFUSED
        return (
            yield from persist(
                self.config.retry, lambda retry: self.present(server, operation, body, token)
            )
        )

    def present(
        self, server: str, operation: str, body: str, token: str, extra: Headers = ()
    ) -> Flow[Answer]:
        """One presentation of a token, with a fresh proof; twice when the server wants another."""
        target, authorization = self.targets[server], f"{self.prover.scheme} {token}"
        request = call_request(target, operation, body, authorization, extra)
        to = target.party or server
        return self._proven(request, token, lambda proven: self.config.retry.send(to, proven))

    def ask_token(self, pairs: Pairs) -> Flow[Answer]:
        """One token request, with proof of the key that the token is to be bound to.

        A refresh token that comes is kept, whatever becomes of the access token beside it: the one
        that was sent may be dead by now (RFC 6749 6). One that is called invalid is given up (5.2).
        """
        wallet = self.wallet
        answer = yield from self.ask(post_to(self.party, "/token", pairs))
        members = answer.json() if isinstance(answer, Response) else {}
        held, successor = wallet.refresh_token, members.get("refresh_token")
        if members.get("error") == "invalid_grant" and held and ("refresh_token", held) in pairs:
            yield wallet.give_up()
        elif isinstance(successor, str) and conclude(answer, 1).kind == "served":
            wallet.refresh_token = successor or held
        return answer

    def ask(self, request: Request) -> Flow[Answer]:
        """One request to the AS, with a fresh proof; twice when the AS wants another."""
        return self._proven(request, "", self.once)

    def once(self, request: Request) -> Send:
        """One request to the AS, never hedged."""
        return Send(AS, request, self.config.retry.timeout_s)

    def _proven(
        self, request: Request, token: str, send: Callable[[Request], Send]
    ) -> Flow[Answer]:
        answer: Answer = yield send(self.prover.prove(request, token))
        if isinstance(answer, Response) and self.prover.learn(request, answer):
            answer = yield send(self.prover.prove(request, token))
        return answer

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
            return (yield from self.present(server, operation, body, token, extra))

        result = yield from persist(policy, attempt)
        if self.wallet.swapped(server):
            yield self.wallet.restore(server)
        return result

    def accept(self, server: str, result: CallResult, asked: str = "") -> Flow[CallResult]:
        """Put the access token of a response where it belongs; refused when it is not as asked."""
        if result.kind != "served" or result.response is None:
            return result
        members, target = result.response.json(), self.targets[server]
        if not (self.usable(members) and self._design.trusts(members, target)):
            return result._replace(kind="refused")
        token: str = members["access_token"]
        single = members.get(USE) == SINGLE
        if asked and not single and self.config.use_aware:
            return result._replace(kind="refused")
        if single and self.config.use_aware:
            yield self.wallet.swap_in(server, token)
            return result
        put = self.wallet.overwrite if single else self.wallet.store
        for name in self._design.good_for(target, self._consented):
            yield put(name, token)
        return result

    def usable(self, members: Mapping[str, Any]) -> bool:
        """Whether a token response has a token of the type that we can present (RFC 6749 7.1)."""
        scheme = str(members.get("token_type")).lower()
        return bool(members.get("access_token")) and scheme == self.prover.scheme.lower()

    def _idempotency(self) -> Headers:
        """The header field that ties the attempts of one call together, if the policy has one."""
        if self.config.retry.retry_with != "fresh_token_same_idempotency_key":
            return ()
        # draft-ietf-httpapi-idempotency-key-header 2.1: a string of structured fields.
        return (("Idempotency-Key", f'"{self.new_id("idempotency_key")}"'),)

    def refresh(self) -> Pairs:
        """The parameters that every refresh request begins with (RFC 6749 6)."""
        return [("grant_type", "refresh_token"), ("refresh_token", self.wallet.refresh_token)]


def without_query(url: str) -> str:
    """All of a URI that stands before its query component."""
    return url.partition("?")[0]
