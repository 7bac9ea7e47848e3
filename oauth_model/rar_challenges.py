"""What a resource server says when a good token's authorization details are not enough.

RFC 9396 defines no error for it, which the minutes of 2025-01-20 list as an open question together
with what an answer would disclose. `RAR_CHALLENGES` are the three answers; each is tried after
token, scope and authentication level were found good, so only a holder of a valid token gets one.

off: 403 `insufficient_scope`, naming no scope, since no scope would help.
    For: it exists today, and discloses nothing. Against: the client must know what to ask for.
insufficient_authorization (draft-ietf-oauth-rar-metadata-remediation-00): 401 with the details
    that are needed, as base64url of JSON.
    For: a client that knows neither type nor server can go on; its retries are capped. Against:
    whoever holds any good token for the server, a thief too, and whoever sees the response, reads
    all of it; it is neither signed nor for anybody in particular, so the client may ask the
    authorization server for something else, and logs on the way keep it.
transaction_authorization_required (draft-rosomakho-oauth-txn-challenge-00): 401 with a signed
    challenge, to be handed to the authorization server as it is.
    For: what is approved is what the server said, and a transaction identifier ties the token to
    it. Against: it is signed, not encrypted, and tells an observer more (transaction, reason,
    when); the header is twice as long; the server needs a signing key and remembers transactions.
    Only a request that announces support may get one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from oauth_model.challenges import challenge_attributes
from oauth_model.claim_values import LARGEST
from oauth_model.errors import (
    InsufficientAuthorization,
    InsufficientScope,
    InvalidRequest,
    InvalidTarget,
    OAuthError,
    TransactionAuthorizationRequired,
)
from oauth_model.jose import Verified, b64url, b64url_decode, compact, fingerprint
from oauth_model.messages import Request, Response
from oauth_model.rar import Detail, Details, conforming
from oauth_model.rar.details import checked, each_once

RAR_CHALLENGES = ("off", "insufficient_authorization", "transaction_authorization_required")
#: How often a client tries again after a remediation: with a token it holds, then with a new one.
CACHED_RETRIES, FRESH_RETRIES = 1, 1
#: The `typ` of a signed challenge.
CHALLENGE_TYPE = "txn-authz-challenge+jwt"
#: The header field with which a request announces that its sender can relay a signed challenge.
ACCEPT_TXN_CHALLENGE = ("Accept-Txn-Challenge", "?1")

REMEDIATION, REFERENCE = "authorization_remediation", "authorization_reference"
TRANSACTION = "transaction_challenge"
DETAILS = "authorization_details"


@dataclass(frozen=True, slots=True)
class Challenger:
    """What a resource server makes challenges with.

    `resource` is its identifier, `issuer` the authorization server's; `sign(claims, typ)` signs
    with the server's own key; `single_use` says whether the token it wants is good for one use.
    """

    resource: str
    issuer: str
    sign: Callable[[Mapping[str, Any], str], str]
    clock: Callable[[], float]
    new_id: Callable[[str], str]
    single_use: bool = True
    lifetime_s: float = 300.0


def challenge(policy: str, call: Detail, request: Request, by: Challenger) -> OAuthError:
    """The error for a call whose token lacks this detail (`rar.call_detail`); the caller raises it.

    `policy` is one of `RAR_CHALLENGES`; KeyError for another.
    """
    return _CHALLENGES[policy](call, request, by)


def _off(call: Detail, request: Request, by: Challenger) -> OAuthError:
    return InsufficientScope("the token does not authorize this call")


def _remediation(call: Detail, request: Request, by: Challenger) -> OAuthError:
    """The reference lets a client find a token it has; a single-use token is never found again.

    So the draft says SHALL NOT for it. The reference is the hash of server and details.
    """
    members: dict[str, Any] = {DETAILS: [call.members]}
    if not by.single_use:
        members[REFERENCE] = fingerprint(by.resource, call.text)
    encoded = b64url(compact(members).encode())
    return InsufficientAuthorization(
        "Additional authorization is required", **{REMEDIATION: encoded}
    )


def _transaction(call: Detail, request: Request, by: Challenger) -> OAuthError:
    if not accepts_transaction_challenge(request):
        return _off(call, request, by)
    return TransactionAuthorizationRequired(
        "Transaction-specific authorization is required",
        **{TRANSACTION: transaction_challenge(call, by)},
    )


_CHALLENGES: dict[str, Callable[[Detail, Request, Challenger], OAuthError]] = dict(
    zip(RAR_CHALLENGES, (_off, _remediation, _transaction), strict=True)
)


def accepts_transaction_challenge(request: Request) -> bool:
    """Whether the request announces support, once, with a true value (RFC 9651 3.3.6)."""
    name = ACCEPT_TXN_CHALLENGE[0].lower()
    values = [value for key, value in request.headers if key.lower() == name]
    return len(values) == 1 and values[0].partition(";")[0].strip() == "?1"


def transaction_challenge(call: Detail, by: Challenger) -> str:
    """The signed challenge, with the eight claims that the draft requires; instants in seconds."""
    issued_at_s = int(by.clock())
    claims = {
        "iss": by.resource,
        "aud": by.issuer,
        "iat": issued_at_s,
        "exp": issued_at_s + int(by.lifetime_s),
        "jti": by.new_id("challenge"),
        "txn": by.new_id("txn"),
        DETAILS: [call.members],
        "reason": "This call needs an authorization of its own.",
    }
    return by.sign(claims, CHALLENGE_TYPE)


class TransactionChallenge(NamedTuple):
    """A signed challenge that passed: the token for it has this audience, `txn` and details."""

    resource: str
    txn: str
    jti: str
    details: Details
    expires_at_s: float


def check_transaction_challenge(
    verified: Verified, *, issuer: str, keys: Mapping[str, str], now_s: float, leeway_s: float = 0.0
) -> TransactionChallenge:
    """What an authorization server must verify before it asks anybody for approval.

    `keys` maps each resource server that may challenge to the `kid` of its own key: one server must
    not speak for another. Raises InvalidTarget for a server that is not among them, InvalidRequest
    for anything else, InvalidAuthorizationDetails for the details.
    """
    header, claims = verified
    if str(header.get("typ")).lower() != CHALLENGE_TYPE:  # RFC 8725 3.11: no access token either
        raise InvalidRequest("this is no transaction challenge")
    resource = _text(claims, "iss")
    if resource not in keys:
        raise InvalidTarget("the resource server is not known here")
    if header.get("kid") != keys[resource]:
        raise InvalidRequest("the challenge is signed with the key of another server")
    if claims.get("aud") not in (issuer, [issuer]):
        raise InvalidRequest("the challenge is for another authorization server")
    expires_at_s = _instant(claims, "exp")
    if now_s >= expires_at_s + leeway_s:
        raise InvalidRequest("the challenge expired")
    listed = _listed(claims)
    if not listed or not _text(claims, "reason"):
        raise InvalidRequest("the challenge does not describe the operation")
    details = tuple(checked(detail) for detail in listed)
    txn, jti = _text(claims, "txn"), _text(claims, "jti")
    return TransactionChallenge(resource, txn, jti, details, expires_at_s)


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not value:
        raise InvalidRequest(f"the claim {name} is missing or malformed")
    return value


def _instant(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if not isinstance(value, int | float) or not abs(value) < LARGEST:  # so written, NaN fails too
        raise InvalidRequest(f"the claim {name} is missing or malformed")
    return float(value)


def remediation_of(response: Response) -> Details | None:
    """The details that a client should ask for now, or None when it was told none it knows."""
    listed = _listed(_remediation_members(response))
    details = conforming(listed)
    return details if details and len(details) == len(listed) else None


def reference_of(response: Response) -> str:
    """The server's name for what is needed, under which a client may hold a token already; or "".

    It means something at this server only.
    """
    reference = _remediation_members(response).get(REFERENCE, "")
    return reference if isinstance(reference, str) else ""


def transaction_challenge_of(response: Response) -> str:
    """The signed challenge to hand to the authorization server as it is, or ""."""
    attributes = challenge_attributes(response, TransactionAuthorizationRequired.error)
    return attributes.get(TRANSACTION, "")


def _remediation_members(response: Response) -> dict[str, Any]:
    attributes = challenge_attributes(response, InsufficientAuthorization.error)
    return _json_object(attributes.get(REMEDIATION, ""))


def _listed(members: Mapping[str, Any]) -> list[Any]:
    details = members.get(DETAILS)
    return details if isinstance(details, list) else []


def _json_object(encoded: str) -> dict[str, Any]:
    try:
        members = json.loads(b64url_decode(encoded), object_pairs_hook=each_once)
    except (ValueError, RecursionError):
        return {}
    return members if isinstance(members, dict) else {}


def jws_claims(token: str) -> Mapping[str, Any]:
    """What anybody can read in a signed token without any key; nothing, unless it is a JWS."""
    parts = token.split(".")
    return _json_object(parts[1]) if len(parts) == 3 else {}


def disclosed(
    response: Response, read: Callable[[str], Mapping[str, Any]] = jws_claims
) -> tuple[str, ...]:
    """The names of the detail members whose values an observer of this response learns.

    `read` opens a signed challenge as an observer would; the symbolic suite, whose handles have no
    bytes to read, needs one that looks its handle up.
    """
    signed = transaction_challenge_of(response)
    source = read(signed) if signed else _remediation_members(response)
    objects = (detail for detail in _listed(source) if isinstance(detail, dict))
    return tuple(dict.fromkeys(name for detail in objects for name in detail))
