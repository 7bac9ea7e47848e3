"""The story that the tests of the views tell: an accepted request whose response is lost.

A client gets a single-use token, presents it in one region, hears nothing, tries again in the
other region before the stores have talked to each other: the effect happens twice. A thief who
replays it is rejected, then tries the other region while the link between the regions is cut.
"""

from __future__ import annotations

from typing import Any

from sim.trace import Header, NodeInfo, Row, Trace

CLIENT, THIEF, AS, EU, US = "client-eu", "thief", "as-eu-1", "payments-eu-1", "payments-us-1"
STORE_EU, STORE_US = "store-eu", "store-us"
NODES = (
    NodeInfo(CLIENT, "client", "client", "eu"),
    NodeInfo(THIEF, "thief", "thief", "us"),
    NodeInfo(AS, "as", "as", "eu"),
    NodeInfo(EU, "rs", "payments", "eu", clock_offset_us=-250_000),
    NodeInfo(US, "rs", "payments", "us", clock_offset_us=3_000_000, clock_drift_ppm=40.0),
    NodeInfo(STORE_US, "store", "store", "us"),
    NodeInfo(STORE_EU, "store", "store", "eu"),
    NodeInfo("as-eu-2", "as", "as", "eu"),
)
HEADER = Header(
    scenario="two-regions-payment",
    title="A payment whose response is lost",
    seed=7,
    strategy="replicated_async",
    issuance="rfc8707",
    duration_us=5_000_000,
    nodes=NODES,
)
CLAIMS = {
    "iss": "https://as.example",
    "aud": "https://payments.example",
    "jti": "at-1",
    "exp": 1767225630,
    "use": "single",
}
PAY = (
    "POST /payments HTTP/1.1\nHost: payments.example\nAuthorization: Bearer <at-1>\n"
    'Content-Type: application/json\n\n{"amount": "10.00"}'
)
ASK = (
    "POST /token HTTP/1.1\nHost: as.example\nContent-Type: application/x-www-form-urlencoded\n\n"
    "grant_type=client_credentials&scope=pay&resource=https%3A%2F%2Fpayments.example"
)
ISSUED = (
    "HTTP/1.1 200 OK\nContent-Type: application/json\nCache-Control: no-store\n\n"
    '{"access_token": "<at-1>", "token_type": "Bearer", "expires_in": 30, "use": "single"}'
)
PAID = 'HTTP/1.1 201 Created\nContent-Type: application/json\n\n{"payment": "p-1"}'
REFUSED = 'HTTP/1.1 401 Unauthorized\nWWW-Authenticate: Bearer error="invalid_token"'


class Telling:
    """Appends rows; who acts, in which attempt, is said once and holds until said otherwise."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.actor, self.attempt, self.messages = "client", 0, 0

    def row(self, t_us: int, what: str, node: str, peer: str = "", **detail: Any) -> None:
        token = "" if t_us < 9_000 else "at-1"
        who = self.actor, self.attempt, token
        self.rows.append(Row(t_us, what, node, peer, 0, *who, self.messages, detail))
        if what not in ("send", "deliver", "drop"):
            self.rows[-1] = self.rows[-1]._replace(message=0)

    def send(self, t_us: int, node: str, peer: str, label: str, wire: str = "") -> None:
        self.messages += 1
        detail: dict[str, Any] = {"label": label, "link": "access" if wire else "internal"}
        if wire:
            detail |= {"wire": wire}
            detail |= {"claims": {"at-1": CLAIMS}} if "at-1" in wire else {}
        self.row(t_us, "send", node, peer, **detail)

    def message(
        self, t_us: int, until_us: int, node: str, peer: str, label: str, wire: str = ""
    ) -> None:
        self.send(t_us, node, peer, label, wire)
        self.row(until_us, "deliver", peer, node, copy=0)

    def ask_store(self, t_us: int, node: str, store: str, answer: str, before: str) -> None:
        """A round trip of 800 µs to a store, and what was decided on its answer."""
        granted = answer == "granted"
        self.message(t_us, t_us + 400, node, store, "insert")
        detail = {"operation": "insert", "granted": granted, "before": before, "entries": 1}
        if granted:
            self.row(t_us + 400, "consume", store, node, kind="access_token", operation="insert")
        self.row(t_us + 400, "store", store, node, **detail)
        self.message(t_us + 400, t_us + 800, store, node, answer)
        self.row(t_us + 800, "decide", node, outcome="first" if granted else "replay")

    def served(self, t_us: int, node: str) -> None:
        detail = {"operation": "POST /payments", "executed": True, "consumed_before": False}
        self.row(t_us, "effect", node, "", server="payments", **detail)
        answer = {"status": 201, "error": "", "outcome": "first", "handling_us": 1900}
        self.row(t_us, "respond", node, "", server="payments", **answer)


def story() -> Trace:
    """The trace of the story."""
    told = Telling()
    _first_attempt(told)
    _second_attempt(told)
    _theft(told)
    return Trace(HEADER, told.rows)


def _first_attempt(told: Telling) -> None:
    told.message(0, 8_200, CLIENT, AS, "POST /token", ASK)
    told.row(9_700, "issue", AS, kind="single_use", claims=CLAIMS, with_refresh_token=False)
    told.message(9_700, 17_900, AS, CLIENT, "200", ISSUED)
    told.row(17_900, "wallet", CLIENT, server="payments", action="put", before="")
    told.message(18_000, 63_400, CLIENT, US, "POST /payments", PAY)
    told.ask_store(63_900, US, STORE_US, "granted", "absent")
    told.served(66_100, US)
    told.send(66_100, US, CLIENT, "201", PAID)
    told.row(66_100, "drop", US, CLIENT, reason="loss")
    told.row(518_000, "timeout", CLIENT, US)
    told.row(518_000, "return", CLIENT, US, server="payments", status=None, error="")


def _second_attempt(told: Telling) -> None:
    told.attempt = 1
    told.message(520_000, 528_300, CLIENT, EU, "POST /payments", PAY)
    told.ask_store(528_700, EU, STORE_EU, "granted", "absent")
    told.served(530_900, EU)
    told.message(530_900, 539_300, EU, CLIENT, "201", PAID)
    told.row(539_300, "return", CLIENT, EU, server="payments", status=201, error="")
    told.row(539_300, "outcome", CLIENT, kind="served", latency_us=539_300, attempts=2)


def _theft(told: Telling) -> None:
    told.actor, told.attempt = "thief", 0
    told.message(900_000, 908_000, THIEF, US, "POST /payments", PAY)
    told.ask_store(908_300, US, STORE_US, "refused: used", "used")
    told.row(909_200, "respond", US, server="payments", status=401, outcome="replay")
    told.message(909_200, 917_000, US, THIEF, "401 invalid_token", REFUSED)
    told.row(917_000, "return", THIEF, US, server="payments", status=401, error="invalid_token")
    link = {"between": ["eu", "us"], "one_way": False}
    told.rows.append(Row(1_200_000, "fault", "", detail={"action": "cut"} | link))
    told.attempt = 1
    told.send(1_400_000, THIEF, EU, "POST /payments", PAY)
    told.row(1_446_000, "drop", THIEF, EU, reason="partition")
    told.row(1_900_000, "timeout", THIEF, EU)
    told.rows.append(Row(2_000_000, "fault", "", detail={"action": "heal"} | link))
