"""The values of a JWT's claims by their types (RFC 7519 2); every failure is `InvalidToken`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from oauth_model.errors import InvalidToken

#: The largest whole number that JSON carries everywhere (RFC 8259 6).
LARGEST = 2**53
#: What a number of JSON becomes; a bool is none.
NUMBERS = (int, float)


def text(claims: Mapping[str, Any], name: str, default: str | None = None) -> str:
    """A claim that is a text; `default` when it is absent."""
    value = claims.get(name, default)
    if not isinstance(value, str):
        raise malformed(name)
    return value


def texts(claims: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """A claim that is a text or an array of texts, as `aud` is (RFC 7519 4.1.3)."""
    values = claims.get(name)
    if isinstance(values, str):
        return (values,)
    if not isinstance(values, (list, tuple)) or not all(isinstance(one, str) for one in values):
        raise malformed(name)
    return tuple(values)


def instant(claims: Mapping[str, Any], name: str, default: float | None = None) -> float:
    """A claim that is a NumericDate: seconds since 1970 (RFC 7519 2)."""
    value = claims.get(name, default)
    if type(value) not in NUMBERS or not abs(value) < LARGEST:  # so written, NaN fails too
        raise malformed(name)
    return float(value)


def malformed(name: str) -> InvalidToken:
    """What is raised for a claim that is missing or of another type."""
    return InvalidToken(f"the claim {name} is missing or malformed")
