"""What a client reads in a challenge: the attributes of `WWW-Authenticate` (RFC 9110 11.6.1).

Rule: a server may write anything there, so nothing in it makes this file raise.
"""

from __future__ import annotations

import re

from oauth_model.messages import Response

#: name=value of a challenge, the value a token or a quoted string (RFC 9110 11.2).
_ATTRIBUTE = re.compile(r'[\s,](\w+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))', re.ASCII)


def challenge_attributes(response: Response, error: str) -> dict[str, str]:
    """The attributes of the challenge of a 401 or 403 with this error code, else none.

    Of an attribute that comes twice, which RFC 6750 3 forbids, the first counts.
    """
    if response.status not in (401, 403):
        return {}
    attributes: dict[str, str] = {}
    for name, quoted, token in _ATTRIBUTE.findall(response.header("WWW-Authenticate") or ""):
        attributes.setdefault(name, re.sub(r"\\(.)", r"\1", quoted) or token)
    return attributes if attributes.get("error") == error else {}
