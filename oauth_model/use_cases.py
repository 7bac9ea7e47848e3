"""The use cases of the minutes: what a client wants when it discloses, generates or pays.

Rule: what a call is for stands in its body, and the authorization details that it needs are read
from there (`rar.call_detail`), by the client before it asks and by the server before it acts.
"""

from __future__ import annotations

import json

from oauth_model.messages import Request
from oauth_model.rar import Details, Need, call_detail

#: Type of authorization details → the body of a call that needs them.
BODIES: dict[str, str] = {
    "payment": json.dumps(
        {"instructedAmount": {"currency": "EUR", "amount": "42.00"}, "creditorName": "Merchant A"}
    ),
    "card_details": json.dumps({"identifier": "card-1"}),
    "statement": json.dumps(
        {"identifier": "account-1", "dateFrom": "2024-12-01", "dateTo": "2024-12-31"}
    ),
    "access": json.dumps({"identifier": "account-1"}),
}
PAYMENT = BODIES["payment"]


def details_for(need: Need) -> Details:
    """What a client asks for, so as to make the one call that it has in mind, and no more."""
    return (call_detail(need, Request("POST", "", body=BODIES[need.type])),)
