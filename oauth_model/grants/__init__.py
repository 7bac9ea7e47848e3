"""Grant types: one file each; `GRANTS` maps the name on the wire to the flow that answers it.

Beside them is what they and the endpoints share: the `replica` that answers and its `records`, who
asks (`client_authentication`, `binding`), what is consumed (`once`, `shown_once`, `grace`), what is
issued (`minting`, `openid`) and what is revoked (`revocation`).
"""

from collections.abc import Callable

from oauth_model.flows import Flow
from oauth_model.grants.authorization_code import (
    authorization_code,
    authorization_code_advanced,
)
from oauth_model.grants.client_credentials import client_credentials
from oauth_model.grants.password_advanced import GRANT_TYPE as PASSWORD_ADVANCED
from oauth_model.grants.password_advanced import password_advanced
from oauth_model.grants.refresh_token import refresh_token
from oauth_model.grants.replica import Replica
from oauth_model.grants.token_exchange import token_exchange
from oauth_model.grants.token_request import TokenRequest
from oauth_model.issuance.token_exchange import GRANT_TYPE as TOKEN_EXCHANGE
from oauth_model.messages import Response

#: A grant type: the flow that turns an authenticated client's request into a token response.
GrantType = Callable[[Replica, TokenRequest], Flow[Response]]

GRANTS: dict[str, GrantType] = {
    "authorization_code": authorization_code,
    "authorization_code_advanced": authorization_code_advanced,
    "client_credentials": client_credentials,
    PASSWORD_ADVANCED: password_advanced,
    "refresh_token": refresh_token,
    TOKEN_EXCHANGE: token_exchange,
}

__all__ = ["GRANTS", "PASSWORD_ADVANCED", "TOKEN_EXCHANGE", "GrantType", "Replica", "TokenRequest"]
