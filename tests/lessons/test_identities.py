"""A policy of subjects and claims is accepted, and each typical mistake is found by its aim."""

from __future__ import annotations

import pytest

from oauth_model.identities import RESOURCE_OWNER
from sim.lessons.identities import (
    OTHER,
    SERVERS,
    check_identities,
    in_a_run,
    mixed_up,
    told_so,
    what_is_told,
)

RIGHT = {
    "email": ("pairwise", ["mailbox"]),
    "webdav": ("pairwise", []),
    "voip": ("pairwise", ["phone_number"]),
    "shop": ("pairwise", ["name", "address"]),
}
LINK, ONE_ADDRESS = "no two servers link the user", "whose e-mail is the mailbox"
LESS, APART = "no more is told than is needed", "two in one household"
#: mistake → what is otherwise than in the right answer, and the aims that find it.
WRONG = {
    "the same name everywhere": ({s: ("public", RIGHT[s][1]) for s in SERVERS}, {LINK, LESS}),
    "the e-mail for the bill": ({"shop": ("pairwise", ["name", "email"])}, {ONE_ADDRESS}),
    "the number for the bill": (
        {"shop": ("pairwise", ["name", "phone_number"])},
        {LINK, "shop can"},
    ),
    "a number as who one is": ({"voip": ("msisdn", [])}, {APART}),
    "a mailbox as who one is": ({"email": ("mailbox", [])}, {APART}),
    "no mailbox for the mail": ({"email": ("pairwise", ["email"])}, {"email can"}),
    "pseudonyms and nothing": (
        {server: ("pairwise", []) for server in SERVERS},
        {"email can", "voip can", "shop can"},
    ),
    "a name for everybody": ({"webdav": ("pairwise", ["name"])}, {LESS}),
    "the account's own name": ({"webdav": ("public", [])}, {LESS}),
    "all that there is": (
        {server: ("pairwise", list(RESOURCE_OWNER.attributes)) for server in SERVERS},
        {LINK, LESS},
    ),
}


def test_the_right_answer_is_done():
    assert check_identities(RIGHT).done


def test_a_number_may_be_called_by_either_name_and_the_bill_go_by_post():
    assert check_identities(RIGHT | {"voip": ("pairwise", ["msisdn"])}).done


@pytest.mark.parametrize(("otherwise", "aims"), WRONG.values(), ids=WRONG)
def test_a_mistake_is_found_by_the_aims_meant_for_it(otherwise, aims):
    missed = [aim.name for aim in check_identities(RIGHT | otherwise).aims if not aim.met]
    assert all(any(aim in name for name in missed) for aim in aims)


def test_only_the_worlds_that_differ_find_what_goes_well_in_the_laboratory():
    mailed = check_identities(RIGHT | {"shop": ("pairwise", ["name", "email"])})
    assert [aim.name for aim in mailed.aims if not aim.met] == [
        f"no two servers link a user {ONE_ADDRESS}"
    ]


def test_one_token_for_all_links_whatever_the_policy():
    [aim] = [aim for aim in check_identities(RIGHT).aims if aim.name == LINK]
    assert aim.because == "0 of 6 pairs; with one token for all 6 of 6"


def test_what_the_as_would_write_is_what_servers_read_in_a_run():
    scenario = told_so(RIGHT)
    read, written = in_a_run(scenario), what_is_told(scenario, RESOURCE_OWNER)
    for server, (_, claims) in RIGHT.items():
        assert {c: read[server][c] for c in claims} == {c: written[server][c] for c in claims}


def test_two_in_one_household_are_one_to_whom_only_an_attribute_tells_them_apart():
    assert mixed_up(told_so(RIGHT | {"voip": ("msisdn", [])}), RESOURCE_OWNER, OTHER) == ["voip"]
    assert mixed_up(told_so(RIGHT), RESOURCE_OWNER, OTHER) == []


def test_a_server_forgotten_or_a_kind_or_attribute_that_there_is_not_is_told():
    answers: list[dict] = [
        {"email": ("pairwise", [])},
        RIGHT | {"shop": ("nickname", [])},
        RIGHT | {"shop": ("pairwise", ["name", "adress"])},
    ]
    for answer in answers:
        assert check_identities(answer).aims[-1].name == "it runs"


@pytest.mark.parametrize("told", [("pairwise", "mailbox"), "pairwise", ("pairwise", [1]), (7, [])])
def test_what_is_no_kind_and_list_is_told_how_it_is_written(told):
    aim = check_identities(RIGHT | {"email": told}).aims[-1]
    assert aim.name == "it runs"
    assert aim.because.startswith(f"ValueError: email: {told!r} is not a kind of sub and a list")
    assert "such as ('pairwise', ['mailbox'])" in aim.because


def test_untouched_is_not_attempted_yet():
    assert "not attempted yet" in repr(check_identities(RIGHT | {"shop": (..., [...])}))
