"""The userinfo endpoint (OpenID Connect Core 5.3): a protected resource that the AS itself serves.

Rule: it refuses as any resource server does (RFC 6750 3), and knows what only the AS knows: whether
the token was revoked. So it looks the token up, whatever its format, and reads nothing in it.
"""

from __future__ import annotations

from oauth_model.claims import AccessToken, read_access_token
from oauth_model.confirmation import Confirmations
from oauth_model.credentials import Credentials, credentials
from oauth_model.dpop import Proof, proof_key
from oauth_model.errors import InsufficientScope, InvalidToken, OAuthError
from oauth_model.flows import Flow
from oauth_model.grants import Replica
from oauth_model.grants.binding import PROOF_ALGORITHMS, WINDOW
from oauth_model.grants.openid import (
    OPENID,
    claims_by_scope,
    subject_at_userinfo,
    userinfo_identifier,
)
from oauth_model.grants.records import IssuedToken
from oauth_model.grants.revocation import is_active
from oauth_model.grants.shown_once import use_up_access_token, use_up_foreign
from oauth_model.identities import User
from oauth_model.jose import Verified
from oauth_model.messages import NO_STORE, Request, Response, json_response
from oauth_model.resource_answers import refusal
from oauth_model.strategies import Use
from oauth_model.token_formats.base import ACCESS_TOKEN_TYPE

REALM = "userinfo"


def userinfo(replica: Replica, request: Request) -> Flow[Response]:
    """Answer with the user's claims; everything is checked before anything is used up."""
    scheme = "bearer"
    try:
        sent = credentials(request)
        scheme = sent.scheme
        issued, token = _accept(replica, sent.token)
        proof = _proof(replica, request, sent, token)
        user = _permit(replica, issued, token)
        yield from _use_up(replica, issued, token, proof)
        members = {"sub": subject_at_userinfo(replica, issued.grant)}
        told = claims_by_scope(user, tuple(issued.claims["scope"].split()))
        return json_response(200, members | told, NO_STORE)
    except OAuthError as error:
        return refusal(error, REALM, scheme, {})


def _accept(replica: Replica, value: str) -> tuple[IssuedToken, AccessToken]:
    """Raises InvalidToken for what is not good here and now (RFC 6750 3.1)."""
    issued = replica.database.access_tokens.get(value)
    if issued is None or not is_active(replica, issued):
        raise InvalidToken("the token is unknown, expired or revoked")
    issuer = replica.config.issuer
    said = Verified({"typ": ACCESS_TOKEN_TYPE}, issued.claims)
    return issued, read_access_token(said, issuer=issuer, audience=userinfo_identifier(issuer))


def _proof(
    replica: Replica, request: Request, sent: Credentials, token: AccessToken
) -> Proof | None:
    verify = replica.keys.self_verifier(*PROOF_ALGORITHMS).verify
    return Confirmations(verify, WINDOW).check(request, sent, token, replica.clock())


def _permit(replica: Replica, issued: IssuedToken, token: AccessToken) -> User:
    """The user whose data it is; raises InsufficientScope, InvalidToken."""
    if OPENID not in token.scopes:
        raise InsufficientScope("the token lacks the scope", scope=OPENID)
    user = replica.users.get(issued.grant.subject)
    if user is None:
        raise InvalidToken("no user stands behind the token")
    if token.use and replica.config.single_use_at_userinfo == "reject":
        raise InvalidToken("a single-use token is for another call")
    return user


def _use_up(
    replica: Replica, issued: IssuedToken, token: AccessToken, proof: Proof | None
) -> Flow[None]:
    """The proof, and the token where policy says that this call is its use."""
    if proof is not None:
        use = Use(proof_key(token.client_id, proof), proof.until_s)
        yield from use_up_foreign(replica, use, InvalidToken("the proof was used before"))
    if token.use and replica.config.single_use_at_userinfo == "consume":
        here = userinfo_identifier(replica.config.issuer)
        if not (yield from use_up_access_token(replica, here, issued.claims)):
            raise InvalidToken("the token was used before")
    if not is_active(replica, issued):  # to ask took time
        raise InvalidToken("the token expired or was revoked")
