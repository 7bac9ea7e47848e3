"""RFC 9635 4: the user comes, decides and goes back; and the hash that ties the two ends."""

from __future__ import annotations

from typing import Any

import pytest

from oauth_model.authorization_server import Decision
from oauth_model.gnap.hashes import interaction_hash
from oauth_model.step_up import ACR_LEVELS
from tests.oauth_model.negotiation import NONCE, Negotiating, asked, grant_request, refused
from tests.oauth_model.parties import CALLBACK, ISSUER, SERVERS

#: The four values of the example in RFC 9635 4.2.3.
EXAMPLE = (
    "VJLO6A4CATR0KRO",
    "MBDOFXG4Y5CVJCX821LH",
    "4IFWWIKYB2PQ6U56NL1",
    "https://server.example.com/tx",
)


@pytest.fixture
def world() -> Negotiating:
    return Negotiating()


@pytest.mark.clause("RFC 9635 4.2.3 vectors")
def test_the_hashes_of_the_rfc_are_ours():
    assert interaction_hash(*EXAMPLE) == "x-gguKWTj8rQf7d7i3w3UhzvuJ5bpOlKyAlVpLxBffY"
    assert interaction_hash(*EXAMPLE, "sha3-512") == (
        "pyUkVJSmpqSJMaDYsk5G8WCvgY91l-agUPe1wgn-cc5rUtN69gPI2-S_s-Eswed8iB4PJ_a5Hg6DNi7qGgKwSQ"
    )


@pytest.mark.parametrize("position", range(4))
def test_each_of_the_four_values_is_in_the_hash(position):
    changed = list(EXAMPLE)
    changed[position] += "x"
    assert interaction_hash(*changed) != interaction_hash(*EXAMPLE)


@pytest.mark.clause("RFC 9635 4.2.1 redirect")
@pytest.mark.parametrize("method", ["sha-256", "sha3-512"])
def test_the_user_is_sent_back_with_reference_and_hash(world, method):
    body = grant_request()
    body["interact"]["finish"]["hash_method"] = method
    started = world.tx(body)
    back = world.visit(started)
    nonce = started.json()["interact"]["finish"]
    tie = interaction_hash(NONCE, nonce, back["interact_ref"], f"{ISSUER}/tx", method)
    assert back == {"hash": tie, "interact_ref": back["interact_ref"]}


def test_the_user_is_sent_to_the_uri_that_the_request_named(world):
    started = world.tx(grant_request())
    answer = world.send("GET", started.json()["interact"]["redirect"])
    assert (answer.status, (answer.header("Location") or "").partition("?")[0]) == (302, CALLBACK)


@pytest.mark.clause("RFC 9635 4.1.1 unknown request")
@pytest.mark.parametrize("query", ["", "?grant=", "?grant=grant-9", "?grant=grant-1&grant=grant-1"])
def test_a_uri_that_leads_nowhere_sends_the_user_nowhere(world, query):
    world.tx(grant_request())
    answer = world.send("GET", f"/interact{query}")
    assert (answer.status, answer.header("Location")) == (400, None)


@pytest.mark.clause("RFC 9635 4.1.1 unknown request")
def test_a_user_decides_once_and_in_time(world):
    decided, cancelled = (world.tx(grant_request()) for _ in range(2))
    world.now_s += 59
    world.visit(decided)
    world.onward("DELETE", cancelled)
    late = world.tx(grant_request())
    for started in (decided, cancelled, late):
        world.now_s += 60 if started is late else 0
        answer = world.send("GET", started.json()["interact"]["redirect"])
        assert (answer.status, answer.header("Location")) == (400, None)


@pytest.mark.clause("RFC 9635 4.2 after a denial")
@pytest.mark.clause("RFC 9635 5.1 user_denied")
def test_a_user_who_said_no_is_sent_back_all_the_same_and_the_client_is_told(world):
    world.authorization_server.replica.consent = lambda client, rights: Decision("somebody", ())
    started, reference = world.pending()
    response = world.onward("POST", started, reference)
    assert refused(response) == (400, "user_denied")
    assert "access_token" not in response.json()
    assert world.database.access_tokens == {}


@pytest.mark.clause("RFC 9635 3.2.2 refused")
def test_what_the_user_left_out_is_left_out_of_the_answer(world):
    def only_voip(client: Any, rights: Any) -> Decision:
        return Decision("somebody", (), rights.details[1:])

    world.authorization_server.replica.consent = only_voip
    [token] = world.approved(asked("email"), asked("voip")).json()["access_token"]
    assert token["label"] == "voip"


def test_a_user_grants_no_more_than_was_asked(world):
    replica = world.authorization_server.replica
    details = replica.design.policy(("email", "payments"), SERVERS).details
    replica.consent = lambda client, rights: Decision("somebody", (), details)
    world.approved(asked("email"))
    [negotiation] = world.database.gnap.interactions.values()
    assert [detail.members["actions"] for detail in negotiation.grant.rights.details] == [["email"]]


@pytest.mark.clause("interim-2025-01-20 no session")
@pytest.mark.parametrize(
    ("uses", "begins"), [(["", ""], True), (["single", ""], True), (["single", "single"], False)]
)
def test_a_session_begins_unless_every_token_is_for_a_single_use(world, uses, begins):
    pairs = zip(("email", "voip"), uses, strict=True)
    world.approved(*(asked(server, token_use=use) for server, use in pairs))
    assert bool(world.database.sessions) == begins


def test_the_client_may_hint_how_the_user_should_sign_in(world):
    body = grant_request(asked("email"))
    body["interact"]["hints"] = {"acr_values": f"unknown {ACR_LEVELS[-1]}"}
    started = world.tx(body)
    world.onward("POST", started, {"interact_ref": world.visit(started)["interact_ref"]})
    assert world.issued("access_token")[0]["claims"]["acr"] == ACR_LEVELS[-1]
