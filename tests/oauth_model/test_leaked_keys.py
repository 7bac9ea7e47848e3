"""What a key is worth to who has it: under a key of each server's own, and under one for all."""

from __future__ import annotations

from typing import Any

import pytest

from oauth_model.issuance import DESIGNS, ProtectedResource
from oauth_model.issuance.leaked_keys import can_read, delivered, forgeries, opening_keys
from oauth_model.issuance.writing import token_reader, write_token
from oauth_model.jose import Keys

CLAIMS = {"iss": "https://as.example.com", "sub": "user", "scope": "a", "jti": "1", "exp": 9}
ALGORITHMS = ("EdDSA", "symbolic")


def pair(**wants: Any) -> tuple[ProtectedResource, ProtectedResource]:
    """Two servers that want the same of their tokens."""
    one, other = (ProtectedResource(n, f"https://{n}", (n,), f"as-{n}") for n in "ab")
    return one._replace(**wants), other._replace(**wants)


@pytest.mark.clause("draft-lodderstedt-oauth-multiple-access-tokens-00 encryption keys")
@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize(
    ("design", "read"), [("fat", [True, True]), ("lodderstedt", [True, False])]
)
def test_a_leaked_key_opens_what_was_sealed_to_it(algorithm: str, design: str, read: list[bool]):
    keys, servers = Keys(algorithm, 1), pair(encrypted=True)
    token = write_token(keys, DESIGNS[design], servers[:1], CLAIMS)
    assert [can_read(keys, DESIGNS[design], servers, each, token) for each in servers] == read


@pytest.mark.parametrize(
    ("token_format", "read"), [("jwt", True), ("swt", True), ("opaque", False)]
)
def test_what_is_not_sealed_is_read_by_all_unless_there_is_nothing_in_it(token_format, read):
    keys, servers, design = (
        Keys("EdDSA", 1),
        pair(token_format=token_format),
        DESIGNS["lodderstedt"],
    )
    token = write_token(keys, design, servers[:1], CLAIMS)
    assert [can_read(keys, design, servers, each, token) for each in servers] == [read, read]


def test_the_keys_that_open_go_with_those_that_check():
    one, _ = pair()
    assert opening_keys(DESIGNS["lodderstedt"], one) == ("as-a/encryption",)
    assert opening_keys(DESIGNS["fat"], one) == ("as/encryption",)


@pytest.mark.clause("draft-lodderstedt-oauth-multiple-access-tokens-00 signing keys")
def test_who_checks_with_a_secret_can_make_what_the_other_believes_only_when_it_is_shared():
    (one, other), keys = pair(token_format="swt"), Keys("EdDSA", 1)
    [made] = forgeries(keys, DESIGNS["fat"], one, CLAIMS)
    assert token_reader(keys, DESIGNS["fat"], other)(made).claims == CLAIMS
    [own] = forgeries(keys, DESIGNS["lodderstedt"], one, CLAIMS)
    assert own != made
    assert not can_read(keys, DESIGNS["lodderstedt"], (other,), other, own)


@pytest.mark.parametrize("token_format", ["jwt", "opaque"])
def test_a_public_key_or_none_makes_nothing(token_format: str):
    one, _ = pair(token_format=token_format)
    assert list(forgeries(Keys("EdDSA", 1), DESIGNS["fat"], one, CLAIMS)) == []


def test_whoever_makes_a_token_can_encrypt_it_to_who_shall_believe_it():
    (_, other), keys = pair(token_format="swt", encrypted=True), Keys("EdDSA", 1)
    one, _ = pair(token_format="swt")
    [made] = forgeries(keys, DESIGNS["fat"], one, CLAIMS)
    plain, sealed = delivered(keys, DESIGNS["fat"], other, made)
    assert plain == made
    assert token_reader(keys, DESIGNS["fat"], other)(sealed).claims == CLAIMS
