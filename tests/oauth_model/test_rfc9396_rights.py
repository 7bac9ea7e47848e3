"""More or less than was granted (RFC 9396 6), and what a resource server makes of it (9)."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oauth_model.errors import InvalidAuthorizationDetails, InvalidRequest
from oauth_model.messages import Request
from oauth_model.rar import Detail, Need, call_detail, covers, details_within, select_details
from tests.oauth_model.rich_requests import (
    ACCESS,
    ACCOUNTS,
    CARD,
    CARDS,
    DETAILS,
    PAY,
    PAYMENT,
    PAYMENTS,
    STATEMENT,
    details,
    post,
    without,
)

repeatable = settings(derandomize=True, deadline=None)


def within(asked: dict[str, Any], granted: dict[str, Any]) -> bool:
    return details_within(details(asked), details(granted))


@pytest.mark.clause("RFC 9396 6.1 comparison")
@pytest.mark.parametrize("name", DETAILS)
def test_6_1_a_detail_lies_within_itself_and_within_no_other_type(name: str):
    assert [other for other in DETAILS if within(DETAILS[name], DETAILS[other])] == [name]


@pytest.mark.clause("RFC 9396 6.1 comparison")
@pytest.mark.parametrize("field", ["actions", "locations", "datatypes"])
def test_6_1_fewer_values_of_an_array_are_less(field: str):
    fewer = ACCESS | {field: ACCESS[field][:1]}
    assert within(fewer, ACCESS)
    assert not within(ACCESS, fewer)


@pytest.mark.clause("RFC 9396 2.2 common fields")
@pytest.mark.parametrize("field", ["actions", "locations", "datatypes"])
def test_2_2_leaving_out_what_limits_asks_for_more(field: str):
    assert not within(without(ACCESS, field), ACCESS)
    assert within(ACCESS, without(ACCESS, field))


@pytest.mark.clause("RFC 9396 2.2 common fields")
def test_2_2_an_identifier_limits_to_one_resource():
    one = ACCESS | {"identifier": "record-7"}
    assert within(one, ACCESS)
    assert not within(ACCESS, one)
    assert not within(ACCESS | {"identifier": "record-8"}, one)


@pytest.mark.clause("RFC 9396 2.2 common fields")
def test_2_2_privileges_add_and_nothing_else_implies_them():
    admin = ACCESS | {"privileges": ["admin"]}
    assert within(ACCESS, admin)
    assert not within(admin, ACCESS)


def test_2_2_two_grants_are_not_multiplied():
    granted = details(
        ACCESS | {"actions": ["read"], "datatypes": ["contacts"]},
        ACCESS | {"actions": ["write"], "datatypes": ["photos"]},
    )
    assert not details_within(details(ACCESS), granted)
    assert not details_within(
        details(ACCESS | {"actions": ["write"], "datatypes": ["contacts"]}), granted
    )


@pytest.mark.clause("RFC 9396 6.1 comparison")
@pytest.mark.parametrize(("amount", "same"), [("123.5", True), ("123.51", False), ("1.00", False)])
def test_6_1_a_payment_is_for_exactly_its_amount(amount: str, same: bool):
    asked = PAYMENT | {"instructedAmount": {"currency": "EUR", "amount": amount}}
    assert within(asked, PAYMENT) is same


@pytest.mark.clause("RFC 9396 6.1 comparison")
@pytest.mark.parametrize(
    "change",
    [
        {"creditorName": "Mallory"},
        {"creditorName": "merchant a"},
        {"creditorAccount": {"iban": "DE02120300000000202051"}},
        {"instructedAmount": {"currency": "USD", "amount": "123.50"}},
        {"locations": [CARDS]},
    ],
)
def test_6_1_a_changed_payment_is_another_one(change: dict[str, Any]):
    assert not within(PAYMENT | change, PAYMENT)


@pytest.mark.clause("RFC 9396 12")
def test_12_texts_are_compared_without_normalization():
    assert not within(CARD | {"identifier": "e\u0301"}, CARD | {"identifier": "\u00e9"})


def test_6_1_an_account_that_was_not_authorised_is_not_added():
    assert not within(PAYMENT, without(PAYMENT, "creditorAccount"))
    assert not within(without(PAYMENT, "creditorAccount"), PAYMENT)


@pytest.mark.clause("RFC 9396 6.1 comparison")
@pytest.mark.parametrize(
    ("first", "last", "inside"),
    [
        ("2025-01-01", "2025-03-31", True),
        ("2025-02-01", "2025-02-28", True),
        ("2024-12-31", "2025-03-31", False),
        ("2025-01-01", "2025-04-01", False),
    ],
)
def test_6_1_a_statement_is_for_days_within_the_granted_period(first, last, inside: bool):
    assert within(STATEMENT | {"dateFrom": first, "dateTo": last}, STATEMENT) is inside


@pytest.mark.clause("RFC 9396 6 token request")
def test_6_a_token_request_may_name_less_than_the_grant():
    asked = details(ACCESS | {"actions": ["read"], "locations": [ACCOUNTS]})
    assert select_details(f"[{asked[0]}]", details(PAYMENT, ACCESS)) == asked


@pytest.mark.clause("RFC 9396 6 token request")
@pytest.mark.parametrize(
    "asked",
    [
        ACCESS | {"actions": ["delete"]},
        without(ACCESS, "actions"),
        CARD,
        {"type": "payment", "locations": [CARDS]},
        {"type": "payment", "locations": [PAYMENTS, CARDS]},
        {"type": "card_details", "locations": [CARDS]},
    ],
)
def test_6_a_token_request_beyond_the_grant_is_refused(asked: dict[str, Any]):
    with pytest.raises(InvalidAuthorizationDetails, match="exceed what was granted"):
        select_details(json.dumps([asked]), details(PAYMENT, ACCESS))


@pytest.mark.clause("RFC 9396 6.1 comparison")
def test_6_1_type_and_locations_select_all_that_was_granted_there():
    text = json.dumps([{"type": "access", "locations": [ACCOUNTS]}])
    other = ACCESS | {"locations": [CARDS], "actions": ["write"]}
    selected = select_details(text, details(PAYMENT, ACCESS, other))
    assert selected == details(ACCESS | {"locations": [ACCOUNTS]})


def test_6_1_a_grant_without_locations_is_narrowed_to_those_selected():
    text = json.dumps([{"type": "card_details", "locations": [CARDS]}])
    assert select_details(text, details(CARD)) == details(CARD | {"locations": [CARDS]})


@pytest.mark.parametrize("locations", [None, [], "a:b", [1], [[]], ["nowhere"]])
def test_6_1_a_selection_with_malformed_locations_is_refused(locations: Any):
    with pytest.raises(InvalidAuthorizationDetails):
        select_details(json.dumps([{"type": "access", "locations": locations}]), details(ACCESS))


@pytest.mark.parametrize("type", [None, [], {}, "unheard-of"])
def test_6_1_a_selection_of_an_unknown_type_is_refused(type: Any):
    with pytest.raises(InvalidAuthorizationDetails):
        select_details(json.dumps([{"type": type, "locations": [CARDS]}]), details(ACCESS))


BODY = without(PAYMENT, "type", "locations")


@pytest.mark.clause("RFC 9396 9 enforcement")
def test_9_a_payment_token_covers_the_payment_it_was_made_for():
    call = call_detail(PAY, post(json.dumps(BODY)))
    assert covers(details(CARD, PAYMENT), call)
    assert call.members == PAYMENT


@pytest.mark.clause("RFC 9396 9 enforcement")
@pytest.mark.parametrize(
    ("old", "new"),
    [("123.50", "923.50"), ("Merchant A", "Mallory"), ("8603", "8604"), ("EUR", "KWD")],
)
def test_9_a_thief_on_the_path_cannot_change_the_payment(old: str, new: str):
    changed = json.dumps(BODY).replace(old, new)
    assert not covers(details(PAYMENT), call_detail(PAY, post(changed)))


def test_9_a_token_for_another_server_does_not_cover():
    call = call_detail(PAY, post(json.dumps(BODY)))
    assert not covers(details(PAYMENT | {"locations": [CARDS]}), call)
    assert covers(details(without(PAYMENT, "locations")), call)


def test_9_without_details_nothing_is_covered():
    assert not covers((), call_detail(PAY, post(json.dumps(BODY))))


@pytest.mark.parametrize(("card", "may"), [("card-4711", True), ("card-4712", False)])
def test_9_a_call_without_a_body_names_in_its_query_what_it_is_for(card: str, may: bool):
    need = Need("card_details", ("read",), (CARDS,))
    call = call_detail(need, Request("GET", f"{CARDS}/card?identifier={card}"))
    assert covers(details(CARD), call) is may


def test_9_what_the_operation_needs_is_not_the_caller_s_to_say():
    body = json.dumps(BODY | {"locations": [CARDS], "actions": ["status"], "type": "access"})
    call = call_detail(PAY._replace(actions=("initiate",)), post(body))
    assert call.members == PAYMENT | {"actions": ["initiate"]}


@pytest.mark.parametrize(
    "body",
    [
        "nonsense",
        "[]",
        "{}",
        json.dumps(without(BODY, "creditorName")),
        json.dumps(BODY | {"creditorAccount": None}),
        json.dumps(BODY)[:-1] + ',"creditorName":"Mallory"}',
        '{"a":' * 100_000,
        json.dumps(BODY).replace('"123.50"', "NaN"),
    ],
    ids=["text", "array", "empty", "missing", "null", "twice", "deep", "NaN"],
)
def test_9_a_call_that_does_not_say_what_it_is_for_is_malformed(body: str):
    with pytest.raises(InvalidRequest):
        call_detail(PAY, post(body))


def test_9_a_query_that_says_it_twice_is_malformed():
    with pytest.raises(InvalidRequest, match="repeated"):
        call_detail(
            Need("card_details", ("read",)), Request("GET", f"{CARDS}/?identifier=a&identifier=b")
        )


def some(*values: str) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=3)


ACCESSES = st.fixed_dictionaries(
    {"type": st.just("access")},
    optional={
        "actions": some("read", "write"),
        "locations": some(CARDS, ACCOUNTS),
        "identifier": st.sampled_from("ab"),
        "privileges": some("admin", "user"),
    },
)
PERIODS = st.lists(
    st.sampled_from(["2025-01-01", "2025-02-01", "2025-03-01"]), min_size=2, max_size=2
)
STATEMENTS = PERIODS.map(sorted).map(lambda d: STATEMENT | {"dateFrom": d[0], "dateTo": d[1]})
AMOUNTS = st.sampled_from(["1", "1.0", "1.00", "2", "2.5"])
PAID = AMOUNTS.map(lambda a: PAYMENT | {"instructedAmount": {"currency": "EUR", "amount": a}})
ANY = ACCESSES | STATEMENTS | PAID


def meaning(members: dict[str, Any]) -> dict[str, Any]:
    """What a detail says, whatever order, repetitions and zeros it is written with."""
    said: dict[str, Any] = {
        n: sorted(set(v)) if isinstance(v, list) else v for n, v in members.items()
    }
    if "instructedAmount" in said:
        said["instructedAmount"] = float(said["instructedAmount"]["amount"])
    return said


@repeatable
@given(ANY)
def test_within_is_reflexive(one):
    assert within(one, one)


@repeatable
@given(ANY, ANY)
def test_within_both_ways_means_the_same(one, other):
    if within(one, other) and within(other, one):
        assert meaning(one) == meaning(other)


@repeatable
@given(ANY, ANY, ANY)
def test_within_is_transitive(one, other, third):
    if within(one, other) and within(other, third):
        assert within(one, third)


@repeatable
@given(ANY, st.lists(ANY, max_size=3))
def test_what_is_selected_never_exceeds_the_grant(asked, granted):
    grant = details(*granted)
    try:
        selected = select_details(f"[{Detail.of(asked)}]", grant)
    except InvalidAuthorizationDetails:
        assert not details_within(details(asked), grant)
    else:
        assert selected
        assert details_within(selected, grant)
