"""The six knobs that span the strategies; each strategy is a point in that space.

Four belong to a strategy's class, as attributes of these names; the last two are settings of a run.
"""

from __future__ import annotations

from typing import NamedTuple

#: knob → what it decides.
KNOBS: dict[str, str] = {
    "polarity": "when a key becomes known: deny_list, at its use; allow_list, at its issuance",
    "atomicity": "whether asking and claiming are one step or two",
    "placement": "which store is asked, and who else gets to know",
    "lost_response": "what the same key meets after an answer that its presenter never saw",
    "retention_margin_s": "how long a record stands after the key is no longer acceptable",
    "on_outage": "what an undecided check becomes: fail_closed refuses, fail_open accepts",
}


class Verbs(NamedTuple):
    """What a list asks of its stores: at issuance ("": nothing), and at use."""

    at_issuance: str
    at_use: str


#: polarity → its verbs.
POLARITIES = {"deny_list": Verbs("", "insert"), "allow_list": Verbs("add", "remove")}
#: An issuer that nobody answers gives up after asking so often; the token is then stillborn.
REGISTRATION_TRIES = 3
#: The `acks` of an answer by a store that could not ask enough others to be sure of it.
TOO_FEW = -1
