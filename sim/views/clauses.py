"""Which clause explains a line of a message: its path, its header field, its parameters, members.

Rule: a name that the laboratory made up is said to be so; one without a clause says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

OURS = "this laboratory's own"
#: The beginning of a request or of a header field → its clause. The longest that fits counts.
STARTS = {
    "GET /authorize": "RFC 6749 4.1.1",
    "POST /authorize": "RFC 6749 3.1",
    "POST /token": "RFC 6749 3.2",
    "POST /par": "RFC 9126 2.1",
    "POST /introspect": "RFC 7662 2.1",
    "POST /revoke": "RFC 7009 2.1",
    "GET /userinfo": "OpenID Connect Core 5.3.1",
    "GET /.well-known/oauth-protected-resource": "RFC 9728 3.1",
    "GET /.well-known/oauth-authorization-server": "RFC 8414 3.1",
    "HTTP/1.1 503": "RFC 9110 15.6.4",
    "Authorization: Basic": "RFC 6749 2.3.1",
    "Authorization: Bearer": "RFC 6750 2.1",
    "Authorization: DPoP": "RFC 9449 7.1",
    "Authorization: GNAP": "RFC 9635 7.2",
    "DPoP:": "RFC 9449 4.1",
    "DPoP-Nonce:": "RFC 9449 8",
    "WWW-Authenticate: Bearer": "RFC 6750 3",
    "WWW-Authenticate: DPoP": "RFC 9449 7.1",
    "Cache-Control:": "RFC 6749 5.1",
    "Location:": "RFC 6749 4.1.2",
    "Idempotency-Key:": "draft-ietf-httpapi-idempotency-key-header 2",
    "Retry-After:": "RFC 9110 10.2.3",
    "Referrer-Policy:": "RFC 9700 4.2.4",
}
#: A parameter, or a member of a JSON object → its clause.
NAMES = {
    "response_type": "RFC 6749 3.1.1",
    "client_id": "RFC 6749 2.2",
    "redirect_uri": "RFC 6749 3.1.2",
    "scope": "RFC 6749 3.3",
    "state": "RFC 6749 10.12",
    "code": "RFC 6749 4.1.2",
    "grant_type": "RFC 6749 4.1.3",
    "refresh_token": "RFC 6749 6",
    "access_token": "RFC 6749 5.1",
    "token_type": "RFC 6749 7.1",
    "expires_in": "RFC 6749 5.1",
    "error": "RFC 6749 5.2",
    "code_challenge": "RFC 7636 4.3",
    "code_verifier": "RFC 7636 4.5",
    "resource": "RFC 8707 2",
    "authorization_details": "RFC 9396 2",
    "request_uri": "RFC 9126 2.2",
    "acr_values": "RFC 9470 4",
    "iss": "RFC 9207 2",
    "subject_token": "RFC 8693 2.1",
    "requested_token_type": "RFC 8693 2.1",
    "issued_token_type": "RFC 8693 2.2.1",
    "active": "RFC 7662 2.2",
    "id_token": "OpenID Connect Core 3.1.3.3",
    "token_use": OURS,
    "use": "OAuth WG interim 2025-01-20",
}
NAME = re.compile(r'(?:^|[?&])([a-z_]+)=|"([a-z_]+)":')


def clauses(line: str) -> list[str]:
    """The clauses that explain a line, in its order: "RFC 6749 3.2", "resource: RFC 8707 2"."""
    return list(dict.fromkeys(_found(line)))


def _found(line: str) -> Iterator[str]:
    starts = [start for start in STARTS if line.startswith(start)]
    if starts:
        yield STARTS[max(starts, key=len)]
    for name in (each[1] or each[2] for each in NAME.finditer(line.removesuffix(" HTTP/1.1"))):
        if name in NAMES:
            yield f"{name}: {NAMES[name]}"
