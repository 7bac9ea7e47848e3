"""A client of GNAP: one request for all tokens, and one answer with all of them (RFC 9635).

Rule: what the AS calls a token's label is what we called it, the server's name, and a token without
a label that we asked for is dropped. There is no refresh token: `obtain` asks for another token
under the same grant (5.3), as long as the AS says how to continue, and `rotate` gets a token
another value (6.1).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from oauth_model.client import REFUSED, Client, ClientConfig, without_query
from oauth_model.flows import Flow, Unknown
from oauth_model.gnap.hashes import interaction_hash
from oauth_model.issuance.gnap import Gnap
from oauth_model.messages import JSON, Headers, Request, Response, repeated
from oauth_model.parameters import Pairs
from oauth_model.provers import BEARER, Bearer, Prover
from oauth_model.retry import Answer, CallResult, conclude, persist
from oauth_model.single_use import SINGLE, TOKEN_USE, USE
from oauth_model.wallet import Wallet


class Access(NamedTuple):
    """One of the AS's own tokens, and the URI that it is for (3.1, 3.2.1); falsy for none."""

    uri: str
    token: str

    @classmethod
    def of(cls, members: Any) -> Access | None:
        """What a field `continue` or `manage` says, None when it says nothing usable."""
        held = members if isinstance(members, dict) else {}
        token = held.get("access_token")
        value = token.get("value") if isinstance(token, dict) else None
        uri = held.get("uri")
        return cls(uri, value) if isinstance(uri, str) and isinstance(value, str) else None


class Start(NamedTuple):
    """Where the user is sent, and the nonce of the AS (3.3.1, 3.3.5)."""

    uri: str
    nonce: str


@dataclass(slots=True)
class Hold:
    """What can be done with a grant now: go on with it, and manage tokens, by their servers.

    Copies of a client share it, for every use changes it, until one of them authorizes anew.
    """

    continuation: Access | None = None
    managed: Mapping[str, Access] = field(default_factory=dict)


class GnapClient(Client):
    """Negotiates a grant; `hold` is what it may do with it now."""

    def __init__(
        self, config: ClientConfig, new_id: Callable[[str], str], prover: Prover = BEARER
    ) -> None:
        super().__init__(config, new_id, prover)
        self.hold = Hold()
        self._interact_ref = ""
        self._gnap = Gnap()
        self._bearer = type(prover) is Bearer

    @property
    def signed_in(self) -> bool:
        """Whether the grant can be continued."""
        return self.hold.continuation is not None

    def authorize(self, servers: Sequence[str], more: Pairs | None = None) -> Flow[CallResult]:
        """Request a token for each server (2) and send the user to the AS (3.3.1).

        `more`: the `token_use` of the tokens, and hints about the interaction (2.5.3), such as the
        `acr_values` of a step-up. Served when the user came back with a reference whose hash is
        right (4.2.3).
        """
        nonce, endpoint = self.new_id("nonce"), f"{self.config.issuer}/tx"
        _, credentials = self.party.authenticate(endpoint)
        body = self._grant_request(servers, nonce, dict(more or ()))
        answer = yield from self.ask(_json_request("POST", endpoint, body, credentials))
        pending = conclude(answer, 1)
        members = pending.response.json() if pending.response else {}
        onward, start = Access.of(members.get("continue")), _interact_of(members)
        if pending.kind != "served" or onward is None or start is None:
            return pending if pending.kind != "served" else pending._replace(kind="refused")
        answer = yield self.once(Request("GET", start.uri))
        if isinstance(answer, Unknown):
            return conclude(answer, 2)
        reference = self._reference(answer, nonce, start.nonce)
        if not reference:
            return CallResult("refused", answer, 2)
        self.wallet, self.hold, self._interact_ref = Wallet(), Hold(onward), reference
        return CallResult("served", answer, 2)

    def _grant_request(
        self, servers: Sequence[str], nonce: str, more: dict[str, str]
    ) -> dict[str, Any]:
        use = {name: more[name] for name in more if name == TOKEN_USE}
        hints = {name: more[name] for name in more if name != TOKEN_USE}
        targets = [self.targets[name] for name in servers]
        finish = {"method": "redirect", "uri": self.config.redirect_uri, "nonce": nonce}
        interact = {"start": ["redirect"], "finish": finish}
        return {
            "access_token": [self._flagged(each | use) for each in self._gnap.ask_tokens(targets)],
            "client": self.config.client_id,
            "interact": interact | ({"hints": hints} if hints else {}),
        }

    def _reference(self, answer: Response, nonce: str, other: str) -> str:
        """The interaction reference that the browser brings (4.2.1), "" if its hash is wrong."""
        location = answer.header("Location") or ""
        pairs = Request("GET", location).query()
        reply = dict(pairs)
        reference = reply.get("interact_ref", "")
        ours = without_query(location) == without_query(self.config.redirect_uri)
        tie = interaction_hash(nonce, other, reference, f"{self.config.issuer}/tx")
        return reference if ours and not repeated(pairs) and reply.get("hash") == tie else ""

    def obtain(self, server: str, asked: str = "") -> Flow[CallResult]:
        """Get an access token for this server, and with it all others that were asked for.

        `asked`: "single" when consent was asked for a single use, and then nothing else will do.
        One attempt: it uses up what it sends.
        """
        reference, self._interact_ref = self._interact_ref, ""
        if reference:
            answer = yield from self._continue("POST", {"interact_ref": reference})
        elif self.wallet.token(server):
            return CallResult("served", None, 0)
        else:
            target = self.targets[server]
            one = self._flagged(self._gnap.ask_one(target, target.scope))
            answer = yield from self._continue("PATCH", {"access_token": [one]})
        return (yield from self._fill(server, conclude(answer, int(answer is not None)), asked))

    def single_use(self, server: str, scope: str) -> Flow[CallResult]:
        """Get a single-use token for this server, silently, under the same grant.

        Repeated as the policy says: such a request consumes nothing (ours).
        """
        asked = self._flagged(self._gnap.ask_one(self.targets[server], scope))
        body = {"access_token": [asked | {TOKEN_USE: SINGLE}]}
        result = yield from persist(self.config.retry, lambda retry: self._continue("PATCH", body))
        return (yield from self._fill(server, result, asked=SINGLE))

    def rotate(self, server: str) -> Flow[CallResult]:
        """Get the access token of this server another value (6.1), in one attempt."""
        managed = self.hold.managed.get(server)
        if managed is None:
            return REFUSED
        answer = yield from self._with(managed, "POST", None)
        return (yield from self._fill(server, conclude(answer, 1)))

    def _continue(self, method: str, body: Mapping[str, Any]) -> Flow[Answer | None]:
        """A continuation request (5), None when there is nothing to continue.

        How to go on is kept whatever becomes of the tokens beside it; a success that does not say
        it is the end (3.1).
        """
        hold = self.hold
        if hold.continuation is None:
            return None
        answer = yield from self._with(hold.continuation, method, body)
        if isinstance(answer, Response):
            members = answer.json()
            if "continue" in members or conclude(answer, 1).kind == "served":
                hold.continuation = Access.of(members.get("continue"))
        return answer

    def _with(self, access: Access, method: str, body: Mapping[str, Any] | None) -> Flow[Answer]:
        """A request with one of the AS's own tokens (7.2)."""
        credentials: Headers = (("Authorization", f"GNAP {access.token}"),)
        return self.ask(_json_request(method, access.uri, body, credentials))

    def _fill(self, server: str, result: CallResult, asked: str = "") -> Flow[CallResult]:
        """Put what a response brought where it belongs; refused when it is not what was asked."""
        if result.kind != "served" or result.response is None:
            return result
        members = result.response.json()
        tokens = [token for token in _tokens_of(members) if self._usable(token, asked)]
        for token in tokens:
            yield from self._keep(token["label"], token)
        came = server in (token["label"] for token in tokens)
        return result if came else result._replace(kind="refused")

    def _keep(self, server: str, token: Mapping[str, Any]) -> Flow[None]:
        single, value = token.get(USE) == SINGLE, token["value"]
        if single and self.config.use_aware:
            yield self.wallet.swap_in(server, value)
            return
        yield (self.wallet.overwrite if single else self.wallet.store)(server, value)
        managed = Access.of(token.get("manage"))
        others = {name: held for name, held in self.hold.managed.items() if name != server}
        self.hold.managed = others | ({server: managed} if managed else {})

    def _usable(self, token: Mapping[str, Any], asked: str) -> bool:
        """Whether we can present this token, know for what, and for how often (3.2.1).

        With the flag `bearer` and a `key` it is a contradiction, which MUST be rejected; with a key
        that is not ours we cannot prove anything.
        """
        label, flags = token.get("label"), token.get("flags", [])
        bearer = isinstance(flags, list) and "bearer" in flags
        known = isinstance(label, str) and label in self.targets
        presentable = bearer == self._bearer and "key" not in token
        as_asked = not (asked and self.config.use_aware) or token.get(USE) == asked
        return known and presentable and as_asked and isinstance(token.get("value"), str)

    def _flagged(self, asked: dict[str, Any]) -> dict[str, Any]:
        """A token for its bearer, unless we prove a key (2.1.1)."""
        return asked | ({"flags": ["bearer"]} if self._bearer else {})


def _interact_of(members: Mapping[str, Any]) -> Start | None:
    """What a field `interact` says, None when it says nothing usable."""
    held = members.get("interact")
    held = held if isinstance(held, dict) else {}
    uri, nonce = held.get("redirect"), held.get("finish")
    return Start(uri, nonce) if isinstance(uri, str) and isinstance(nonce, str) else None


def _tokens_of(members: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The access tokens of a response, one or many (3.2)."""
    held = members.get("access_token")
    listed = held if isinstance(held, list) else [held]
    return [token for token in listed if isinstance(token, dict)]


def _json_request(
    method: str, url: str, body: Mapping[str, Any] | None, headers: Headers
) -> Request:
    if body is None:
        return Request(method, url, headers)
    return Request(method, url, (*headers, ("Content-Type", JSON)), json.dumps(body))
