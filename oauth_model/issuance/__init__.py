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

#: As they are told: the baseline, the draft, and what came after it.
ORDER = (
    *("fat", "lodderstedt", "rfc8707", "rfc8707_response", "rar_locations", "gnap"),
    *("scope_inferred", "mrrt", "token_exchange"),
)
for _name in ORDER:
    DESIGNS[_name] = DESIGNS.pop(_name)

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
