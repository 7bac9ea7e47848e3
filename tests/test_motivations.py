"""The five motivations of draft-lodderstedt-oauth-multiple-access-tokens-00, each with its number.

Its introduction says why one token for several servers is not enough. Every number is what the
scenario's own parties and attackers came to, under one token for all and under one for each.
"""

from __future__ import annotations

from typing import Any

import pytest

from oauth_model.issuance import DESIGNS
from sim.issuance_table import issuance
from sim.scenario_files import load

DRAFT = "draft-lodderstedt-oauth-multiple-access-tokens-00"
SERVERS = ("email", "webdav", "voip")


def row(design: str, scenario: str = "three-services", **settings: Any) -> dict[str, Any]:
    """The table's row of a design; settings name a field of every server, or of the scenario."""
    fields = {
        (f"servers.{server}.{name}" if "__" not in name else name.replace("__", ".")): value
        for name, value in settings.items()
        for server in SERVERS
    }
    [found] = issuance(load(scenario, fields), [design])
    return found


def counts(reach: dict[str, list[str]]) -> list[int]:
    return [len(reach[server]) for server in SERVERS]


@pytest.mark.clause(f"{DRAFT} impersonation")
@pytest.mark.clause("RFC 9700 2.3 audience")
@pytest.mark.clause("RFC 9700 4.9.1 counterfeit")
def test_1_a_malicious_server_replays_a_token_at_two_of_two_others_or_at_none():
    assert counts(row("fat")["blast_radius"]) == [2, 2, 2]
    assert counts(row("lodderstedt")["blast_radius"]) == [0, 0, 0]


@pytest.mark.clause(f"{DRAFT} leaks")
def test_1_what_a_log_gives_away_works_everywhere_or_where_the_log_was_kept():
    assert counts(row("fat")["leaks"]["log"]) == [3, 3, 3]
    assert row("lodderstedt")["leaks"]["log"] == {server: [server] for server in SERVERS}


@pytest.mark.clause(f"{DRAFT} leaks")
@pytest.mark.clause("RFC 6750 2.3 query")
@pytest.mark.parametrize("design", ["fat", "lodderstedt"])
@pytest.mark.parametrize("public", [False, True])
def test_1_what_a_referer_gives_away_works_nowhere(design: str, public: bool):
    found = row(design, client__public=public)
    assert found["leaks"]["referer"] == {"redirect page": [], "resource page": []}
    assert found["refused"]["token in the query of a URL"] == "401"


@pytest.mark.clause(f"{DRAFT} signing keys")
def test_2_servers_share_the_key_that_signs_for_all_or_none():
    assert row("fat")["keys_shared"]["signing"] == {"as": list(SERVERS)}
    assert row("lodderstedt")["keys_shared"]["signing"] == {}


@pytest.mark.clause(f"{DRAFT} encryption keys")
def test_2_a_leaked_key_opens_every_token_or_its_servers_own():
    fat, each = row("fat", encrypted=True), row("lodderstedt", encrypted=True)
    assert fat["keys_shared"]["encryption"] == {"as/encryption": list(SERVERS)}
    assert fat["keys_shared"]["read_with_leaked_key"] == dict.fromkeys(SERVERS, 1)
    assert each["keys_shared"]["encryption"] == {}
    assert each["keys_shared"]["read_with_leaked_key"] == dict.fromkeys(SERVERS, 1)
    assert (fat["tokens"], each["tokens"]) == (1, 3)  # so 1 of 1, and 1 of 3


@pytest.mark.clause(f"{DRAFT} encryption keys")
def test_2_a_token_in_the_open_is_read_by_whoever_sees_it():
    found = row("lodderstedt", "draft-three-services")
    assert found["keys_shared"]["read_with_leaked_key"] == {"email": 1, "webdav": 2, "voip": 1}


@pytest.mark.clause(f"{DRAFT} signing keys")
@pytest.mark.parametrize(
    ("design", "forged"), [("fat", 2), ("lodderstedt", 0), ("scope_inferred", 0), ("rfc8707", 2)]
)
def test_2_who_shares_a_secret_makes_tokens_for_the_others(design: str, forged: int):
    """RFC 8707 lets a client ask for one token for several servers: they must share a secret."""
    assert counts(row(design, token_format="swt")["keys_shared"]["forged"]) == [forged] * 3


def test_2_encryption_does_not_say_who_made_a_token():
    sealed = row("fat", token_format="swt", encrypted=True)["keys_shared"]
    assert counts(sealed["forged"]) == [2, 2, 2]


@pytest.mark.parametrize("design", DESIGNS)
def test_2_a_public_key_forges_nothing(design: str):
    assert counts(row(design)["keys_shared"]["forged"]) == [0, 0, 0]


@pytest.mark.clause(f"{DRAFT} identities")
def test_3_all_three_pairs_of_servers_can_link_a_user_or_none():
    fat, each = (row(d, "draft-three-services") for d in ("fat", "lodderstedt"))
    assert (len(fat["linkable"]), len(each["linkable"])) == (3, 0)


@pytest.mark.clause(f"{DRAFT} identities")
@pytest.mark.parametrize(
    ("subject_type", "linked"), [("public", 3), ("pairwise", 0), ("imsi", 3), ("mailbox", 3)]
)
def test_3_an_identity_that_two_servers_are_told_links_them(subject_type: str, linked: int):
    assert len(row("lodderstedt", subject_type=subject_type)["linkable"]) == linked


@pytest.mark.clause(f"{DRAFT} attributes")
def test_4_each_server_learns_what_any_of_them_wanted_or_its_own():
    fat, each = (row(d, "draft-three-services") for d in ("fat", "lodderstedt"))
    union = ["sub", "scope", "name", "address"]
    assert fat["claims_learned"] == dict.fromkeys(SERVERS, union)
    assert each["claims_learned"] == {
        "email": ["sub", "scope", "name"],
        "webdav": ["sub", "scope"],
        "voip": ["sub", "scope", "address"],
    }


@pytest.mark.clause(f"{DRAFT} formats")
def test_5_one_token_suits_one_of_three_servers_and_one_for_each_suits_all():
    fat, each = (row(d, "draft-three-services") for d in ("fat", "lodderstedt"))
    assert fat["serves"] == ["email"]  # which asks the AS what it stands for
    assert each["serves"] == list(SERVERS)


@pytest.mark.clause(f"{DRAFT} formats")
@pytest.mark.parametrize("token_format", ["jwt", "opaque", "swt", "saml"])
def test_5_a_format_of_its_own_serves_a_server_beside_the_others(token_format: str):
    if token_format == "saml":
        pytest.importorskip("signxml")
    fields = {"servers.webdav.encrypted": False, "servers.webdav.token_format": token_format}
    scenario = load("draft-three-services", fields)
    [found] = issuance(scenario, ["lodderstedt"])
    assert found["serves"] == list(SERVERS)
    assert counts(found["blast_radius"]) == [0, 0, 0]
