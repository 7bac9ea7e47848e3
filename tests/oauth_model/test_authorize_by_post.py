"""RFC 6749 3.1, OpenID Connect Core 3.1.2.1: an authorization request as a form."""

from __future__ import annotations

import pytest

from oauth_model.issuance import DESIGNS
from oauth_model.messages import FORM, JSON, Response, form_post
from tests.oauth_model.parties import CALLBACK, ISSUER, World, location
from tests.oauth_model.whole_server import OWN, WholeServer

ASKED = [
    ("response_type", "code"),
    ("client_id", "s6BhdRkqt3"),
    ("redirect_uri", CALLBACK),
    ("scope", "email"),
    ("state", "xyz"),
]


def post(world: World, *more: tuple[str, str], query: str = "", media_type: str = FORM) -> Response:
    request = form_post(f"{ISSUER}/authorize{query}", [*ASKED, *more])
    typed = request._replace(headers=(("Content-Type", media_type),))
    return world.run(world.handlers["as"](typed))


@pytest.mark.clause("RFC 6749 3.1 POST")
@pytest.mark.parametrize("media_type", [FORM, FORM.upper(), f"{FORM}; charset=utf-8"])
def test_3_1_the_parameters_are_those_of_the_form(media_type: str):
    answer = location(post(World(), media_type=media_type))
    assert (answer["code"], answer["state"], answer["iss"]) == ("code-1", "xyz", ISSUER)


def test_3_1_and_not_those_of_the_query():
    answer = location(post(World(), query="?state=other&scope=voip"))
    assert ("code" in answer, answer["state"]) == (True, "xyz")


@pytest.mark.parametrize("media_type", [JSON, "text/plain", ""])
def test_3_1_another_kind_of_body_is_told_to_the_user(media_type: str):
    response = post(World(), media_type=media_type)
    assert (response.status, response.header("Location")) == (400, None)


def test_3_1_a_parameter_that_comes_twice_is_told_to_the_client():
    assert location(post(World(), ("scope", "voip")))["error"] == "invalid_request"


def test_rfc9126_4_the_user_comes_with_a_form():
    world = WholeServer()
    uri = world.post("/par", OWN, **dict(ASKED)).json()["request_uri"]
    answer = world.post("/authorize", client_id="s6BhdRkqt3", request_uri=uri)
    assert "code" in location(answer)


@pytest.mark.parametrize("design", sorted(DESIGNS))
def test_it_says_the_same_as_a_query(design: str):
    response_type = DESIGNS[design].response_type
    by_query = location(World(design).authorize(response_type=response_type, scope=""))
    asked = [("response_type", response_type), *ASKED[1:3], ASKED[4]]
    world = World(design)
    by_form = world.run(world.handlers["as"](form_post(f"{ISSUER}/authorize", asked)))
    assert location(by_form) == by_query == {"code": "code-1", "state": "xyz", "iss": ISSUER}
