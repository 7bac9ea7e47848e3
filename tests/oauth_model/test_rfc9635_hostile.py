"""Whatever JSON a GNAP endpoint is sent: a registered error, no exception, nothing left behind."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oauth_model.gnap.errors import CODES
from oauth_model.messages import JSON, Request, Response
from tests.oauth_model.negotiation import Negotiating, asked, gnap, grant_request, refused
from tests.oauth_model.parties import CONFIDENTIAL, ISSUER, basic

TEXTS = st.one_of(
    st.text(max_size=8),
    st.sampled_from(["email", "bearer", "single", "redirect", "type", "access", "\ud800", "é"]),
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=6,
)
METHODS = [
    ("POST", "/tx"),
    ("POST", "/continue"),
    ("PATCH", "/continue"),
    ("DELETE", "/continue"),
    ("POST", "/manage?token=managed-1"),
    ("DELETE", "/manage?token=managed-1"),
    ("GET", "/interact?grant=grant-1"),
]
#: Bodies that break readers.
NASTY = [
    "",
    "null",
    "{",
    "[" * 100_000,
    '{"a":' * 50_000,
    '{"access_token": ' + "[" * 900 + "]" * 900 + "}",
    '{"access_token": {"access": [' + "[" * 900 + "]" * 900 + "]}}",
    '{"access_token": {"access": [' + '{"type":' * 300 + "1" + "}" * 300 + "]}}",
    '{"client": "s6BhdRkqt3", "client": "app"}',
    f'{{"interact_ref": {"9" * 5000}}}',
    '{"interact_ref": "\\ud800"}',
    '{"access_token": NaN}',
    "\x00",
]


def paths(value: Any, so_far: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The places in a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    if not isinstance(value, dict | list):
        return [so_far]
    return [so_far, *(path for key, held in inner for path in paths(held, (*so_far, key)))]


def replaced(body: Any, path: tuple[Any, ...], value: Any) -> Any:
    """The body with another value in that place."""
    if not path:
        return value
    body = copy.deepcopy(body)
    place = body
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return body


def sent(world: Negotiating, method: str, path: str, text: str, value: str = "") -> Response:
    """A request with this body, and the credentials that its endpoint wants."""
    own = gnap(value) if value else basic(CONFIDENTIAL.client_id, CONFIDENTIAL.secret)
    headers = (own, ("Content-Type", JSON))
    return world.run(world.handlers["as"](Request(method, f"{ISSUER}{path}", headers, text)))


def registered(response: Response) -> bool:
    """Whether this is an answer that RFC 9635 knows."""
    if response.status in (200, 204, 302) or response.header("Content-Type") == "text/plain":
        return True
    return response.status in (400, 401) and refused(response)[1] in CODES


GOOD = grant_request(asked("email", token_use="single"), asked("voip", access=["voip"]))


@settings(max_examples=300, derandomize=True, deadline=None)
@given(path=st.sampled_from(paths(GOOD)), value=VALUES)
def test_a_grant_request_with_anything_anywhere_is_answered(path, value):
    world = Negotiating()
    response = sent(world, "POST", "/tx", json.dumps(replaced(GOOD, path, value)))
    assert registered(response)
    assert bool(world.database.gnap.interactions) == (response.status == 200)


@settings(max_examples=300, derandomize=True, deadline=None)
@given(path=st.sampled_from(paths(GOOD["access_token"])), value=VALUES)
def test_a_modification_with_anything_anywhere_is_answered(path, value):
    world = Negotiating()
    first = world.approved(asked("email"), asked("voip"))
    body = {"access_token": replaced(GOOD["access_token"], path, value)}
    token = first.json()["continue"]["access_token"]["value"]
    response = sent(world, "PATCH", "/continue", json.dumps(body), token)
    assert registered(response)
    assert response.status == 200 or len(world.issued("access_token")) == 2


@settings(max_examples=300, derandomize=True, deadline=None)
@given(body=VALUES, at=st.sampled_from(METHODS), token=st.one_of(st.just(""), TEXTS))
def test_anything_at_any_endpoint_is_answered(body, at, token):
    method, path = at
    world = Negotiating()
    world.tx(grant_request())
    assert registered(sent(world, method, path, json.dumps(body), token))
    assert world.issued("access_token") == []


@pytest.mark.parametrize("text", NASTY, ids=range(len(NASTY)))
@pytest.mark.parametrize(("method", "path"), METHODS)
def test_a_body_that_breaks_readers_breaks_nothing_here(text, method, path):
    world = Negotiating()
    [token] = world.approved(asked("email")).json()["access_token"]
    known = {"/continue": "continuation-2", "/manage": token["manage"]["access_token"]["value"]}
    response = sent(world, method, path, text, known.get(path.partition("?")[0], ""))
    assert registered(response)
    assert len(world.issued("access_token")) == 1 or (path.startswith("/manage") and not text)


def test_rights_nested_as_deeply_as_can_be_read_are_refused():
    world = Negotiating()
    for depth in range(850, 1000):
        nested = "[" * depth + "]" * depth
        text = json.dumps(grant_request(asked("email", access="NESTED")))
        response = sent(world, "POST", "/tx", text.replace('"NESTED"', nested))
        assert refused(response) == (400, "invalid_request")


@pytest.mark.parametrize("media_type", ["", "text/plain", "application/x-www-form-urlencoded"])
def test_what_is_not_called_json_is_not_read_as_json(media_type):
    world = Negotiating()
    own = basic(CONFIDENTIAL.client_id, CONFIDENTIAL.secret)
    headers = (own, ("Content-Type", media_type)) if media_type else (own,)
    request = Request("POST", f"{ISSUER}/tx", headers, json.dumps(grant_request()))
    assert refused(world.run(world.handlers["as"](request))) == (400, "invalid_request")


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_code_is_one_of_the_registry(code):
    registry = (
        "invalid_request invalid_client invalid_interaction invalid_flag invalid_rotation "
        "key_rotation_not_supported invalid_continuation user_denied request_denied unknown_user "
        "unknown_interaction too_fast too_many_attempts"
    )
    assert code in registry.split()
