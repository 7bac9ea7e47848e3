"""The endpoints of an authorization server: one file each; `ENDPOINTS` maps method and path.

The paths are below the issuer; where that is on its host says `metadata.place`.

Each is a flow from a request to a response and never raises.
"""

from __future__ import annotations

from collections.abc import Callable

from oauth_model.endpoints.authorize import authorize
from oauth_model.endpoints.gnap import discovery, gnap, interact, tx
from oauth_model.endpoints.gnap_continue import cancel, modify, resume
from oauth_model.endpoints.gnap_manage import revoke as revoke_managed
from oauth_model.endpoints.gnap_manage import rotate
from oauth_model.endpoints.introspect import introspect
from oauth_model.endpoints.jwks import jwks
from oauth_model.endpoints.metadata import WELL_KNOWN, metadata
from oauth_model.endpoints.par import par
from oauth_model.endpoints.revoke import revoke
from oauth_model.endpoints.token import token
from oauth_model.endpoints.userinfo import userinfo
from oauth_model.flows import Flow
from oauth_model.grants import Replica
from oauth_model.messages import Request, Response

Endpoint = Callable[[Replica, Request], Flow[Response]]

ENDPOINTS: dict[tuple[str, str], Endpoint] = {
    ("GET", "/authorize"): authorize,
    ("POST", "/authorize"): authorize,
    ("POST", "/token"): token,
    ("POST", "/par"): par,
    ("POST", "/introspect"): introspect,
    ("POST", "/revoke"): revoke,
    ("GET", "/userinfo"): userinfo,
    ("POST", "/userinfo"): userinfo,
    ("GET", "/jwks"): jwks,
    **{("GET", path): metadata for path in WELL_KNOWN},
    ("POST", "/tx"): gnap(tx),
    ("OPTIONS", "/tx"): gnap(discovery),
    ("GET", "/interact"): gnap(interact),
    ("POST", "/continue"): gnap(resume),
    ("PATCH", "/continue"): gnap(modify),
    ("DELETE", "/continue"): gnap(cancel),
    ("POST", "/manage"): gnap(rotate),
    ("DELETE", "/manage"): gnap(revoke_managed),
}

__all__ = ["ENDPOINTS", "Endpoint"]
