"""The authorization endpoint (RFC 6749 3.1), consent included.

Shown to the user when client or redirect URI is bad (4.1.2.1), else a redirect, also with `error`.
"""

from __future__ import annotations

from oauth_model.errors import InvalidRequest, OAuthError
from oauth_model.flows import Flow
from oauth_model.grants import Replica
from oauth_model.grants.authorization_request import check_request, who_asks
from oauth_model.grants.minting import authorization_code
from oauth_model.grants.pushed import check_pushed, find, use_request_uri
from oauth_model.grants.records import Code
from oauth_model.messages import Request, Response, with_query
from oauth_model.parameters import Pairs, once_each


def authorize(replica: Replica, request: Request) -> Flow[Response]:
    """Answer an authorization request; of one that was pushed only what was pushed counts."""
    try:
        pairs = _sent(request)
        pushed = find(replica, pairs)
        pairs = list(pushed.request.pairs) if pushed else pairs
        client, redirect_uri = who_asks(replica, pairs)
    except OAuthError as error:  # RFC 6749 4.1.2.1: tell the user, do not redirect
        return Response(400, (("Content-Type", "text/plain"),), error.description)
    state = [(name, value) for name, value in pairs if name == "state"][:1]
    about = [*state, ("iss", replica.config.issuer)]  # RFC 9207 2
    try:
        check_pushed(replica, pushed)
        code = check_request(replica, client, redirect_uri, once_each(pairs))
        answer = _redirect_with_code(replica, code, about)
        if pushed:
            return (yield from use_request_uri(replica, pushed, code.grant, answer))
        return (yield from answer)
    except OAuthError as error:
        return _redirect(redirect_uri, [*_said(error), *about])


def _sent(request: Request) -> Pairs:
    """The parameters, in the query or in a form body (RFC 6749 3.1, OpenID Connect Core 3.1.2.1).

    Raises InvalidRequest for another kind of body.
    """
    if request.method == "GET":
        return request.query()
    if not request.is_form():
        raise InvalidRequest("the body is not a form")
    return request.form()


def _redirect_with_code(replica: Replica, code: Code, about: Pairs) -> Flow[Response]:
    value = yield from authorization_code(replica, code)
    return _redirect(code.redirect_uri, [("code", value), *about])


def _redirect(redirect_uri: str, pairs: Pairs) -> Response:
    return Response(302, (("Location", with_query(redirect_uri, pairs)),))


def _said(error: OAuthError) -> Pairs:
    described = [("error_description", error.description)] if error.description else []
    return [("error", error.error), *described]
