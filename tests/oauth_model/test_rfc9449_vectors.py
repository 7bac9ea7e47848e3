"""RFC 9449: the published proofs, their key, their token, and the `jti` that two of them share."""

import json
from typing import Any

import pytest

from oauth_model.dpop import Proof, Window, ath, check_proof, make_proof, proof_key, read_proof
from oauth_model.errors import InvalidDPoPProof
from oauth_model.flows import StoreCall
from oauth_model.jose import Keys, b64url_decode, thumbprint
from oauth_model.messages import Request
from oauth_model.replay import ReplayStore

VERIFY = Keys("EdDSA", 7).self_verifier("ES256").verify
HEADER = (
    "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUkl"
    "DUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2"
    "R2R1JEQSIsImNydiI6IlAtMjU2In19"
)
P1 = (
    f"{HEADER}.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4Y"
    "W1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtF"
    "LbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg"
)
P2 = (
    f"{HEADER}.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4Y"
    "W1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjY1Mjk2fQ.pAqut2IRDm_De6PR93SYmGBPXpwrAk90e8cP2hjiaG5QsGSuK"
    "DYW7_X620BxqhvYC8ynrrvZLTk41mSRroapUA"
)
P3 = (
    f"{HEADER}.eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5le"
    "GFtcGxlLm9yZy9wcm90ZWN0ZWRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05y"
    "V0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9.2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqy"
    "Vnmcw6Fy1dqd-jfxSYoMxhAJpLjA"
)
JKT = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"
TOKEN = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU"
ATH = "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo"
SERVER = "https://server.example.com/token"
RESOURCE = "https://resource.example.org/protectedresource"
MINUTE = Window(age_s=60.0, leeway_s=5.0)


def at_token_endpoint(proof: str, now_s: float) -> Proof:
    asked = Request("POST", SERVER, (("DPoP", proof),))
    return check_proof(asked, VERIFY, now_s=now_s, window=MINUTE)


@pytest.mark.clause("RFC 9449 6.1 vector")
def test_the_thumbprint_of_the_published_key():
    header = json.loads(b64url_decode(HEADER))
    assert thumbprint(header["jwk"]) == JKT


@pytest.mark.clause("RFC 9449 4.2 ath vector")
def test_the_hash_of_the_published_token():
    assert ath(TOKEN) == ATH


@pytest.mark.clause("RFC 9449 4.3 vectors")
@pytest.mark.parametrize(("proof", "iat_s"), [(P1, 1562262616.0), (P2, 1562265296.0)])
def test_the_proofs_for_the_token_endpoint_pass(proof: str, iat_s: float):
    read = at_token_endpoint(proof, iat_s + 2)
    assert read[:-1] == ("-BwC3ESc6acc2lTc", "POST", SERVER, iat_s, "", "", JKT)


@pytest.mark.clause("RFC 9449 4.3 vectors")
def test_the_proof_for_the_resource_server_passes_with_its_token_and_key():
    asked = Request("GET", RESOURCE, (("Authorization", f"DPoP {TOKEN}"), ("DPoP", P3)))
    settings: dict[str, Any] = {"now_s": 1562262618.5, "window": MINUTE}
    read = check_proof(asked, VERIFY, access_token=TOKEN, jkt=JKT, **settings)
    assert read[:-1] == ("e1j3V_bKic8-LAEB", "GET", RESOURCE, 1562262618.0, ATH, "", JKT)


@pytest.mark.clause("RFC 9449 4.3 vectors")
def test_the_signature_of_one_published_proof_is_not_that_of_another():
    crossed = P1.rsplit(".", 1)[0] + "." + P2.rsplit(".", 1)[1]
    with pytest.raises(InvalidDPoPProof, match="signature is not valid"):
        read_proof(crossed, VERIFY)


@pytest.mark.clause("RFC 9449 4.2 proof")
def test_the_header_and_claims_we_write_have_the_members_of_the_published_ones():
    asked: dict[str, Any] = {"method": "GET", "url": RESOURCE, "jti": "1", "now_s": 1.0}
    ours, theirs = make_proof(Keys("ES256", 7), "client", access_token=TOKEN, **asked), P3
    for part in range(2):
        mine, published = (json.loads(b64url_decode(p.split(".")[part])) for p in (ours, theirs))
        assert mine.keys() == published.keys()
    assert set(json.loads(b64url_decode(ours.split(".")[0]))["jwk"]) == {"kty", "crv", "x", "y"}


@pytest.mark.clause("RFC 9449 11.1 jti store")
@pytest.mark.parametrize(("kept_s", "second"), [(0.0, True), (3600.0, False)])
def test_p1_and_p2_share_a_jti_2680_s_apart(kept_s: float, second: bool):
    """A store that keeps a `jti` for the window takes both; one that keeps it 1 h does not."""
    store, granted = ReplayStore(), []
    for proof in (P1, P2):
        read = read_proof(proof, VERIFY)
        until_s = max(MINUTE.until_s(read), read.iat_s + kept_s)
        call = StoreCall("shared", "insert", proof_key("s6BhdRkqt3", read), until_s)
        granted.append(store.apply(call, read.iat_s + 1).granted)
    assert granted == [True, second]


@pytest.mark.clause("RFC 9449 11.1 jti store")
def test_a_published_proof_sent_twice_within_its_window_is_seen():
    store, read = ReplayStore(), at_token_endpoint(P1, 1562262617.0)
    call = StoreCall("shared", "insert", proof_key("s6BhdRkqt3", read), MINUTE.until_s(read))
    last_s = MINUTE.until_s(read) - 0.001
    assert [store.apply(call, now_s).granted for now_s in (1562262617.0, last_s)] == [True, False]
    assert at_token_endpoint(P1, last_s) == read  # so without the store it would have passed
    with pytest.raises(InvalidDPoPProof, match="too old"):
        at_token_endpoint(P1, MINUTE.until_s(read))
