"""A design for each client is accepted, and each that does not suit is told apart by its need."""

from __future__ import annotations

import pytest

from oauth_model.issuance import DESIGNS
from sim.lessons.issuance_designs import check_choice

SEALED = {f"servers.{name}.encrypted": True for name in ("email", "webdav", "voip")}
RIGHT = {
    "partners": {"issuance": "lodderstedt", **SEALED},
    "hurry": {"issuance": "gnap"},
    "doubt": {"issuance": "rfc8707_response"},
}


def missed(client, **fields):
    """The needs of one client that its fields do not meet."""
    answer = RIGHT | {client: {name.replace("__", "."): value for name, value in fields.items()}}
    return {
        aim.name.split(": ")[1].split(" (")[0] for aim in check_choice(answer).aims if not aim.met
    }


def test_the_right_answer_is_done():
    assert check_choice(RIGHT).done


#: client, its fields → the need that is not met.
WRONG = {
    "one token for all": ("hurry", {"issuance": "fat"}, "tokens at work elsewhere"),
    "a request more": ("hurry", {"issuance": "rfc8707"}, "requests"),
    "nobody was asked": ("doubt", {"issuance": "mrrt"}, "reached without consent"),
    "one token more": ("doubt", {"issuance": "token_exchange"}, "requests"),
    "an AS believed": ("doubt", {"issuance": "rfc8707"}, "tokens at work elsewhere, the AS deaf"),
    "no servers named": (
        "doubt",
        {"issuance": "scope_inferred"},
        "refresh for a server not granted",
    ),
    "a secret in common": (
        "partners",
        {"issuance": "rfc8707", **SEALED},
        "believed with tokens of their own making",
    ),
    "in the open": ("partners", {"issuance": "lodderstedt"}, "tokens that one leaked key opens"),
    "one left in the open": (
        "partners",
        {"issuance": "lodderstedt", "servers.webdav.encrypted": True},
        "tokens that one leaked key opens",
    ),
}


@pytest.mark.parametrize(("client", "fields", "need"), WRONG.values(), ids=WRONG)
def test_a_design_that_does_not_suit_is_told_by_the_need_it_fails(client, fields, need):
    assert need in missed(client, **fields)


def test_of_all_designs_one_suits_who_is_in_a_hurry():
    assert [name for name in DESIGNS if not missed("hurry", issuance=name)] == ["gnap"]


def test_more_designs_than_the_drafts_suit_the_draft():
    assert not missed("partners", issuance="rar_locations", **SEALED)


def test_what_is_fixed_cannot_be_chosen():
    fields = {"issuance": "rfc8707", "servers.voip.token_format": "jwt"} | SEALED
    assert "believed with tokens of their own making" in missed("partners", **fields)


def test_a_field_that_there_is_not_is_told():
    checked = check_choice(RIGHT | {"hurry": {"issuance": "gnap", "servers.fax.encrypted": True}})
    assert checked.aims[-1].name == "it runs"
    assert "fax" in checked.aims[-1].because


def test_a_design_that_is_not_among_fields_is_told_how_to_say_it():
    told = check_choice(RIGHT | {"hurry": "gnap"}).aims
    assert [aim.because for aim in told if aim.name == "hurry"] == [
        'needs fields, such as {"issuance": "fat"}'
    ]


def test_untouched_is_not_attempted_yet():
    assert "not attempted yet" in repr(check_choice(RIGHT | {"doubt": {"issuance": ...}}))
