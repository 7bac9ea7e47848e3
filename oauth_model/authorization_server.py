"""The authorization server: one request in, one response out; it knows nothing of networks.

`GET /authorize` (RFC 6749 4.1.1) and `POST /token` (3.2). Every failure becomes the response its
clause gives: shown to the user when client or redirect URI is bad (4.1.2.1), else a redirect with
`error`; at the token endpoint a JSON body (5.2). Each AS offers one issuance design.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

from oauth_model.errors import (
    AccessDenied,
    InvalidClient,
    InvalidRequest,
    InvalidScope,
    OAuthError,
    UnauthorizedClient,
    UnsupportedGrantType,
    UnsupportedResponseType,
)
from oauth_model.flows import Flow
from oauth_model.grants import GRANTS, Issuer
from oauth_model.grants.client_authentication import authenticate_client
from oauth_model.grants.records import (
    AuthorizationServerConfig,
    Code,
    Database,
    Grant,
    RegisteredClient,
)
from oauth_model.issuance.base import Pairs, Parameters, ProtectedResource, Scopes
from oauth_model.jose import REMEMBERED, Keys
from oauth_model.messages import Request, Response, repeated, with_query
from oauth_model.pkce import check_challenge
from oauth_model.single_use import check_down_scoped, requested_use
from oauth_model.strategies import Strategy

__all__ = [
    "AuthorizationServer",
    "AuthorizationServerConfig",
    "Database",
    "Decision",
    "ProtectedResource",
    "RegisteredClient",
    "grant_registered",
]

NOT_FOUND = Response(404)
#: RFC 6749 5.2: a 401 says which scheme the client may use.
BASIC = (("WWW-Authenticate", 'Basic realm="token endpoint"'),)


class Decision(NamedTuple):
    """What a resource owner said: who they are, and the scopes they grant (none: denied)."""

    subject: str
    scopes: Scopes


Consent = Callable[[RegisteredClient, Scopes], Decision]


def grant_registered(client: RegisteredClient, scopes: Scopes) -> Decision:
    """A resource owner who grants everything the client is registered for."""
    return Decision("resource-owner", tuple(s for s in scopes if s in client.scopes))


class AuthorizationServer:
    """One replica. See `Issuer` for the parts; `consent` stands for the resource owner."""

    def __init__(
        self,
        config: AuthorizationServerConfig,
        database: Database,
        keys: Keys,
        one_time: Strategy,
        registrar: Strategy,
        clock: Callable[[], float],
        new_id: Callable[[str], str],
        consent: Consent = grant_registered,
    ) -> None:
        self.config = config
        self.issuer = Issuer(config, database, keys, one_time, registrar, clock, new_id)
        self.consent = consent
        self._scopes = frozenset(s for server in config.resource_servers for s in server.scopes)
        code_grant = self.issuer.design.code_grant_type
        self._grant_types = {code_grant, "refresh_token", "client_credentials"}

    def handle(self, request: Request) -> Flow[Response]:
        """Answer a request; never raises."""
        match request.method, urlsplit(request.url).path:
            case "POST", "/token":
                return (yield from self.token(request))
            case "GET", "/authorize":
                return (yield from self.authorize(request))
        return NOT_FOUND

    def token(self, request: Request) -> Flow[Response]:
        """The token endpoint (RFC 6749 3.2)."""
        try:
            parameters = form_of(request)
            client = authenticate_client(self.issuer.clients, request, parameters)
            grant_type = parameters.get("grant_type")
            if grant_type is None:
                raise InvalidRequest("grant_type is missing")
            if grant_type not in self._grant_types:
                raise UnsupportedGrantType
            if grant_type not in client.grant_types:
                raise UnauthorizedClient("the client is not registered for this grant type")
            return (yield from GRANTS[grant_type](self.issuer, client, parameters))
        except InvalidClient as error:
            response = error.token_response()
            return response._replace(headers=(*response.headers, *BASIC))
        except OAuthError as error:
            return error.token_response()

    def authorize(self, request: Request) -> Flow[Response]:
        """The authorization endpoint (RFC 6749 3.1), consent included."""
        pairs = request.query()
        try:
            client, redirect_uri = self._who_asks(pairs)
        except InvalidRequest as error:  # RFC 6749 4.1.2.1: tell the user, do not redirect
            return Response(400, (("Content-Type", "text/plain"),), error.description)
        try:
            parameters = once_each(pairs)
            code = yield from self.issuer.code(self._consented(client, redirect_uri, parameters))
            answer = [("code", code)]
        except OAuthError as error:
            answer = [("error", error.error)]
            if error.description:
                answer.append(("error_description", error.description))
        state = [(name, value) for name, value in pairs if name == "state"][:1]
        issuer = ("iss", self.config.issuer)  # RFC 9207 2
        return Response(302, (("Location", with_query(redirect_uri, [*answer, *state, issuer])),))

    def _who_asks(self, pairs: Pairs) -> tuple[RegisteredClient, str]:
        """The client and a redirect URI registered for it, compared exactly (RFC 9700 2.1)."""
        asked = [value for name, value in pairs if name == "client_id"]
        client = self.issuer.clients.get(asked[0]) if len(asked) == 1 else None
        if client is None:
            raise InvalidRequest("the client is unknown")
        uris = [value for name, value in pairs if name == "redirect_uri"]
        if uris in ([], [""]) and len(client.redirect_uris) == 1:  # RFC 6749 3.1, 3.1.2.3
            return client, client.redirect_uris[0]
        if len(uris) != 1 or uris[0] not in client.redirect_uris:
            raise InvalidRequest("the redirect URI is not registered")
        return client, uris[0]

    def _consented(
        self, client: RegisteredClient, redirect_uri: str, parameters: Parameters
    ) -> Code:
        """What the code will stand for; raises an OAuthError."""
        self._check_response_type(client, parameters)
        challenge = parameters.get("code_challenge")
        method = parameters.get("code_challenge_method")
        if challenge or method or client.public:  # RFC 9700 2.1.1: MUST for public clients
            check_challenge(challenge, method)
        return Code(
            grant=self._granted(client, parameters),
            redirect_uri=redirect_uri,
            redirect_uri_sent="redirect_uri" in parameters,
            code_challenge=challenge,
            code_challenge_method=method,
            expires_at_s=self.issuer.clock() + self.config.code_lifetime_s,
        )

    def _check_response_type(self, client: RegisteredClient, parameters: Parameters) -> None:
        design = self.issuer.design
        response_type = parameters.get("response_type")
        if response_type is None:
            raise InvalidRequest("response_type is missing")
        if response_type != design.response_type:
            raise UnsupportedResponseType
        if design.code_grant_type not in client.grant_types:
            raise UnauthorizedClient("the client is not registered for this response type")

    def _granted(self, client: RegisteredClient, parameters: Parameters) -> Grant:
        design, servers = self.issuer.design, self.config.resource_servers
        use = requested_use(parameters)
        asked = design.scope_values(parameters, servers)
        values = asked or design.policy_values(client.scopes, servers)
        if not all(scope in self._scopes for value in values for scope in value):
            raise InvalidScope("the scope is unknown")
        if use:
            selection = design.select(values, {}, servers)
            check_down_scoped(bool(asked), selection, self.config.single_use_audiences)
        decision = self.consent(client, tuple(scope for value in values for scope in value))
        kept = (tuple(s for s in value if s in decision.scopes) for value in values)
        values = tuple(value for value in kept if value)
        if not values:
            raise AccessDenied("nothing was granted")
        scopes = tuple(scope for value in asked for scope in value)
        return Grant(client.client_id, decision.subject, values, scopes, use)


@lru_cache(maxsize=REMEMBERED)
def form_of(request: Request) -> Parameters:
    """The parameters of a form body; a client that asks again sends the same bytes again.

    Raises InvalidRequest for another kind of body (RFC 6749 3.2), and as `once_each` does.
    """
    if not request.is_form():
        raise InvalidRequest("the body is not a form")
    return once_each(request.form())


def once_each(pairs: Pairs) -> Parameters:
    """The parameters of a request; raises InvalidRequest when one is repeated (RFC 6749 3.1, 3.2).

    One without a value counts as omitted.
    """
    if repeated(pairs):
        raise InvalidRequest("a parameter is repeated")
    return {name: value for name, value in pairs if value}
