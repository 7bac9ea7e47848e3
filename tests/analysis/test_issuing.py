"""What is asked of the issuance of tokens: each property by the smallest rows that decide it."""

from __future__ import annotations

from typing import Any

import pytest

from oauth_model.faults import FAULTS
from sim.checker import PROPERTIES, Verdict, check
from sim.trace import Row
from tests.analysis.rows import consumed, issue, story, wallet

NAMES = [fault.found_by for fault in FAULTS.values()]
MAIL, FILES = "https://email.example.com", "https://webdav.example.com"


def verdict(name: str, *rows: Row) -> Verdict:
    return check(story(*rows), [name])[name]


def holds(name: str, *rows: Row) -> bool | None:
    return verdict(name, *rows).holds


def token(t_ms: float, name: str, aud: Any = MAIL, source: str = "", intention: int = 0) -> Row:
    """An ordinary access token, and what brought it."""
    row = issue(intention, t_ms, token=name, use="", aud=aud)
    claims = row.detail["claims"] | {"client_id": "app"}
    return row._replace(detail=row.detail | {"claims": claims, "source": source})


def other(t_ms: float, kind: str, name: str, intention: int = 0, **detail: Any) -> Row:
    """Anything else that is issued."""
    said = {"kind": kind, "claims": {}, "with_refresh_token": False} | detail
    return issue(intention, t_ms, token=name)._replace(detail=said)


def code(t_ms: float, name: str, *resources: str, scope: str = "", intention: int = 0) -> Row:
    rights = {"scope": scope, "resources": list(resources)}
    return other(t_ms, "code", name, intention, rights=rights)


def refuse(t_ms: float, name: str, error: str, *resources: str, **said: Any) -> Row:
    actor, attempt = said.pop("actor", "client"), said.pop("attempt", 0)
    detail = {"grant_type": "refresh_token", "resources": list(resources), "error": error}
    detail |= {"state": "good", "outcome": ""} | said
    row = issue(0, t_ms, token=name)
    return row._replace(kind="refuse", actor=actor, attempt=attempt, detail=detail)


def kept(t_ms: float, name: str, server: str = "email", action: str = "store") -> Row:
    row = wallet(t_ms, action, name, "")
    return row._replace(detail=row.detail | {"server": server})


#: A consent for two servers, redeemed for the first, refreshed for the other and again.
GOOD = (
    code(1, "c", MAIL, FILES),
    refuse(2, "c", "invalid_grant", grant_type="authorization_code"),
    token(3, "a1", MAIL, "c"),
    other(3, "refresh_token", "r", source="c"),
    other(3, "id_token", "i", claims={"aud": "app"}),
    kept(4, "a1"),
    token(5, "a2", FILES, "r"),
    kept(6, "a2", "webdav"),
    refuse(7, "r", "invalid_target", "https://nobody.example.com"),
    token(8, "a3", MAIL, "r"),
    kept(9, "a3"),
)


@pytest.mark.parametrize("name", NAMES)
def test_a_good_run_holds(name):
    good = verdict(name, *GOOD)
    assert (good.holds, good.witness) == (True, {})
    assert "{" not in good.because


@pytest.mark.parametrize("name", NAMES)
def test_a_property_says_its_sentence_and_its_clause(name):
    assert PROPERTIES[name].sentence.endswith(".")
    assert PROPERTIES[name].clause


# audiences


@pytest.mark.parametrize("aud", [FILES, "app", [FILES, "app"], []])
def test_a_token_for_another_server_is_seen_where_it_is_kept(aud):
    found = verdict("token_names_its_server", token(1, "a", aud), kept(2, "a"))
    assert found.holds is False
    assert "asked for email and got a" in found.because


@pytest.mark.parametrize("aud", [MAIL, [MAIL], [FILES, MAIL], "email", "https://as.x.org/email"])
def test_a_token_that_names_the_server_among_others_is_for_it(aud):
    assert holds("token_names_its_server", token(1, "a", aud), kept(2, "a")) is True


def test_a_single_use_token_may_be_kept_elsewhere_than_it_is_shown():
    swapped = token(1, "a", [MAIL, FILES]), kept(2, "a", action="swap_in")
    assert holds("audience_as_asked", *swapped) is None
    assert holds("token_names_its_server", *swapped) is None


def test_a_token_for_more_servers_than_it_is_kept_for_is_too_wide():
    wide = token(1, "a", [MAIL, FILES])
    assert holds("audience_as_asked", wide, kept(2, "a")) is False
    assert holds("audience_as_asked", wide, kept(2, "a"), kept(2, "a", "webdav")) is True


def test_a_token_for_one_other_server_is_wrong_but_not_too_wide():
    assert holds("audience_as_asked", token(1, "a", FILES), kept(2, "a")) is True


def test_a_later_token_for_the_same_server_has_the_same_audience():
    first = token(1, "a", MAIL), kept(2, "a")
    assert holds("same_audience_after_refresh", *first, token(3, "b", "app"), kept(4, "b")) is False
    assert holds("same_audience_after_refresh", *first, token(3, "b", [MAIL]), kept(4, "b")) is True
    other_server = token(3, "b", FILES), kept(4, "b", "webdav")
    assert holds("same_audience_after_refresh", *first, *other_server) is None


def test_one_audience_is_written_one_way():
    string, array = token(1, "a", MAIL), token(2, "b", [MAIL])
    for rows in (string, array), (array._replace(t_us=0), string):
        assert holds("audience_in_one_form", *rows) is False
    assert holds("audience_in_one_form", array, token(3, "c", [FILES])) is True


def test_an_array_of_two_says_nothing_about_the_form_of_one():
    assert holds("audience_in_one_form", token(1, "a", MAIL), token(2, "b", [MAIL, FILES])) is True


@pytest.mark.parametrize(("aud", "good"), [("app", True), (["x", "app"], True), ([MAIL], False)])
def test_an_id_token_is_for_the_client_that_got_the_access_token(aud, good):
    rows = token(1, "a"), other(1, "id_token", "i", claims={"aud": aud})
    assert holds("id_token_for_the_client", *rows) is good


# consent


def test_a_second_consent_for_a_further_server_is_one_login_too_many():
    found = verdict("one_login_for_all_servers", code(1, "c", MAIL), code(2, "d", FILES))
    assert found.holds is False
    assert FILES in found.because


def test_scopes_stand_for_servers_where_none_is_named():
    assert holds("one_login_for_all_servers", code(1, "c", scope="a"), code(2, "d", scope="b")) is (
        False
    )


def test_to_consent_again_to_the_same_or_less_is_no_login_too_many():
    both = code(1, "c", MAIL, FILES)
    assert holds("one_login_for_all_servers", both, code(2, "d", FILES)) is True
    another = code(2, "d", FILES, intention=1)
    assert holds("one_login_for_all_servers", code(1, "c", MAIL), another) is True


# refresh tokens

CONSENT = (code(1, "c", MAIL, FILES), other(2, "refresh_token", "r", source="c"))
DENIED = refuse(5, "r", "invalid_target", FILES)


def test_a_first_refresh_that_is_denied_what_was_granted():
    assert holds("refresh_token_for_the_whole_grant", *CONSENT, DENIED) is False
    assert holds("refresh_changes_nothing", *CONSENT, DENIED) is None


def test_a_later_refresh_that_is_denied_what_was_granted():
    rows = *CONSENT, token(3, "a", MAIL, "r"), DENIED
    assert holds("refresh_changes_nothing", *rows) is False
    assert holds("refresh_token_for_the_whole_grant", *rows) is True


@pytest.mark.parametrize("name", ["refresh_token_for_the_whole_grant", "refresh_changes_nothing"])
def test_what_was_not_granted_may_be_denied(name):
    used = token(3, "a", MAIL, "r"), token(4, "b", MAIL, "r")
    for denied in (
        refuse(5, "r", "invalid_target", "https://nobody.example.com"),
        refuse(5, "r", "invalid_target"),
        refuse(5, "r", "invalid_scope", FILES),
    ):
        assert holds(name, *CONSENT, *used, denied) is True


def test_a_rotated_refresh_token_stands_for_the_same_consent():
    successor = other(4, "refresh_token", "s", source="r")
    rows = *CONSENT, token(3, "a", MAIL, "r"), successor, refuse(5, "s", "invalid_target", FILES)
    assert holds("refresh_token_for_the_whole_grant", *rows) is False


def test_a_good_refresh_token_that_is_called_invalid():
    assert holds("invalid_grant_only_for_dead_grants", refuse(1, "r", "invalid_grant")) is False


@pytest.mark.parametrize(
    "said",
    [{"state": "revoked"}, {"state": "used"}, {"state": "expired"}, {"error": "invalid_target"}],
    ids=str,
)
def test_a_dead_refresh_token_is_called_invalid_and_a_good_one_something_else(said):
    error = said.get("error", "invalid_grant")
    state = said.get("state", "good")
    row = refuse(1, "r", error, state=state)
    assert holds("invalid_grant_only_for_dead_grants", row) is True


@pytest.mark.parametrize("said", [{"actor": "thief"}, {"outcome": "challenge"}], ids=str)
def test_a_thief_and_a_challenge_are_told_what_they_are_told(said):
    row = refuse(1, "r", "invalid_grant", **said)
    assert holds("invalid_grant_only_for_dead_grants", row) is None


# codes


def test_a_code_that_brings_two_access_tokens():
    rows = code(1, "c", MAIL), token(2, "a", MAIL, "c"), token(3, "b", MAIL, "c")
    found = verdict("one_token_per_code", *rows)
    assert (found.holds, found.witness["first"], found.witness["token"]) == (False, "a", "b")


def test_a_refresh_token_may_bring_as_many_as_it_likes():
    rows = code(1, "c", MAIL), token(2, "a", MAIL, "c"), token(3, "b", MAIL, "r")
    assert holds("one_token_per_code", *rows, token(4, "d", MAIL, "r")) is True


def used_up(kind: str = "code") -> Row:
    return consumed(1, token="c")._replace(detail={"kind": kind, "operation": "insert"})


def test_a_request_that_fails_and_has_used_up_the_code():
    failed = refuse(2, "c", "invalid_grant", outcome="first")
    assert holds("failed_request_consumes_nothing", used_up(), failed) is False


@pytest.mark.parametrize(
    "said", [{"attempt": 1}, {"state": "revoked"}, {"state": "expired"}], ids=str
)
def test_a_replay_and_a_code_that_died_meanwhile_are_something_else(said):
    failed = refuse(2, "c", "invalid_grant", **said)
    assert holds("failed_request_consumes_nothing", used_up(), failed) is True


def test_an_access_token_of_that_name_was_not_the_code():
    failed = refuse(2, "c", "invalid_grant")
    assert holds("failed_request_consumes_nothing", used_up("access_token"), failed) is True


REVOKED: dict[str, Any] = {"grant_type": "authorization_code", "state": "revoked"}


def test_a_fresh_code_that_a_failed_request_revoked():
    failed = refuse(2, "c", "invalid_grant", **REVOKED)
    assert holds("failed_request_revokes_nothing", code(1, "c", MAIL), failed) is False


def test_a_replay_revokes_and_whoever_comes_later_finds_it_revoked():
    replayed = refuse(2, "c", "invalid_grant", **REVOKED | {"outcome": "replay"})
    later = refuse(3, "c", "invalid_grant", **REVOKED)
    assert holds("failed_request_revokes_nothing", code(1, "c", MAIL), replayed, later) is True


def test_what_becomes_of_a_code_after_it_was_redeemed_is_something_else():
    rows = code(1, "c", MAIL), token(2, "a", MAIL, "c"), refuse(3, "c", "invalid_grant", **REVOKED)
    assert holds("failed_request_revokes_nothing", *rows) is None
