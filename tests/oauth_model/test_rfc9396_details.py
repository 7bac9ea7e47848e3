"""Authorization details: read strictly, and the five reasons of RFC 9396 5."""

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oauth_model.errors import InvalidAuthorizationDetails
from oauth_model.rar import (
    TYPES,
    Detail,
    Details,
    conforming,
    dump_details,
    locations_of,
    parse_details,
)
from tests.oauth_model.rich_requests import ACCESS, CARD, DETAILS, PAYMENT, STATEMENT, without

repeatable = settings(derandomize=True, deadline=None)


def refusal(*values: Any) -> str:
    with pytest.raises(InvalidAuthorizationDetails) as refused:
        parse_details(json.dumps(values))
    return refused.value.description


@pytest.mark.parametrize("members", [CARD, STATEMENT, PAYMENT, ACCESS], ids=list(TYPES))
@pytest.mark.clause("RFC 9396 2 array")
def test_2_a_conforming_detail_keeps_its_members_and_their_order(members: dict[str, Any]):
    (detail,) = parse_details(json.dumps([members], indent=2))
    assert list(detail.members.items()) == list(members.items())
    assert json.loads(str(detail)) == members


@pytest.mark.clause("draft-rosomakho-oauth-txn-challenge authorization_details")
def test_the_detail_of_the_draft_s_figure_conforms():
    figure = {
        "type": "payment",
        "actions": ["initiate"],
        "locations": ["https://payments.example.com/accounts/123"],
        "instructedAmount": {"currency": "GBP", "amount": "5000.00"},
        "creditorName": "Example Ltd",
    }
    assert parse_details(json.dumps([figure])) == (Detail.of(figure),)


@pytest.mark.clause("RFC 9396 5 refuse")
@pytest.mark.parametrize("name", ["payment_initiation", "Payment", "payment ", "", "\ud800"])
def test_5_an_unknown_type(name: str):
    assert refusal({"type": name}) == "the type is unknown"


def test_5_a_type_that_this_server_does_not_take_is_unknown():
    with pytest.raises(InvalidAuthorizationDetails, match="type is unknown"):
        parse_details(json.dumps([CARD, PAYMENT]), ["card_details"])


@pytest.mark.clause("RFC 9396 5 refuse")
@pytest.mark.parametrize(
    ("members", "where"),
    [
        (PAYMENT | {"creditorname": "x"}, "payment"),
        (CARD | {"datatypes": ["pan"]}, "card_details"),
        (PAYMENT | {"creditorAccount": {"iban": "DE02", "bic": "x"}}, "payment.creditorAccount"),
    ],
    ids=["case", "of another type", "nested"],
)
def test_5_an_unknown_field(members: dict[str, Any], where: str):
    assert refusal(members) == f"{where}: a field is unknown"


@pytest.mark.clause("RFC 9396 5 refuse")
@pytest.mark.parametrize(
    ("members", "where"),
    [
        (CARD | {"identifier": 4711}, "card_details.identifier"),
        (CARD | {"actions": "read"}, "card_details.actions"),
        (CARD | {"actions": ["read", 1]}, "card_details.actions"),
        (PAYMENT | {"instructedAmount": "42.00"}, "payment.instructedAmount"),
        (
            PAYMENT | {"instructedAmount": {"currency": "EUR", "amount": 42.0}},
            "payment.instructedAmount.amount",
        ),
        (ACCESS | {"type": None}, "type"),
        (ACCESS | {"locations": None}, "access.locations"),
    ],
)
def test_5_a_field_of_the_wrong_type(members: dict[str, Any], where: str):
    assert refusal(members) == f"{where}: the field is of the wrong type"


@pytest.mark.clause("RFC 9396 5 refuse")
@pytest.mark.parametrize(
    ("type", "field", "value"),
    [
        *(("card_details", "identifier", text) for text in ("", "a\nb", "a\x00", "\udfff")),
        *(("card_details", "actions", values) for values in ([], ["write"], ["read", "Read"])),
        *(("payment", "locations", [text]) for text in ("/p", "https:", "a:b#c", "a:b c", "")),
        *(
            ("statement", "dateFrom", d)
            for d in ("2025-13-01", "2025-02-30", "2025-1-1", "٢٠٢٥-01-01")
        ),
        *(("payment", "creditorAccount", {"iban": i}) for i in ("DE2", "de02100100109307118603")),
        ("payment", "instructedAmount", {"currency": "euro", "amount": "1"}),
    ],
)
def test_5_an_invalid_value(type: str, field: str, value: Any):
    said = refusal(DETAILS[type] | {field: value})
    assert said.startswith(f"{type}.{field}")
    assert said.endswith(": the value is invalid")


@pytest.mark.parametrize("amount", ["0", "0.00", "-1", "+1", "1e3", "01", "1.", ".5", "1,5", "∞"])
def test_5_an_amount_is_a_plain_decimal_number_above_zero(amount: str):
    money = {"currency": "EUR", "amount": amount}
    assert "amount: the value is invalid" in refusal(PAYMENT | {"instructedAmount": money})


def test_5_a_statement_does_not_end_before_it_begins():
    assert (
        refusal(STATEMENT | {"dateTo": "2024-12-31"}) == "statement: the values do not go together"
    )


@pytest.mark.clause("RFC 9396 5 refuse")
@pytest.mark.parametrize(
    ("type", "field"),
    [
        (name, field)
        for name, kind in TYPES.items()
        for field in kind.fields
        if kind.fields[field].required
    ],
)
def test_5_a_missing_required_field(type: str, field: str):
    said = refusal(without(DETAILS[type], field))
    assert said == f"{type}.{field}: the required field is missing"


@pytest.mark.parametrize("field", ["currency", "amount"])
def test_5_a_missing_field_within_a_field(field: str):
    money = without(PAYMENT["instructedAmount"], field)
    said = refusal(PAYMENT | {"instructedAmount": money})
    assert said == f"payment.instructedAmount.{field}: the required field is missing"


@pytest.mark.clause("RFC 9396 2 array")
def test_5_an_entry_without_a_type():
    assert refusal(without(CARD, "type")) == "type: the required field is missing"


def test_5_one_bad_entry_spoils_the_request():
    assert refusal(CARD, {"type": "nonsense"}) == "the type is unknown"


@pytest.mark.clause("RFC 9396 2 array")
@pytest.mark.parametrize(
    "text", ["", "[", "nonsense", "{}", json.dumps(CARD), "[]", "null", '"x"', "1"]
)
def test_2_what_is_no_array_of_details(text: str):
    with pytest.raises(InvalidAuthorizationDetails, match=r"no JSON|no array"):
        parse_details(text)


@pytest.mark.clause("RFC 9396 2 array")
@pytest.mark.parametrize("entry", ["1", "null", "[]", '"payment"', "true"])
def test_2_an_entry_that_is_no_object(entry: str):
    with pytest.raises(InvalidAuthorizationDetails, match="an entry is of the wrong type"):
        parse_details(f"[{entry}]")


def test_a_name_that_comes_twice_is_refused_at_every_depth():
    text = dump_details([Detail.of(PAYMENT)])
    for name in ('"creditorName":', '"amount":', '"type":'):
        with pytest.raises(InvalidAuthorizationDetails, match="no JSON"):
            parse_details(text.replace(name, f'{name}"x",{name}'))


@pytest.mark.parametrize(
    "value",
    ["[" * 100_000, '{"a":' * 100_000, "9" * 10_000, "1e999999", "NaN", "-Infinity", '"\\ud800"'],
    ids=["arrays", "objects", "digits", "exponent", "NaN", "infinity", "surrogate"],
)
def test_hostile_json_is_invalid_and_nothing_else(value: str):
    for text in (value, f"[{value}]", f'[{{"type":"access","identifier":{value}}}]', "[" + value):
        with pytest.raises(InvalidAuthorizationDetails):
            parse_details(text)


def test_the_refusal_does_not_repeat_what_was_sent():
    evil = '"\r\nSet-Cookie: a=b'
    for members in ({"type": evil}, CARD | {evil: 1}, CARD | {"identifier": evil}):
        assert "Cookie" not in refusal(members)


def test_a_detail_cannot_be_changed_through_its_members():
    detail = Detail.of(CARD)
    detail.members["actions"].append("write")
    assert detail.members == CARD


def test_equal_details_are_one_key():
    assert {Detail.of(CARD): 1}[parse_details(json.dumps([CARD]))[0]] == 1


@pytest.mark.clause("RFC 9396 9.1 understood")
def test_9_a_party_takes_from_a_token_what_it_understands():
    claim = [CARD, {"type": "foreign"}, "nonsense", without(PAYMENT, "creditorName"), STATEMENT]
    assert conforming(claim) == (Detail.of(CARD), Detail.of(STATEMENT))
    assert conforming(claim, ["statement"]) == (Detail.of(STATEMENT),)


def test_locations_are_named_once_in_order():
    details = [
        CARD | {"locations": ["a:2", "a:1"]},
        without(STATEMENT, "locations"),
        PAYMENT | {"locations": ["a:1", "a:3"]},
    ]
    assert locations_of(map(Detail.of, details)) == ("a:2", "a:1", "a:3")


#: Any JSON value, with the names and values that the types know mixed in.
NAMES = st.sampled_from(
    ["type", "actions", "locations", "instructedAmount", "amount", "identifier"]
)
TEXTS = st.text(max_size=5) | st.sampled_from([*TYPES, "read", "https://a.example", "EUR", "1.00"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | TEXTS, inner, max_size=4),
    max_leaves=12,
)
OBJECTS = st.dictionaries(NAMES, VALUES).map(lambda members: {"type": "access"} | members)


@repeatable
@given(st.text() | VALUES.map(json.dumps) | st.lists(VALUES | OBJECTS).map(json.dumps))
def test_any_text_is_read_or_refused_with_the_one_error(text: str):
    try:
        details = parse_details(text)
    except InvalidAuthorizationDetails as error:
        said = error.description
    else:
        said = "read"
        assert [detail.members for detail in details] == json.loads(text)
    assert re.fullmatch(r"[ -!#-\[\]-~]+", said)  # RFC 6749 5.2


@repeatable
@given(st.lists(st.sampled_from([CARD, STATEMENT, PAYMENT, ACCESS]), min_size=1), st.randoms())
def test_what_was_written_is_read_back(details: list[dict[str, Any]], random):
    shuffled = [dict(random.sample(list(one.items()), len(one))) for one in details]
    written: Details = tuple(map(Detail.of, shuffled))
    assert parse_details(dump_details(written)) == written
