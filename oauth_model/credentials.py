"""The credentials of a request to a protected resource: one token, sent in one way."""

from __future__ import annotations

from typing import NamedTuple

from oauth_model.errors import InvalidRequest, Unauthenticated
from oauth_model.messages import Request

#: Authentication schemes of access tokens, in lower case (RFC 6750 2.1, RFC 9449 7.1).
SCHEMES = ("bearer", "dpop")


class Credentials(NamedTuple):
    """The scheme in lower case, and the token."""

    scheme: str
    token: str


def credentials(request: Request) -> Credentials:
    """The token of the Authorization header field, the one way accepted here (RFC 6750 2.1).

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
    scheme, token = scheme.lower(), rest.strip(" ")
    if scheme not in SCHEMES:
        raise Unauthenticated
    if not token or " " in token:
        raise InvalidRequest("the credentials are malformed")
    return Credentials(scheme, token)


def _sent_in_parameters(request: Request) -> bool:
    parameters = request.query() if "?" in request.url else []
    if request.body and request.is_form():
        parameters += request.form()
    return "access_token" in dict(parameters)
