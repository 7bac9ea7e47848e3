"""A client that introspects learns nothing that is for the server alone (RFC 7662 2.2)."""

from __future__ import annotations

import pytest

from oauth_model.identities import RESOURCE_OWNER
from tests.oauth_model.parties import SERVERS, World, token_request

VOIP = SERVERS[2]._replace(
    encrypted=True, subject_type="imsi", claims=("name", "msisdn"), secret="of-voip"
)


@pytest.mark.clause("RFC 7662 2.2 members")
def test_2_2_identity_and_claims_are_for_the_server():
    world = World("lodderstedt", servers=(*SERVERS[:2], VOIP, SERVERS[3]))
    assert world.run(world.client.authorize(("voip",))).kind == "served"
    assert world.run(world.client.obtain("voip")).kind == "served"
    token = world.client.wallet.token("voip")
    asked = token_request(token=token)._replace(url="https://as.example.com/introspect")
    members = world.run(world.handlers["as"](asked)).json()
    assert (members["active"], members["scope"], "exp" in members) == (True, "voip", True)
    assert not {"sub", "name", "msisdn"} & members.keys()
    assert RESOURCE_OWNER.attributes["imsi"] not in str(members)
