"""What is special in a request: its parameters without those that every such request has.

Rule: it reads the text that was on the wire. A parameter counts as often as it stands there.
"""

from __future__ import annotations

import json
from collections import Counter
from urllib.parse import parse_qsl, urlsplit

from sim.trace import Trace
from sim.views.wire import messages

#: In every request of its kind: RFC 6749 4.1 and 6, RFC 7636 4, RFC 9635 2.
COMMON = {
    *("response_type", "grant_type", "client_id", "redirect_uri", "state", "code"),
    *("refresh_token", "code_challenge", "code_challenge_method", "code_verifier"),
    *("client", "interact", "subject_token_type"),
}


def asked(trace: Trace, party: str = "as") -> list[str]:
    """The special parameters of each of the client's requests to a party: "scope, resource x 3"."""
    parties = {node.name: node.server for node in trace.header.nodes}
    sent = [m for m in messages(trace) if m.row.actor == "client"]
    requests = [m for m in sent if parties[m.row.peer] == party and parties[m.row.node] == "client"]
    return [special(message.text) for message in requests]


def special(text: str) -> str:
    """The names of the parameters that not every request has, each with its number."""
    named = Counter(name for name in names(text) if name not in COMMON)
    return ", ".join(f"{name} x {n}" if n > 1 else name for name, n in named.items()) or "-"


def names(text: str) -> list[str]:
    """The parameters of a request: of its query, of its form, or the members of its JSON object."""
    head, _, body = text.partition("\n\n")
    query = urlsplit(head.split()[1]).query
    if body.startswith("{"):
        return [name for name, value in json.loads(body).items() for _ in listed(value)]
    return [name for name, _ in parse_qsl(f"{query}&{body}")]


def listed(value: object) -> list[object]:
    """The items of an array; anything else is one item."""
    return value if isinstance(value, list) else [value]
