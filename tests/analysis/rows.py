"""Rows by hand: the smallest traces that make a metric or a property come out one way.

Instants are in ms here; `at-<intention>` is an intention's token unless another is named.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sim.trace import Row

Rows = list[Row]


def story(*parts: Row | Iterable[Row]) -> Rows:
    """One run: the parts' rows in order of time; rows of one instant keep the order given."""
    rows: Rows = []
    for part in parts:
        rows.extend([part] if isinstance(part, Row) else part)
    return sorted(rows, key=lambda row: row.t_us)


def issue(
    intention: int = 0, t_ms: float = 0, *, token: str = "", use: str = "single", **said: Any
) -> Row:
    """The AS issues an access token; `use` "" makes it an ordinary one."""
    claims = {"jti": "j", "aud": said.pop("aud", "payments")} | ({"use": use} if use else {})
    detail = {"kind": "access_token", "claims": claims, "with_refresh_token": False} | said
    return _row(t_ms, "issue", "as-eu-1", intention, "client", 0, token, detail)


def respond(
    t_ms: float, status: int, outcome: str, *, intention: int = 0, token: str = "", **said: Any
) -> Row:
    """A server answers; it had received the request 1 ms before unless `received_ms` says else."""
    actor, attempt, node = said.pop("actor", "client"), said.pop("attempt", 0), _node(said)
    received_us = _us(said.pop("received_ms", t_ms - 1))
    error = said.pop("error", "invalid_token" if status == 401 else "")
    handling_us = _us(t_ms) - received_us
    detail = {"status": status, "error": error, "outcome": outcome}
    detail |= {"operation": "POST /payments"} | said
    detail |= {"handling_us": handling_us, "received_us": received_us}
    return _row(t_ms, "respond", node, intention, actor, attempt, token, detail)


def consumed(
    t_ms: float,
    *,
    intention: int = 0,
    token: str = "",
    attempt: int = 0,
    kind: str = "access_token",
) -> Row:
    """A store records the token as used, or what else is good for one use."""
    detail = {"kind": kind, "operation": "insert"}
    return _row(t_ms, "consume", "store", intention, "client", attempt, token, detail)


def effect(t_ms: float, *, intention: int = 0, token: str = "", **said: Any) -> Row:
    """The protected effect is executed, unless `executed` is False."""
    actor, attempt, node = said.pop("actor", "client"), said.pop("attempt", 0), _node(said)
    received_us = _us(said.pop("received_ms", t_ms - 1))
    detail = {"operation": "POST /payments", "executed": True, "consumed_before": False} | said
    detail["received_us"] = received_us
    return _row(t_ms, "effect", node, intention, actor, attempt, token, detail)


def returned(
    t_ms: float, status: int | None, *, intention: int = 0, token: str = "", **said: Any
) -> Row:
    """A presenter learns the answer; it had asked 10 ms before unless `invoked_ms` says else."""
    actor, attempt, peer = said.pop("actor", "client"), said.pop("attempt", 0), _node(said)
    error = said.pop("error", "invalid_token" if status == 401 else "")
    detail = {"status": status, "error": error, **said}
    detail["invoked_us"] = _us(detail.pop("invoked_ms", t_ms - 10))
    row = _row(t_ms, "return", f"{actor}-eu", intention, actor, attempt, token, detail)
    return row._replace(peer=peer)


def accepted(t_ms: float, **who: Any) -> Rows:
    """A first use: effect and answer at `t_ms`; asked for 10 ms before, learnt 10 ms after."""
    told = returned(t_ms + 10, 200, invoked_ms=t_ms - 10, **who)
    return [effect(t_ms, **who), respond(t_ms, 200, "first", **who), told]


def lost(t_ms: float, **who: Any) -> Rows:
    """A first use whose answer does not arrive: the presenter gives up 100 ms after it."""
    told = returned(t_ms + 100, None, invoked_ms=t_ms - 10, **who)
    return [effect(t_ms, **who), respond(t_ms, 200, "first", **who), told]


def refused(t_ms: float, outcome: str = "replay", **who: Any) -> Rows:
    """A refusal by invalid_token, which the presenter learns 10 ms later."""
    told = returned(t_ms + 10, 401, invoked_ms=t_ms - 10, **who)
    return [respond(t_ms, 401, outcome, **who), told]


def stored(t_ms: float, **who: Any) -> Rows:
    """An answer from store, which the presenter learns 10 ms later."""
    told = returned(t_ms + 10, 200, invoked_ms=t_ms - 10, **who)
    return [respond(t_ms, 200, "stored", **who), told]


def ended(
    t_ms: float,
    kind: str = "served",
    *,
    intention: int = 0,
    latency_ms: float = 30,
    attempts: int = 1,
    **said: Any,
) -> Row:
    """An intention ends, or (`cut_off`) only the run does."""
    detail = {"kind": kind, "latency_us": _us(latency_ms), "attempts": attempts, **said}
    return _row(t_ms, "outcome", "client-eu", intention, "client", attempts - 1, "", detail)


def decided(t_ms: float, outcome: str, *, kind: str = "code", token: str = "", **who: Any) -> Row:
    """A check of a one-time object decides; the context of its key is of no account here."""
    token = token or f"{kind}-0"
    actor, attempt = who.pop("actor", "client"), who.pop("attempt", 0)
    detail = {"outcome": outcome, "key": [kind, "as", "app", token]}
    return _row(t_ms, "decide", "as-eu-1", who.pop("intention", 0), actor, attempt, token, detail)


def compensated(t_ms: float, *, intention: int = 0, token: str = "") -> Row:
    """A strategy that reconciles finds two uses."""
    detail = {"key": ["access_token", "as", "payments", "j"]}
    return _row(t_ms, "compensate", "payments-us-1", intention, "client", 0, token, detail)


def at_the_as(t_ms: float, kind: str, token: str, **said: Any) -> Row:
    """The AS refuses this code or refresh token, or revokes its grant because of it."""
    actor = said.pop("actor", "client")
    detail: dict[str, Any] = {"grant_type": "refresh_token", "error": "invalid_grant"}
    if kind == "revoke":
        detail = {"client": "app", "operation": "POST /token"}
    return _row(t_ms, kind, "as-eu-1", -1, actor, 0, token, detail | {"outcome": "replay"} | said)


def wallet(t_ms: float, action: str, token: str, before: str, intention: int = 0) -> Row:
    """The client's place for the payments server changes from `before` to `token`."""
    detail = {"server": "payments", "action": action, "before": before}
    return _row(t_ms, "wallet", "client-eu", intention, "client", 0, token, detail)


def total(intentions: int = 1, t_ms: float = 60_000, **said: Any) -> Row:
    """The end of a run."""
    detail = {"messages": {"client-rs": 4}, "store_operations": 2, "store_peak_entries": 1}
    detail |= {"store_peak_bytes": 129, "intentions": intentions, "begun": intentions}
    return Row(_us(t_ms), "total", "run", detail=detail | said)


def _row(
    t_ms: float,
    kind: str,
    node: str,
    intention: int,
    actor: str,
    attempt: int,
    token: str,
    detail: dict[str, Any],
) -> Row:
    token = token or (f"at-{intention}" if kind != "outcome" else "")
    return Row(_us(t_ms), kind, node, "", intention, actor, attempt, token, 0, detail)


def _node(said: dict[str, Any]) -> str:
    server: str = said.setdefault("server", "payments")
    return str(said.pop("node", f"{server}-eu-1"))


def _us(t_ms: float) -> int:
    return round(t_ms * 1000)
