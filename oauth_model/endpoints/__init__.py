"""The endpoints of an authorization server: one file each; `ENDPOINTS` maps method and path.

Each is a flow from a request to a response and never raises.
"""

from __future__ import annotations

from collections.abc import Callable

from oauth_model.endpoints.authorize import authorize
from oauth_model.endpoints.token import token
from oauth_model.flows import Flow
from oauth_model.grants import Replica
from oauth_model.messages import Request, Response

Endpoint = Callable[[Replica, Request], Flow[Response]]

ENDPOINTS: dict[tuple[str, str], Endpoint] = {
    ("GET", "/authorize"): authorize,
    ("POST", "/token"): token,
}

__all__ = ["ENDPOINTS", "Endpoint"]
