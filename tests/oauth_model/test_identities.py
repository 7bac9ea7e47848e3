"""Identities and attributes of each service: the draft's third and fourth bullets."""

import re
from dataclasses import replace
from itertools import combinations
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oauth_model.authorization_server import (
    AuthorizationServerConfig,
    ProtectedResource,
    RegisteredClient,
)
from oauth_model.identities import (
    RESOURCE_OWNER,
    SUBJECT_TYPES,
    User,
    claims_for,
    linkable,
    sector,
    subject_for,
)
from tests.oauth_model.parties import SERVERS, World

repeatable = settings(derandomize=True, deadline=None)
SECRET = b"a secret that the AS keeps for itself"
DRAFT = "draft-lodderstedt-oauth-multiple-access-tokens-00"


class Rs(NamedTuple):
    """A resource server as `identities` sees one."""

    identifier: str
    subject_type: str = "public"
    claims: tuple[str, ...] = ()


EMAIL = Rs("https://email.example.com", "mailbox", ("email", "name"))
VOIP = Rs("https://voip.example.com", "msisdn", ("phone_number", "name"))
RADIO = Rs("https://radio.example.com", "imsi")
HEALTH = Rs("https://health.example.com", "pairwise", ("birthdate",))
FILES = Rs("https://files.example.com", "pairwise")
USER = RESOURCE_OWNER
hosts = st.from_regex(r"[a-z]{1,8}\.example", fullmatch=True)
users = st.text(min_size=1, max_size=8).map(User)


def pairwise(host: str, user: User = USER, secret: bytes = SECRET) -> str:
    return subject_for(user, [Rs(f"https://{host}/api", "pairwise")], secret)


# --- kinds of subject -------------------------------------------------------------------------


def test_the_kinds_are_those_of_openid_connect_and_of_the_draft():
    assert tuple(SUBJECT_TYPES) == ("public", "pairwise", "imsi", "msisdn", "mailbox")


@pytest.mark.clause(f"{DRAFT} identities")
@pytest.mark.parametrize(
    ("server", "sub"),
    [
        (Rs("https://a.example"), "resource-owner"),
        (EMAIL, "robin.doe@mail.example.net"),
        (VOIP, "12025550142"),
        (RADIO, "001010123456789"),
    ],
)
def test_a_server_alone_gets_the_kind_of_identity_it_wants(server: Rs, sub: str):
    assert subject_for(USER, [server], SECRET) == sub


def test_a_user_without_the_attribute_cannot_be_known_by_it():
    with pytest.raises(ValueError, match="robin has no imsi"):
        subject_for(User("robin"), [RADIO], SECRET)


def config(**more) -> AuthorizationServerConfig:
    """An AS whose server `voip` knows users by their IMSI."""
    voip = ProtectedResource("voip", RADIO.identifier, ("voip",), "as:voip", subject_type="imsi")
    return AuthorizationServerConfig((voip,), (RegisteredClient("app", "s"),), **more)


def test_a_server_that_cannot_know_a_user_is_refused_before_anybody_comes():
    wanted = f"robin has no imsi, by which {RADIO.identifier} knows users"
    with pytest.raises(ValueError, match=wanted):
        config(users=(USER, User("robin", {"mailbox": "robin@mail.example.net"})))
    assert config(users=(USER, User("robin", {"imsi": "001019999999999"}))).users[1].name == "robin"


def test_a_subject_who_is_no_configured_user_stays_as_it_is():
    imsi = tuple(server._replace(subject_type="imsi") for server in SERVERS)
    world = World()
    known = replace(world.authorization_server.replica.config, resource_servers=imsi, users=())
    world.handlers["as"] = world.replica(known).handle
    assert world.claims(world.redeem(world.code(scope="voip")))["sub"] == "resource-owner"


@pytest.mark.clause("RFC 9700 4.15 client as user")
@pytest.mark.parametrize(
    "more", [{"users": (USER, User("app", USER.attributes))}, {"passwords": (("app", "pw"),)}]
)
def test_9700_4_15_no_client_has_the_name_of_a_user(more: dict):
    with pytest.raises(ValueError, match="app is the name of a client and of a user"):
        config(**more)


def test_the_resource_owner_is_nobody():
    about = USER.attributes
    assert about["imsi"].startswith("00101")  # E.212: test network
    assert len(about["imsi"]) == 15
    assert re.fullmatch(r"1\d{3}55501\d\d", about["msisdn"])
    assert re.search(r"@(.*\.)?example\.(com|net|org)$", about["email"])
    assert re.search(r"@(.*\.)?example\.(com|net|org)$", about["mailbox"])


# --- pairwise (OpenID Connect Core 8.1) -------------------------------------------------------


def test_a_pairwise_subject_is_the_same_in_every_run():
    assert pairwise("files.example.com") == "_aCnpyagJ8lGzY9nXrElT-_QHRBUmUn5KPkfkPdfmqA"


@repeatable
@given(hosts, users)
def test_pairwise_within_a_sector_one_user_has_one_subject(host: str, user: User):
    uris = [f"https://{host}", f"https://{host.upper()}:8443/other?x=1"]
    subjects = {subject_for(user, [Rs(uri, "pairwise")], SECRET) for uri in uris}
    assert subjects == {pairwise(host, user)}


@repeatable
@given(st.sets(hosts, min_size=2, max_size=4), st.sets(st.text(max_size=8), min_size=2, max_size=4))
def test_pairwise_another_sector_or_user_gives_another_subject(sectors: set, accounts: set):
    subjects = {pairwise(host, User(name)) for host in sectors for name in accounts}
    assert len(subjects) == len(sectors) * len(accounts)


def test_pairwise_sector_and_account_cannot_be_shifted_into_each_other():
    assert pairwise("a.example", User("b c")) != pairwise("a.example b", User("c"))


@repeatable
@given(hosts, st.lists(st.binary(min_size=32, max_size=32), unique=True, min_size=2, max_size=5))
def test_pairwise_without_the_secret_a_known_account_is_not_found(host: str, secrets: list):
    subject, *guesses = (pairwise(host, secret=secret) for secret in secrets)
    assert subject not in guesses


@repeatable
@given(hosts, users)
def test_pairwise_shows_neither_account_nor_sector(host: str, user: User):
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", pairwise(host, user))


@pytest.mark.parametrize(
    ("identifier", "expected"),
    [
        ("https://Email.Example.com/inbox", "email.example.com"),
        ("https://email.example.com:8443", "email.example.com"),
        ("urn:example:email", "urn:example:email"),
    ],
)
def test_the_sector_is_the_host(identifier: str, expected: str):
    assert sector(identifier) == expected


# --- servers that share a token ---------------------------------------------------------------


@pytest.mark.clause(f"{DRAFT} identities")
@pytest.mark.parametrize(
    "servers", [s for n in (2, 3, 5) for s in combinations([EMAIL, VOIP, RADIO, HEALTH, FILES], n)]
)
def test_a_shared_token_cannot_serve_two_kinds_of_identity(servers: tuple):
    assert subject_for(USER, servers, SECRET) == "resource-owner"


@pytest.mark.parametrize(
    "servers",
    [
        [RADIO, Rs("https://towers.example.com", "imsi")],
        [FILES, Rs("https://files.example.com/shared", "pairwise")],
    ],
)
def test_servers_that_know_users_alike_keep_their_kind_when_they_share(servers: list):
    assert subject_for(USER, servers, SECRET) == subject_for(USER, servers[:1], SECRET)
    assert subject_for(USER, servers, SECRET) != "resource-owner"


@pytest.mark.clause(f"{DRAFT} attributes")
def test_with_a_shared_token_each_server_learns_the_union():
    assert list(claims_for(USER, [EMAIL])) == ["email", "name"]
    assert list(claims_for(USER, [HEALTH])) == ["birthdate"]
    shared = claims_for(USER, [EMAIL, VOIP, HEALTH])
    assert list(shared) == ["email", "name", "phone_number", "birthdate"]
    assert shared["birthdate"] == USER.attributes["birthdate"]


def test_what_the_user_lacks_is_left_out():
    assert claims_for(User("robin", {"name": "Robin"}), [EMAIL]) == {"name": "Robin"}


# --- colluding servers ------------------------------------------------------------------------


def told(servers: list, *, shared: bool) -> dict:
    """What each server learns from one token for all, or from one for each."""

    def token(audience: list) -> dict:
        return claims_for(USER, audience) | {"sub": subject_for(USER, audience, SECRET)}

    return {s.identifier: token(servers if shared else [s]) for s in servers}


@pytest.mark.clause(f"{DRAFT} identities")
def test_with_a_shared_token_all_servers_can_link_their_users_and_with_their_own_none():
    servers = [Rs(f"https://{name}.example.com", "pairwise") for name in ("a", "b", "c")]
    assert len(linkable(told(servers, shared=True))) == 3
    assert linkable(told(servers, shared=False)) == set()


def test_an_attribute_links_what_pairwise_subjects_keep_apart():
    servers = [Rs("https://a.example", "pairwise", ("email",)), Rs("https://b.example", "pairwise")]
    assert linkable(told(servers, shared=False)) == set()
    servers[1] = servers[1]._replace(claims=("email", "name"))
    assert linkable(told(servers, shared=False)) == {("https://a.example", "https://b.example")}


@pytest.mark.parametrize(
    ("one", "other", "linked"),
    [
        ({"sub": "u1"}, {"sub": "u1"}, True),
        ({"sub": "u1"}, {"sub": "u2"}, False),
        ({"sub": "a@example.com"}, {"sub": "x", "email": "a@example.com"}, True),
        ({"msisdn": "12025550142"}, {"phone_number": "+12025550142"}, True),
        ({"sub": "u1", "name": "Robin"}, {"sub": "u2", "name": "Robin"}, False),
        ({}, {}, False),
    ],
)
def test_equal_identifying_values_link_whatever_they_are_called(one, other, linked: bool):
    assert linkable({"a": one, "b": other}) == ({("a", "b")} if linked else set())
