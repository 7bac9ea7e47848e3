"""What each answer to a call that lacks authorization details tells whoever sees it.

Rule: computed from the answers themselves, under real signatures, so that what can be read of a
signed challenge is read from its bytes.
"""

from __future__ import annotations

from typing import NamedTuple

from oauth_model.jose import Keys
from oauth_model.messages import Request
from oauth_model.rar import Need, call_detail
from oauth_model.rar_challenges import ACCEPT_TXN_CHALLENGE, Challenger, challenge, disclosed
from oauth_model.use_cases import BODIES

#: policy of `rar_challenges.RAR_CHALLENGES` → what it says, in a sentence.
SAYS: dict[str, str] = {
    "off": "403 that names nothing: the client must know what to ask for",
    "insufficient_authorization": "401 with the details that are needed, in the clear",
    "transaction_authorization_required": "401 with a signed challenge to hand to the AS as it is",
}
#: A server of the use cases; any would do.
RESOURCE, ISSUER = "https://rs.example.com", "https://as.example.com"
USE_CASES = {"card_details": ("read",), "statement": (), "payment": ("initiate",)}


class Disclosure(NamedTuple):
    """One answer: what it is, which members of the details it reveals, and how long it is."""

    use_case: str
    status: int
    error: str
    members: tuple[str, ...]
    header_bytes: int

    def __str__(self) -> str:
        members = ", ".join(self.members) or "nothing"
        return f"{self.use_case}: {self.status}, {self.header_bytes} bytes, reveals {members}"


def disclosures(policy: str) -> list[Disclosure]:
    """What a policy reveals in each use case."""
    return [_disclosure(policy, use_case) for use_case in USE_CASES]


def _disclosure(policy: str, use_case: str) -> Disclosure:
    keys = Keys("EdDSA", 1)
    request = Request("POST", f"{RESOURCE}/", (ACCEPT_TXN_CHALLENGE,), BODIES[use_case])
    call = call_detail(Need(use_case, USE_CASES[use_case], (RESOURCE,)), request)
    by = Challenger(
        RESOURCE,
        ISSUER,
        lambda claims, typ: keys.sign(claims, key="rs", typ=typ),
        clock=lambda: 1_737_392_400.0,
        new_id=lambda kind: f"{kind}-1",
    )
    error = challenge(policy, call, request, by)
    response = error.challenge_response("rs")
    header = response.header("WWW-Authenticate") or ""
    return Disclosure(use_case, error.status, error.error, disclosed(response), len(header))
