"""What the authorization server remembers of GNAP requests: plain data, no behaviour.

As in `grants.records`, whether a token was used is not in here: that is asked through the seam.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from oauth_model.issuance.base import Selection
from oauth_model.rar import Details

if TYPE_CHECKING:
    from oauth_model.grants.records import Confirmation, Grant, IssuedToken


class AskedToken(NamedTuple):
    """An access token that is asked for (RFC 9635 2.1.1); `use` is "single" or empty."""

    details: Details
    label: str = ""
    bearer: bool = False
    use: str = ""


class AskedTokens(NamedTuple):
    """The field `access_token` of a request; `many`: whether it was an array (2.1.2)."""

    tokens: tuple[AskedToken, ...]
    many: bool


class Finish(NamedTuple):
    """How the client learns that the interaction ended (2.5.2): a redirect to `uri`."""

    uri: str
    nonce: str
    hash_method: str


@dataclass(slots=True)
class Negotiation:
    """A grant request (1.5): `state` is "pending", then "approved" or "finalized".

    `nonce` is the AS's own (3.3.5), `acr_values` what the client hinted at. `confirmation`: the key
    that the client proved, for all later requests too. `grant` is what the user consented to,
    `interact_ref` what the client must show for it; both empty until the user came. `lasting`: the
    part of its rights that was asked for with ordinary tokens, and so may be asked for again.
    """

    client_id: str
    asked: AskedTokens
    finish: Finish
    nonce: str
    acr_values: str
    confirmation: Confirmation
    expires_at_s: float
    state: str = "pending"
    interact_ref: str = ""
    grant: Grant | None = None
    lasting: Details = ()


@dataclass(slots=True)
class Continuation:
    """A continuation access token (3.1); `replaced` once it brought another."""

    negotiation: Negotiation
    expires_at_s: float
    replaced: bool = False


@dataclass(slots=True)
class Managed:
    """What a token management access token manages at its URI (3.2.1): one access token.

    `asked`, `selection`: how it was issued; `rotated` once there is another in its place.
    """

    negotiation: Negotiation
    issued: IssuedToken
    asked: AskedToken
    selection: Selection
    uri: str
    expires_at_s: float
    rotated: bool = False


@dataclass(slots=True)
class Negotiations:
    """Requests by the identifier in their interaction URI; the AS's own tokens by value."""

    interactions: dict[str, Negotiation] = field(default_factory=dict)
    continuations: dict[str, Continuation] = field(default_factory=dict)
    managed: dict[str, Managed] = field(default_factory=dict)
