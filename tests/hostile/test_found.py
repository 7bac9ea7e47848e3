"""What hostile requests found, each by itself."""

from __future__ import annotations

import pytest

from oauth_model.errors import InvalidToken
from oauth_model.jose import Keys, b64url, b64url_decode
from oauth_model.messages import Response
from tests.hostile.hand import substituted, with_header
from tests.hostile.residents import Settings
from tests.hostile.siege import Siege, siege

FAT, MRRT = Settings(), Settings("mrrt")


def said(there: Siege, name: str, **changes: str) -> tuple[int, str]:
    """Status and error when a seed is sent with texts changed in it, or another Authorization."""
    seed = there.seeds[name]
    request = seed.request
    if "authorization" in changes:
        request = with_header(request, "Authorization", changes.pop("authorization"))
    for old, new in changes.items():
        request = substituted(request, old, new)
    answer = there.send(seed, request).answer
    assert isinstance(answer, Response)
    return answer.status, answer.json().get("error", "")


@pytest.mark.parametrize("basic", ["Basic", "Basic ", "Basic Og==", "Basic OnNlY3JldA=="])
def test_basic_without_a_name_identifies_nobody(basic):
    assert said(siege(FAT), "par app", authorization=basic) == (401, "invalid_client")


@pytest.mark.parametrize("end", ["=", "====", "\n"])
def test_basic_credentials_have_one_spelling(end):
    there = siege(FAT)
    good = there.things["basic.s6BhdRkqt3"]
    refused = said(there, "token client", authorization=f"{good}{end}")
    assert refused == (401, "invalid_client")


def test_rfc9126_2_3_what_is_pushed_is_never_denied_by_the_resource_owner():
    there = siege(MRRT)
    changed = {"https://email.example.com": "https://nowhere.example.com"}
    assert said(there, "par s6BhdRkqt3", **changed) == (400, "invalid_request")


def test_a_resource_server_introspects_in_one_way():
    there = siege(FAT)
    seed = there.seeds["introspect server"]
    request = seed.request._replace(body=f"{seed.request.body}&client_secret=x")
    answer = there.send(seed, request).answer
    assert isinstance(answer, Response)
    assert (answer.status, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("curve", [b"P-296", b"P-25\x00", b"X255"])
def test_an_ephemeral_key_on_no_curve_cannot_be_decrypted(curve):
    keys = Keys("EdDSA", 7)
    header, _, rest = keys.encrypt("text", key="e").partition(".")
    forged = b64url(b64url_decode(header).replace(b"P-256", curve))
    with pytest.raises(InvalidToken):
        keys.decrypter("e").decrypt(f"{forged}.{rest}")
