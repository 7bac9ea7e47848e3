"""How endpoints of an authorization server say no."""

from __future__ import annotations

from oauth_model.errors import InvalidClient, OAuthError
from oauth_model.messages import Headers, Response

#: RFC 6749 5.2: a 401 says which scheme the client may use.
BASIC: Headers = (("WWW-Authenticate", 'Basic realm="token endpoint"'),)


def token_error(error: OAuthError) -> Response:
    """The JSON body of RFC 6749 5.2; a client that failed to authenticate is challenged."""
    response = error.token_response()
    if isinstance(error, InvalidClient):
        return response._replace(headers=(*response.headers, *BASIC))
    return response
