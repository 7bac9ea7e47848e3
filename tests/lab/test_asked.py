"""What is special in a request: parameters by name, wherever they stand in it."""

import pytest

from oauth_model.issuance import DESIGNS
from sim.lab.asked import asked, special
from sim.scenario_files import load
from sim.world.simulation import simulate


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("GET /authorize?client_id=c&scope=a+b HTTP/1.1\nHost: as", "scope"),
        ("GET /authorize?resource=a&resource=b HTTP/1.1\nHost: as", "resource x 2"),
        ("POST /token HTTP/1.1\nHost: as\n\ngrant_type=x&scope=a", "scope"),
        (
            'POST /tx HTTP/1.1\nHost: as\n\n{"access_token": [1, 2], "client": "c"}',
            "access_token x 2",
        ),
        ('POST /continue HTTP/1.1\nHost: as\n\n{"interact_ref": "r"}', "interact_ref"),
        ("POST /token HTTP/1.1\nHost: as\n\ngrant_type=x&code=<code-0.1>", "-"),
    ],
)
def test_a_parameter_is_found_in_query_form_and_json(text, said):
    assert special(text) == said


def test_only_the_clients_own_requests_to_that_party_count():
    trace = simulate(load("three-services", {"issuance": "fat"}))
    assert asked(trace) == ["scope", "-"]
    assert asked(trace, "voip") == ["-"]  # webdav's replay is not the client's


def test_each_design_asks_in_a_way_of_its_own():
    ways = {name: asked(simulate(load("three-services", {"issuance": name}))) for name in DESIGNS}
    assert ways["lodderstedt"][:2] == ["scopes, scope.1, scope.2, scope.3", "scope"]
    assert ways["rfc8707"][:2] == ["scope, resource x 3", "resource"]
    assert ways["gnap"] == ["access_token x 3", "grant", "interact_ref"]
    alike = {tuple(way) for way in ways.values()}
    assert len(alike) == len(DESIGNS) - 1  # RFC 8707 with and without `resource` in the answer
