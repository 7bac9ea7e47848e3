"""URIs in their normal form (RFC 3986 6.2.2, 6.2.3), for whoever compares what a request names.

Rule: by the text alone. Two URIs with one normal form are the same; nothing is looked up.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

#: RFC 3986 2 and appendix A: what a URI is made of.
_URI = re.compile(r"(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+")
_ENCODED = re.compile("%[0-9A-Fa-f]{2}")
_UNRESERVED = re.compile(r"[A-Za-z0-9\-._~]")
_DEFAULT_PORTS = {"http": 80, "https": 443}


def normalised_uri(uri: str) -> str:
    """An absolute URI in its normal form (RFC 3986 6.2.2, 6.2.3), without query and fragment.

    ValueError for what is no absolute URI with a host, and for one with user information.
    """
    if not _URI.fullmatch(uri):
        raise ValueError("a character that no URI has")
    parts = urlsplit(_ENCODED.sub(_percent, uri))  # 6.2.2.1, 6.2.2.2
    if not parts.scheme or not parts.hostname or "@" in parts.netloc:
        raise ValueError("not an absolute URI of a host")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    default = parts.port in (None, _DEFAULT_PORTS.get(parts.scheme))  # 6.2.3
    authority = host if default else f"{host}:{parts.port}"
    return f"{parts.scheme}://{authority}{_without_dots(parts.path)}"


def _percent(encoded: re.Match[str]) -> str:
    character = chr(int(encoded[0][1:], 16))
    return character if _UNRESERVED.fullmatch(character) else encoded[0].upper()


def _without_dots(path: str) -> str:
    """The path without dot segments (RFC 3986 5.2.4, 6.2.2.3), "/" when it is empty (6.2.3)."""
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            kept = kept[:-1]
        elif segment != ".":
            kept.append(segment)
    if segments and segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)
