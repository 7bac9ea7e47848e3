"""Issuance designs: ways to obtain tokens for several servers, one small file each (`DESIGNS`)."""

from oauth_model.issuance import (
    fat,
    gnap,
    lodderstedt,
    mrrt,
    rar_locations,
    rfc8707,
    rfc8707_response,
    scope_inferred,
    token_exchange,
)
from oauth_model.issuance.base import (
    DESIGNS,
    Design,
    ProtectedResource,
    Rights,
    Selection,
    Target,
    design,
)

__all__ = [
    "DESIGNS",
    "Design",
    "ProtectedResource",
    "Rights",
    "Selection",
    "Target",
    "design",
    "fat",
    "gnap",
    "lodderstedt",
    "mrrt",
    "rar_locations",
    "rfc8707",
    "rfc8707_response",
    "scope_inferred",
    "token_exchange",
]
