"""The authorization details types of the model (RFC 9396 2.1), those of the minutes first.

Rule: a type is a table of fields, and nothing else knows its fields. What a type does not list is
unknown and refused (RFC 9396 5).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from oauth_model.rar.kinds import (
    CURRENCY,
    DATE,
    DECIMAL,
    IBAN,
    TEXT,
    TEXTS,
    URIS,
    Field,
    adds,
    limits,
    not_after,
    not_before,
    pins,
    same,
    same_amount,
    some_of,
)


def _any(members: Mapping[str, Any]) -> bool:
    return True


class DetailType(NamedTuple):
    """A type: its fields in the order in which we write them, and what several must keep together.

    `type` itself is no row: every object has it.
    """

    fields: Mapping[str, Field]
    consistent: Callable[[Mapping[str, Any]], bool] = _any


def _in_order(members: Mapping[str, Any]) -> bool:
    return bool(members["dateFrom"] <= members["dateTo"])


_LOCATIONS = Field(URIS, limits)
_AMOUNT = {"currency": Field(CURRENCY, same, True), "amount": Field(DECIMAL, same, True)}

#: Minutes of 2025-01-20: disclosing card details, generating statements, payments. `access` is
#: made of the common data fields alone (RFC 9396 2.2).
TYPES: dict[str, DetailType] = {
    "card_details": DetailType(
        {
            "actions": Field(some_of("read"), limits, required=True),
            "locations": _LOCATIONS,
            "identifier": Field(TEXT, same, required=True, of_call=True),
        }
    ),
    "statement": DetailType(
        {
            "locations": _LOCATIONS,
            "identifier": Field(TEXT, same, required=True, of_call=True),
            "dateFrom": Field(DATE, not_before, required=True, of_call=True),
            "dateTo": Field(DATE, not_after, required=True, of_call=True),
        },
        consistent=_in_order,
    ),
    "payment": DetailType(
        {
            "actions": Field(some_of("initiate", "status", "cancel"), limits),
            "locations": _LOCATIONS,
            "instructedAmount": Field(_AMOUNT, same_amount, required=True, of_call=True),
            "creditorName": Field(TEXT, same, required=True, of_call=True),
            "creditorAccount": Field({"iban": Field(IBAN, same, True)}, same, of_call=True),
        }
    ),
    "access": DetailType(
        {
            "actions": Field(TEXTS, limits),
            "locations": _LOCATIONS,
            "datatypes": Field(TEXTS, limits),
            "identifier": Field(TEXT, pins, of_call=True),
            "privileges": Field(TEXTS, adds),
        }
    ),
}
