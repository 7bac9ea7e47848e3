"""Authorization details for tests: one of each type, in words and as values."""

from collections.abc import Mapping
from typing import Any

from oauth_model.messages import JSON, Request
from oauth_model.rar import Detail, Details, Need

CARDS, ACCOUNTS, PAYMENTS = (f"https://{name}.example.com" for name in ("cards", "accounts", "pay"))
CARD: dict[str, Any] = {"type": "card_details", "actions": ["read"], "identifier": "card-4711"}
STATEMENT: dict[str, Any] = {
    "type": "statement",
    "locations": [ACCOUNTS],
    "identifier": "account-14",
    "dateFrom": "2025-01-01",
    "dateTo": "2025-03-31",
}
PAYMENT: dict[str, Any] = {
    "type": "payment",
    "locations": [PAYMENTS],
    "instructedAmount": {"currency": "EUR", "amount": "123.50"},
    "creditorName": "Merchant A",
    "creditorAccount": {"iban": "DE02100100109307118603"},
}
ACCESS: dict[str, Any] = {
    "type": "access",
    "locations": [CARDS, ACCOUNTS],
    "actions": ["read", "write"],
    "datatypes": ["contacts", "photos"],
}
DETAILS = {members["type"]: members for members in (CARD, STATEMENT, PAYMENT, ACCESS)}
PAY = Need("payment", locations=(PAYMENTS,))


def details(*members: Mapping[str, Any]) -> Details:
    return tuple(map(Detail.of, members))


def without(members: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in members.items() if name not in names}


def post(body: str, path: str = "/payments") -> Request:
    return Request("POST", f"{PAYMENTS}{path}", (("Content-Type", JSON),), body)
