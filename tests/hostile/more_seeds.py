"""Valid requests of GNAP (RFC 9635), and of the AS to a resource server (RFC 8935)."""

from __future__ import annotations

from oauth_model.messages import Request
from oauth_model.revocation_events import EVENT_MEDIA_TYPE
from tests.hostile.estate import Estate, continuing
from tests.hostile.seed import Seed
from tests.oauth_model.parties import ISSUER


def negotiations(estate: Estate) -> list[Seed]:
    """Every request of GNAP that this AS answers."""
    if estate.design.name != "gnap":
        return []
    things = estate.things
    access = {"type": "access", "actions": ["email"], "locations": ["https://email.example.com"]}
    more = {"access_token": {"access": [access], "flags": ["bearer"]}}
    resume = continuing(things["gnap.pending"], {"interact_ref": things["gnap.reference"]})
    own = (("Authorization", f"GNAP {things['gnap.managing']}"),)
    held = ("gnap.approved", "gnap.approved.old")
    any_held = (*held, "gnap.pending")
    interact = f"{ISSUER}/interact?grant={things['gnap.interact']}"
    return [
        Seed("gnap tx", "as", estate.negotiating(), None),
        Seed("gnap discovery", "as", Request("OPTIONS", f"{ISSUER}/tx")),
        Seed("gnap interact", "as", Request("GET", interact), ("grant",)),
        Seed("gnap resume", "as", resume, None),
        Seed(
            "gnap modify", "as", continuing(things["gnap.approved"], more, "PATCH"), None, also=held
        ),
        Seed("gnap cancel", "as", continuing(things["gnap.approved"], {}, "DELETE"), also=any_held),
        Seed("gnap rotate", "as", Request("POST", things["gnap.uri"], own)),
        Seed("gnap revoke", "as", Request("DELETE", things["gnap.uri"], own)),
    ]


def events(estate: Estate) -> list[Seed]:
    """That a token was revoked."""
    url, headers = "https://email.example.com/revoked", (("Content-Type", EVENT_MEDIA_TYPE),)
    return [Seed("revoked email", "email", Request("POST", url, headers, estate.event()), None)]
