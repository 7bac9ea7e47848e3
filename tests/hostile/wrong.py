"""What the right key signed and what is wrong all the same: claims that no good token has."""

from __future__ import annotations

from typing import Any

from oauth_model.revocation_events import TOKENS_REVOKED
from tests.oauth_model.parties import ISSUER

PAYMENT: dict[str, Any] = {
    "type": "payment",
    "instructedAmount": {"currency": "EUR", "amount": "123.50"},
    "creditorName": "Merchant A",
}
_DEEP: Any = []
for _ in range(200):
    _DEEP = [_DEEP]
#: Tokens that the right key signed, with claims that no access token has; each must be refused.
WRONG_CLAIMS: dict[str, dict[str, Any]] = {
    "iss": {"iss": "https://evil.example"},
    "iss-list": {"iss": [ISSUER]},
    "aud": {"aud": "https://webdav.example.com"},
    "aud-number": {"aud": 5},
    "aud-none": {"aud": None},
    "aud-mixed": {"aud": ["https://email.example.com", 5]},
    "exp-text": {"exp": "9999999999"},
    "exp-huge": {"exp": 10**400},
    "exp-bool": {"exp": True},
    "exp-none": {"exp": None},
    "nbf": {"nbf": 2**40},
    "sub-none": {"sub": None},
    "sub-object": {"sub": {"a": 1}},
    "jti-none": {"jti": None},
    "jti-list": {"jti": ["x"]},
    "client-number": {"client_id": 5},
    "scope-list": {"scope": ["email"]},
    "scope-none": {"scope": "nothing"},
    "use-other": {"use": "twice"},
    "use-list": {"use": ["single"]},
    "cnf-empty": {"cnf": {}},
    "cnf-text": {"cnf": "jkt"},
    "cnf-number": {"cnf": {"jkt": 5}},
    "cnf-list": {"cnf": {"jkt": ["x"], "x5t#S256": {}}},
    "cnf-certificate": {"cnf": {"x5t#S256": "é"}},
    "cnf-unknown": {"cnf": {"kid": "x"}},
    "details-text": {"authorization_details": "all"},
    "acr-number": {"acr": 5},
    "auth-time-text": {"auth_time": "now"},
    "deep": {"scope": _DEEP},
}
#: Events that the right key signed, and that say nothing that could be believed.
WRONG_EVENTS: dict[str, dict[str, Any]] = {
    "iss": {"iss": "https://evil.example"},
    "aud": {"aud": "https://webdav.example.com"},
    "aud-none": {"aud": None},
    "iat": {"iat": "now"},
    "iat-huge": {"iat": 10**400},
    "jti": {"jti": 5},
    "events": {"events": []},
    "other": {"events": {"other": {}}},
    "tokens": {"events": {TOKENS_REVOKED: {"tokens": "all"}}},
    "token": {"events": {TOKENS_REVOKED: {"tokens": ["all"]}}},
    "token-exp": {"events": {TOKENS_REVOKED: {"tokens": [{"jti": "x", "exp": None}]}}},
    "token-jti": {"events": {TOKENS_REVOKED: {"tokens": [{"jti": ["x"], "exp": 1}]}}},
}
