"""How the faults of `FAULTS` are made: good flows in wrong surroundings.

Rule: no good code asks whether there is a fault. A fault wraps the flow of an endpoint or of a
grant type (`CHANGES`); it may change what that flow is given, hand it a replica with a wrong part,
turn its error into another, or do something before or after.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import copy
from typing import Any, TypeVar

from oauth_model.errors import InvalidGrant, InvalidTarget, OAuthError
from oauth_model.flows import Flow
from oauth_model.grants.records import Grant
from oauth_model.grants.replica import Claims, Replica, Statement
from oauth_model.grants.revocation import revoke_grant
from oauth_model.grants.shown_once import use_up
from oauth_model.grants.token_request import TokenRequest
from oauth_model.messages import Request, Response, form_post, with_query
from oauth_model.parameters import Pairs, Parameters
from oauth_model.strategies import STRATEGIES, Use

#: The flow of an endpoint, which is given a Request, or of a grant type, which is given a
#: TokenRequest.
Step = Callable[[Replica, Any], Flow[Response]]
Change = Callable[[Step], Step]
F = TypeVar("F", bound=Step)

CODE = ("authorization_code", "authorization_code_advanced")
REFRESH = ("refresh_token",)


def changed(flow: F, name: str, faults: Iterable[str]) -> F | Step:
    """The flow of an endpoint (by its path) or a grant type as these faults change it.

    Itself when there are none. Raises KeyError for an unknown fault.
    """
    step: F | Step = flow
    for fault in faults:
        names, change = CHANGES[fault]
        step = change(step) if name in names else step
    return step


def _hears_first_resource(flow: Step) -> Step:
    def faulty(replica: Replica, request: Request) -> Flow[Response]:
        if request.method == "GET":
            url = with_query(request.url.partition("?")[0], _first_resource(request.query()))
            return flow(replica, request._replace(url=url))
        headers = tuple(field for field in request.headers if field[0] != "Content-Type")
        return flow(replica, form_post(request.url, _first_resource(request.form()), headers))

    return faulty


def _first_resource(pairs: Pairs) -> Pairs:
    first = next((pair for pair in pairs if pair[0] == "resource"), None)
    return [pair for pair in pairs if pair[0] != "resource" or pair == first]


def _asks_for(change: Callable[[Replica, Grant, Parameters], Iterable[str]]) -> Change:
    """The flow is told of other resources than the request names, if it names any."""

    def around(flow: Step) -> Step:
        def faulty(replica: Replica, asked: TokenRequest) -> Flow[Response]:
            parameters, grant = asked.parameters, _grant(replica, asked)
            if grant is None or "resource" not in parameters:
                return flow(replica, asked)
            resources = [("resource", uri) for uri in change(replica, grant, parameters)]
            told = Parameters([*parameters.without("resource").pairs, *resources])
            return flow(replica, asked._replace(parameters=told))

        return faulty

    return around


def _everything(replica: Replica, grant: Grant, parameters: Parameters) -> Iterable[str]:
    asked, granted = parameters.all("resource"), grant.rights.resources
    return granted if set(asked) <= set(granted) else asked


def _something_known(replica: Replica, grant: Grant, parameters: Parameters) -> Iterable[str]:
    known = {server.identifier for server in replica.config.resource_servers}
    asked = [uri for uri in parameters.all("resource") if uri in known]
    return asked or grant.rights.resources[:1]


def _says(statement: Statement) -> Change:
    """What the flow issues says something else."""

    def around(flow: Step) -> Step:
        return lambda replica, asked: flow(_with(replica, statement=statement), asked)

    return around


def _for_the_client(kind: str, grant: Grant, claims: Claims) -> Claims:
    return claims | {"aud": claims["client_id"]} if kind == "access_token" else claims


def _as_an_array(kind: str, grant: Grant, claims: Claims) -> Claims:
    single = kind == "access_token" and isinstance(claims["aud"], str)
    return claims | {"aud": [claims["aud"]]} if single else claims


def _for_the_resource(kind: str, grant: Grant, claims: Claims) -> Claims:
    resources = list(grant.rights.resources)
    return claims | {"aud": resources} if kind == "id_token" and resources else claims


def _narrows(flow: Step) -> Step:
    def faulty(replica: Replica, asked: TokenRequest) -> Flow[Response]:
        response = yield from flow(replica, asked)
        grant, resources = _grant(replica, asked), asked.parameters.all("resource")
        if grant is not None and resources and response.status == 200:
            grant.rights = grant.rights._replace(resources=resources)
        return response

    return faulty


def _blames_the_grant(flow: Step) -> Step:
    def faulty(replica: Replica, asked: TokenRequest) -> Flow[Response]:
        try:
            return (yield from flow(replica, asked))
        except InvalidTarget as error:
            raise InvalidGrant(error.description) from error

    return faulty


def _issues_first(flow: Step) -> Step:
    def faulty(replica: Replica, asked: TokenRequest) -> Flow[Response]:
        response = yield from flow(_unchecked(replica), asked)
        use = _use(replica, asked)
        if use is not None:
            yield from replica.one_time.begin(use)
            replica.database.codes.pop(use.key.id, None)
        return response

    return faulty


def _burns_first(flow: Step) -> Step:
    def faulty(replica: Replica, asked: TokenRequest) -> Flow[Response]:
        use = _use(replica, asked)
        if use is not None and not (yield from use_up(replica.one_time, use)):
            raise InvalidGrant("the code is unknown")
        return (yield from flow(_unchecked(replica), asked))

    return faulty


def _revokes_when_it_fails(flow: Step) -> Step:
    def faulty(replica: Replica, asked: TokenRequest) -> Flow[Response]:
        try:
            return (yield from flow(replica, asked))
        except OAuthError:
            grant = _grant(replica, asked)
            if grant is not None:
                yield from revoke_grant(replica, grant)
            raise

    return faulty


#: fault → the endpoints (by path) or grant types that it changes, and how.
CHANGES: dict[str, tuple[tuple[str, ...], Change]] = {
    "one_resource_per_login": (("/authorize", "/par"), _hears_first_resource),
    "audience_ignored": ((*CODE, *REFRESH), _asks_for(_everything)),
    "refresh_forgets_audience": (REFRESH, _says(_for_the_client)),
    "refresh_narrows_for_ever": (REFRESH, _narrows),
    "refresh_token_narrowed": (CODE, _narrows),
    "unknown_audience_replaced": ((*CODE, *REFRESH), _asks_for(_something_known)),
    "invalid_grant_for_target": (REFRESH, _blames_the_grant),
    "audience_changes_form": (REFRESH, _says(_as_an_array)),
    "id_token_for_resource": (CODE, _says(_for_the_resource)),
    "issue_before_invalidate": (CODE, _issues_first),
    "burn_before_check": (CODE, _burns_first),
    "revoke_on_bad_parameters": (CODE, _revokes_when_it_fails),
}


def _with(replica: Replica, **parts: Any) -> Replica:
    """The same replica with other parts."""
    other = copy(replica)
    for name, part in parts.items():
        setattr(other, name, part)
    return other


def _unchecked(replica: Replica) -> Replica:
    return _with(replica, one_time=STRATEGIES["no_check"]())


def _grant(replica: Replica, asked: TokenRequest) -> Grant | None:
    """The grant behind the code or refresh token of a request."""
    parameters, database = asked.parameters, replica.database
    found = database.codes.get(parameters.get("code", "")) or database.refresh_tokens.get(
        parameters.get("refresh_token", "")
    )
    return found.grant if found else None


def _use(replica: Replica, asked: TokenRequest) -> Use | None:
    """One use of the code of a request."""
    value = asked.parameters.get("code", "")
    code = replica.database.codes.get(value)
    if code is None:
        return None
    client_id = code.grant.client_id
    return replica.one_use("code", client_id, value, code.expires_at_s, asked.fingerprint())
