"""Issuance designs: ways to obtain tokens for several servers, one small file each (`DESIGNS`)."""

from oauth_model.issuance import fat, lodderstedt
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
    "lodderstedt",
]
