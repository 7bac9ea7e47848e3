"""Step-up authentication: strong and recent enough, the challenge, and the client's answer."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oauth_model.errors import InsufficientUserAuthentication, InvalidToken
from oauth_model.messages import Response
from oauth_model.step_up import ACR_LEVELS, check_authentication, step_up_of, sufficient_levels

repeatable = settings(derandomize=True, deadline=None)
NOW_S = 1000.0


def refusal(
    acr: str = "password",
    auth_time_s: float | None = 990.0,
    needed_acr: str = "",
    max_age_s: int | None = None,
) -> Response:
    with pytest.raises(InsufficientUserAuthentication) as refused:
        check_authentication(acr, auth_time_s, needed_acr, max_age_s, NOW_S)
    return refused.value.challenge_response("example")


@pytest.mark.clause("RFC 9470 3 challenge")
def test_3_a_level_that_is_too_low_is_challenged_with_those_that_will_do():
    response = refusal(needed_acr="phrh")
    assert response.status == 401
    assert response.header("WWW-Authenticate") == (
        'Bearer realm="example", error="insufficient_user_authentication", '
        'error_description="A different authentication level is required", acr_values="phrh"'
    )


@pytest.mark.clause("RFC 9470 3 challenge")
def test_3_a_level_of_our_own_stands_for_itself():
    assert 'acr_values="myACR"' in (refusal(needed_acr="myACR").header("WWW-Authenticate") or "")


@pytest.mark.clause("RFC 9470 3 challenge")
def test_3_a_sign_in_that_is_too_old_is_challenged_with_the_age():
    assert refusal(max_age_s=5).header("WWW-Authenticate") == (
        'Bearer realm="example", error="insufficient_user_authentication", '
        'error_description="More recent authentication is required", max_age="5"'
    )


def test_3_the_challenge_says_also_what_was_met():
    wanted = [("acr_values", "otp phr phrh"), ("max_age", "5")]
    assert step_up_of(refusal("phr", needed_acr="otp", max_age_s=5)) == wanted
    assert step_up_of(refusal("password", 999.0, "otp", 5)) == wanted


@pytest.mark.parametrize("needed", ACR_LEVELS)
@pytest.mark.parametrize("acr", ["", "unheard-of", *ACR_LEVELS])
def test_a_level_suffices_for_itself_and_for_weaker_ones(acr: str, needed: str):
    if acr in ACR_LEVELS and ACR_LEVELS.index(acr) >= ACR_LEVELS.index(needed):
        check_authentication(acr, None, needed, None, NOW_S)
    else:
        assert refusal(acr, needed_acr=needed).status == 401


def test_a_name_outside_the_levels_suffices_for_itself_alone():
    check_authentication("myACR", None, "myACR", None, NOW_S)
    assert sufficient_levels("myACR") == ("myACR",)
    for acr in ACR_LEVELS:
        assert refusal(acr, needed_acr="myACR")


@pytest.mark.parametrize("auth_time_s", [990.0, 999.0, 1000.0, 1003.0])
def test_a_sign_in_is_recent_up_to_the_age_and_when_its_clock_is_ahead(auth_time_s: float):
    check_authentication("", auth_time_s, "", 10, NOW_S)


@pytest.mark.parametrize("auth_time_s", [989.9, 0.0, None, float("nan")])
def test_an_older_or_unknown_sign_in_is_not_recent(auth_time_s: float | None):
    assert step_up_of(refusal("phrh", auth_time_s, max_age_s=10)) == [("max_age", "10")]


def test_where_nothing_is_needed_nothing_is_checked():
    check_authentication("", None, "", None, NOW_S)


@pytest.mark.clause("RFC 9470 4 request")
@pytest.mark.parametrize(
    ("needed", "max_age_s"),
    [pair for pair in product(["", *ACR_LEVELS], [None, 0, 60]) if pair != ("", None)],
)
def test_4_a_sign_in_that_does_what_was_asked_is_not_challenged_again(needed: str, max_age_s):
    asked = dict(step_up_of(refusal("", None, needed, max_age_s)))
    chosen = asked.get("acr_values", "").split(" ")[0]
    check_authentication(chosen, NOW_S, needed, max_age_s, NOW_S)


def test_4_another_error_asks_for_no_step_up():
    error = InvalidToken("expired", acr_values="phr", max_age="5")
    assert step_up_of(error.challenge_response("example")) == []


@pytest.mark.parametrize("status", [200, 400, 500])
def test_4_a_challenge_with_another_status_is_none(status: int):
    assert step_up_of(refusal(max_age_s=5)._replace(status=status)) == []


def challenged(attributes: str) -> Response:
    value = f'Bearer error="insufficient_user_authentication", {attributes}'
    return Response(401, (("WWW-Authenticate", value),))


@pytest.mark.parametrize(
    ("attributes", "asked"),
    [
        ("max_age=5", [("max_age", "5")]),
        ('max_age="5",acr_values="a b"', [("acr_values", "a b"), ("max_age", "5")]),
        ('max_age="5", max_age="9"', [("max_age", "5")]),
        ('acr_values = "a\\bc"', [("acr_values", "abc")]),
        ('max_age="-1"', []),
        ('max_age="5 "', []),
        ('acr_values=""', []),
        ('acr_values="a\nb"', []),
        ('x_max_age="5"', []),
    ],
)
def test_4_what_is_malformed_is_left_out(attributes: str, asked: list[tuple[str, str]]):
    assert step_up_of(challenged(attributes)) == asked


def test_4_a_value_that_names_an_attribute_is_not_one():
    assert step_up_of(challenged('error_description="say max_age=5, please"')) == []


@repeatable
@given(st.text(alphabet='max_ge="5,\\ \n', max_size=60))
def test_4_whatever_a_server_writes_a_client_asks_for_a_number_or_for_nothing(text: str):
    for name, value in step_up_of(challenged(text)):
        assert (name, value.isdigit()) == ("max_age", True)
