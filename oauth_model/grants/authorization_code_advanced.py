"""The grant of draft-lodderstedt-oauth-multiple-access-tokens-00: a code, and one scope of it."""

from __future__ import annotations

from oauth_model.flows import Flow
from oauth_model.grants.authorization_code import redeem_code
from oauth_model.grants.issuer import Issuer
from oauth_model.grants.records import RegisteredClient
from oauth_model.issuance.base import Parameters
from oauth_model.messages import Response


def authorization_code_advanced(
    issuer: Issuer, client: RegisteredClient, parameters: Parameters
) -> Flow[Response]:
    """Redeem a code for the access token of one `scope` and the refresh token of all."""
    return redeem_code(issuer, client, parameters)
