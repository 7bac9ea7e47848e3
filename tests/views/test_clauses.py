"""Beside a line of a message stands the clause that explains it, or nothing where none does."""

from __future__ import annotations

import re

import pytest

from sim.scenario_files import load, vary
from sim.views.clauses import NAMES, OURS, STARTS, clauses
from sim.views.wire import messages, wire_html
from sim.world.simulation import simulate

CASES = {
    "POST /token HTTP/1.1": ["RFC 6749 3.2"],
    "GET /authorize?response_type=code&resource=https%3A%2F%2Frs HTTP/1.1": [
        "RFC 6749 4.1.1",
        "response_type: RFC 6749 3.1.1",
        "resource: RFC 8707 2",
    ],
    "DPoP: <proof-1>": ["RFC 9449 4.1"],
    "DPoP-Nonce: 7": ["RFC 9449 8"],
    "Authorization: DPoP <at-0.1>": ["RFC 9449 7.1"],
    'WWW-Authenticate: Bearer error="invalid_token"': ["RFC 6750 3"],
    "grant_type=refresh_token&refresh_token=<rt>&token_use=single": [
        "grant_type: RFC 6749 4.1.3",
        "refresh_token: RFC 6749 6",
        f"token_use: {OURS}",
    ],
    '{"access_token": "<at-0.1>", "use": "single"}': [
        "access_token: RFC 6749 5.1",
        "use: OAuth WG interim 2025-01-20",
    ],
    "resource=a&resource=b": ["resource: RFC 8707 2"],
    "HTTP/1.1 200 OK": [],
    "Host: as.example.com": [],
    '{"amount": "scope=1"}': [],
}


@pytest.mark.parametrize(("line", "found"), CASES.items(), ids=range(len(CASES)))
def test_a_line_has_the_clauses_of_what_stands_in_it(line, found):
    assert clauses(line) == found


@pytest.mark.parametrize("clause", {**STARTS, **NAMES}.values())
def test_a_clause_names_its_document_and_a_section(clause):
    assert clause == OURS or re.search(
        r"(RFC \d{4} [\d.]+|Core [\d.]+|draft-\S+ \d|2025-01-20)$", clause
    )


def test_every_token_request_and_use_of_a_run_is_explained():
    trace = simulate(vary(load("two-regions-payment"), workload__intentions=2))
    for message in messages(trace):
        if "/token" in message.text or "access_token" in message.text:
            assert any(map(clauses, message.text.splitlines()))


def test_the_page_shows_them_beside_the_line_and_the_text_alone_is_what_is_taken_along():
    trace = simulate(vary(load("two-regions-payment"), workload__intentions=1))
    html = wire_html(trace)
    assert 'POST /token HTTP/1.1  <i class="clause">RFC 6749 3.2</i>' in html
    plain = re.sub(r'  <i class="clause">.*?</i>', "", html)
    assert "RFC" not in plain
