"""The test modules of the conformance suites that try a second use, and how they judge it.

Rule: facts only, read in the suite's source (openid-certification/conformance-suite, August 2026).
A module is named as there, and a warning does not stand in the way of a certificate. In no suite
are those of the profile `NONE`: where a second use waits for the first one's answer, what is not
atomic passes, and where a grace is wanted, nobody asks how far back it reaches.
"""

from __future__ import annotations

from typing import NamedTuple

from sim.suite.reuse import (
    code_again,
    code_at_once,
    proof_again,
    proof_at_once,
    proof_off,
    refresh_token_again,
    refresh_token_at_once,
    refresh_token_of_long_ago,
    request_uri_again,
    request_uri_before,
)
from sim.suite.tester import Seen, Try

PASS, WARNING, FAILURE = "PASS", "WARNING", "FAILURE"
#: What a verdict is where the first use did not come so far.
NOT_TRIED = "NOT TRIED"
OIDC, FAPI1, FAPI2 = "OpenID Connect Basic", "FAPI 1.0 Advanced", "FAPI 2.0 Security Profile"
#: The profile of what no suite tries.
NONE = "none"


class Module(NamedTuple):
    """A test, or a part of one.

    `short`: what it is called where there is little room. `tries`: which kind of thing it uses
    twice (a key of `products.Product.settings`). `wrong`: the verdict when the second use is
    answered the wrong way; `accepts`: whether the right way is to accept it. `warns_alive`: whether
    it warns when the token of the first use still works after a second one.
    """

    name: str
    short: str
    profile: str
    tries: str
    says: str
    clause: str
    attempt: Try
    wrong: str
    accepts: bool = False
    warns_alive: bool = False

    def verdict(self, seen: Seen) -> str:
        """What the suite says to what was seen."""
        if seen.accepted is None:
            return NOT_TRIED
        if seen.accepted != self.accepts:
            return self.wrong
        return WARNING if self.warns_alive and seen.alive else PASS


_CODE, _PROOF, _PUSHED, _REFRESH = "code", "proof", "request_uri", "refresh_token"
_FAPI2 = "fapi2-security-profile-final"

MODULES = (
    Module(
        "oidcc-codereuse",
        "code\n0 s",
        OIDC,
        _CODE,
        "A code is redeemed again at once.",
        "RFC 6749 4.1.2",
        code_again(0),
        WARNING,
    ),
    Module(
        "oidcc-codereuse-30seconds",
        "code\n30 s",
        OIDC,
        _CODE,
        "A code is redeemed again after 30 s; the first access token should be revoked.",
        "RFC 6749 4.1.2; OpenID Connect Core 3.1.3.4",
        code_again(30),
        FAILURE,
        warns_alive=True,
    ),
    Module(
        "fapi1-advanced-final-attempt-reuse-authorisation-code-after-one-second",
        "code\n1 s",
        FAPI1,
        _CODE,
        "A code is redeemed again after 1 s; the first access token should be revoked.",
        "FAPI 1.0 Baseline 5.2.2-13; RFC 6749 4.1.2",
        code_again(1),
        FAILURE,
        warns_alive=True,
    ),
    Module(
        f"{_FAPI2}-attempt-reuse-authorization-code-after-one-second",
        "code\n1 s",
        FAPI2,
        _CODE,
        "A code is redeemed again after 1 s; the first access token should be revoked.",
        "FAPI 2.0 Security Profile 5.3.2.1; RFC 6749 4.1.2",
        code_again(1),
        FAILURE,
        warns_alive=True,
    ),
    Module(
        f"{_FAPI2}-dpop-negative-tests (jti)",
        "proof\nagain",
        FAPI2,
        _PROOF,
        "A server is sent the same proof again.",
        "RFC 9449 11.1",
        proof_again,
        WARNING,
    ),
    Module(
        f"{_FAPI2}-dpop-negative-tests (iat)",
        "proof\noff",
        FAPI2,
        _PROOF,
        "A server is sent proofs from an hour ago and from an hour ahead.",
        "RFC 9449 4.3, check 11",
        proof_off,
        FAILURE,
    ),
    Module(
        f"{_FAPI2}-par-attempt-reuse-request_uri",
        "PAR\nagain",
        FAPI2,
        _PUSHED,
        "A pushed request that brought a code is used again.",
        "RFC 9126 7.3",
        request_uri_again,
        WARNING,
    ),
    Module(
        f"{_FAPI2}-par-ensure-reused-request-uri-prior-to-auth-completion-succeeds",
        "PAR\nbefore",
        FAPI2,
        _PUSHED,
        "A pushed request that has brought no code yet is used again.",
        "FAPI 2.0 Security Profile 5.3.2.2, note 3",
        request_uri_before,
        WARNING,
        accepts=True,
    ),
    Module(
        f"{_FAPI2}-refresh-token",
        "refresh\n30 s",
        FAPI2,
        _REFRESH,
        "The refresh token of before is used 30 s after its rotation, as if the answer was lost.",
        "FAPI 2.0 Security Profile 5.3.2.1-9",
        refresh_token_again(30),
        FAILURE,
        accepts=True,
    ),
    Module(
        "two redemptions at once",
        "code\nat once",
        NONE,
        _CODE,
        "Two requests with one code, neither of which waits for the other.",
        "RFC 6749 4.1.2",
        code_at_once,
        FAILURE,
    ),
    Module(
        "two uses of a proof at once",
        "proof\nat once",
        NONE,
        _PROOF,
        "Two requests with one proof, neither of which waits for the other.",
        "RFC 9449 11.1",
        proof_at_once,
        WARNING,
    ),
    Module(
        "two refreshes at once",
        "refresh\nat once",
        NONE,
        _REFRESH,
        "Two tabs refresh with one token; both should be served, and the user stay signed in.",
        "RFC 9700 4.14.2; interim-2025-01-20, network errors",
        refresh_token_at_once,
        WARNING,
        accepts=True,
    ),
    Module(
        "a refresh token of two generations before",
        "refresh\nlong ago",
        NONE,
        _REFRESH,
        "The token that was rotated before the last one is used again, at once.",
        "RFC 9700 4.14.2",
        refresh_token_of_long_ago,
        FAILURE,
    ),
)
