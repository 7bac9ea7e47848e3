"""The oracle notices what it is there for: each mistake is planted, and found within some requests.

A mistake is put around the honest party: what it is asked and what it answers pass through it.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from oauth_model.flows import Flow
from oauth_model.grants.records import PushedRequest
from oauth_model.messages import Request, Response, json_response
from tests.hostile.attack import Attack
from tests.hostile.house import House
from tests.hostile.requests import HOSTILE
from tests.hostile.residents import OTHER, Settings
from tests.hostile.siege import Siege, siege

#: What a party that makes a mistake answers, given its house and what the honest one would.
Mistake = Callable[[House, Request, Response], Response]
HONEST = Settings("lodderstedt")


def raises_on_nul(house: House, request: Request, honest: Response) -> Response:
    if "%00" in request.body:
        raise ValueError("embedded null byte")
    return honest


def active_for_anybody(house: House, request: Request, honest: Response) -> Response:
    inactive = honest.json() == {"active": False}
    return honest._replace(body='{"active": true}') if inactive else honest


def stores_before_it_checks(house: House, request: Request, honest: Response) -> Response:
    if honest.status != 201:
        house.database.pushed["urn:x"] = PushedRequest("app", (), house.now_s)
    return honest


def burns_the_code(house: House, request: Request, honest: Response) -> Response:
    if "invalid_grant" in honest.body:
        house.database.codes.popitem()
    return honest


def says_what_it_heard(house: House, request: Request, honest: Response) -> Response:
    said = {"error_description": dict(request.form()).get("scope", "")}
    return json_response(400, honest.json() | said, honest.headers[1:]) if said else honest


def fails(house: House, request: Request, honest: Response) -> Response:
    return Response(500) if honest.status == 400 else honest


def says_nothing_of_schemes(house: House, request: Request, honest: Response) -> Response:
    return Response(401, (), honest.body) if honest.status == 401 else honest


def invents_a_code(house: House, request: Request, honest: Response) -> Response:
    return honest._replace(body=honest.body.replace("invalid_grant", "bad_code"))


def is_stored(house: House, request: Request, honest: Response) -> Response:
    return honest._replace(headers=honest.headers[:1])


def tells_a_secret(house: House, request: Request, honest: Response) -> Response:
    return honest._replace(headers=(*honest.headers, ("X-Debug", OTHER.secret)))


def redirects_anywhere(house: House, request: Request, honest: Response) -> Response:
    asked = dict(request.query()).get("redirect_uri", "")
    return Response(302, (("Location", f"{asked}?error=invalid_request"),))


def believes_anybody(house: House, request: Request, honest: Response) -> Response:
    return json_response(200, {"status": "done"}) if honest.status == 401 else honest


def remembers_a_session(house: House, request: Request, honest: Response) -> Response:
    house.database.sessions.add("attacker")
    return honest


MISTAKES: list[tuple[str, str, Mistake]] = [
    ("token code s6BhdRkqt3", "as", raises_on_nul),
    ("introspect server", "as", active_for_anybody),
    ("par s6BhdRkqt3", "as", stores_before_it_checks),
    ("token code s6BhdRkqt3", "as", burns_the_code),
    ("token refresh app", "as", says_what_it_heard),
    ("revoke s6BhdRkqt3 access", "as", fails),
    ("rs email", "email", says_nothing_of_schemes),
    ("token code app", "as", invents_a_code),
    ("token client", "as", is_stored),
    ("userinfo get", "as", tells_a_secret),
    ("authorize plain", "as", redirects_anywhere),
    ("rs webdav", "webdav", believes_anybody),
    ("authorize public", "as", remembers_a_session),
]


def mistaken(there: Siege, party: str, mistake: Mistake) -> None:
    """Put the mistake around a party."""
    honest = there.house.handlers[party]

    def handle(request: Request) -> Flow[Response]:
        return mistake(there.house, request, (yield from honest(request)))

    there.house.handlers[party] = handle


def found(there: Siege, name: str, requests: int = 300) -> list[str]:
    """What is wrong with the first bad answer of so many."""
    chance = Random(7)
    names = list(HOSTILE)
    attacks = (
        [Attack(chance.choice(names), chance.randrange(1 << 16), chance.randrange(1 << 16))]
        for _ in range(requests)
    )
    complaints = (there.attack(name, chosen) for chosen in attacks)
    return next((said for said in complaints if said), [])


def called(case: object) -> str:
    return getattr(case, "__name__", str(case))


@pytest.mark.parametrize("name", sorted({name for name, _, _ in MISTAKES}))
def test_the_honest_party_gives_no_cause(name):
    assert found(siege(HONEST), name) == []


@pytest.mark.parametrize(("name", "party", "mistake"), MISTAKES, ids=called)
def test_a_mistake_is_noticed(name, party, mistake):
    there = Siege(HONEST)
    mistaken(there, party, mistake)
    assert found(there, name) != []
