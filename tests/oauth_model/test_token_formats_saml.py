"""SAML assertions: laid out as SAML core has it, verified by a second opinion, and every attack."""

import re
import sys
from base64 import b64decode
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from signxml.algorithms import SignatureMethod
from signxml.signer import XMLSigner

from oauth_model.errors import InvalidToken
from oauth_model.jose import Keys, b64url
from oauth_model.token_formats import FORMATS
from oauth_model.token_formats.base import armoured, unarmoured

FORMAT, KEYS = FORMATS["saml"], Keys("EdDSA", 7)
READ = FORMAT.reader(KEYS, "as:email")
CLAIMS = {
    "iss": "https://as.example.com",
    "sub": "robin@example.com",
    "aud": ["https://email.example.com", "https://voip.example.com"],
    "client_id": "s6BhdRkqt3",
    "nbf": 1_699_999_999,
    "iat": 1_700_000_000,
    "exp": 1_700_000_030,
    "authorization_details": [{"type": "payment_initiation"}],
}
SAML = "{urn:oasis:names:tc:SAML:2.0:assertion}"
DS = "{http://www.w3.org/2000/09/xmldsig#}"
GOOD = unarmoured(FORMAT.issue(KEYS, CLAIMS, key="as:email"))
SIGNATURE = re.search("<ds:Signature .*</ds:Signature>", GOOD)[0]  # type: ignore[index]
UNSIGNED = GOOD.replace(SIGNATURE, "")
ID = re.search(' ID="(.*?)"', GOOD)[1]  # type: ignore[index]
END = "</saml:Assertion>"


def evil(name: str = "_evil") -> str:
    """An assertion about somebody else, nowhere signed."""
    return UNSIGNED.replace("robin@", "mallory@").replace(ID, name)


def response(inside: str, name: str = "_response") -> str:
    """A SAML response with this inside."""
    about = 'xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"'
    return f'<samlp:Response {about} ID="{name}">{inside}</samlp:Response>'


def refusal(document: str) -> str:
    """Why the reader refuses a document."""
    with pytest.raises(InvalidToken) as refused:
        READ(armoured(document))
    return str(refused.value)


# --- what it looks like -----------------------------------------------------------------------


def test_core_2_3_3_the_elements_stand_in_the_order_of_the_schema():
    root = etree.fromstring(GOOD)
    assert [child.tag.partition("}")[2] for child in root] == [
        "Issuer",
        "Signature",
        "Subject",
        "Conditions",
        "AttributeStatement",
    ]
    assert root.attrib["Version"] == "2.0"
    assert root.attrib["IssueInstant"] == "2023-11-14T22:13:20Z"


def test_core_2_5_1_conditions_hold_lifetime_and_audiences():
    conditions = etree.fromstring(GOOD).find(f"{SAML}Conditions")
    assert dict(conditions.attrib) == {
        "NotBefore": "2023-11-14T22:13:19Z",
        "NotOnOrAfter": "2023-11-14T22:13:50Z",
    }
    audiences = conditions.findall(f"{SAML}AudienceRestriction/{SAML}Audience")
    assert [audience.text for audience in audiences] == CLAIMS["aud"]


def test_core_2_7_3_every_other_claim_is_an_attribute_and_a_nested_one_json():
    attributes = etree.fromstring(GOOD).iter(f"{SAML}Attribute")
    assert {one.get("Name"): one[0].text for one in attributes} == {
        "client_id": "s6BhdRkqt3",
        "authorization_details.json": '[{"type":"payment_initiation"}]',
    }


def test_the_signature_verifies_by_hand():
    root = etree.fromstring(GOOD)
    info = root.find(f"{DS}Signature/{DS}SignedInfo")
    value = b64decode(root.findtext(f"{DS}Signature/{DS}SignatureValue"))
    numbers = (int.from_bytes(value[at : at + 32], "big") for at in (0, 32))
    public = load_der_public_key(KEYS.xml_public_key("as:email"))
    assert isinstance(public, ec.EllipticCurvePublicKey)
    signed = etree.tostring(info, method="c14n", exclusive=True)
    public.verify(utils.encode_dss_signature(*numbers), signed, ec.ECDSA(SHA256()))


def test_the_digest_is_that_of_the_assertion_without_its_signature():
    digest = etree.fromstring(GOOD).findtext(f".//{DS}DigestValue")
    octets = etree.tostring(etree.fromstring(UNSIGNED), method="c14n", exclusive=True)
    assert b64decode(digest) == sha256(octets).digest()


def test_the_key_is_named_and_not_sent():
    key_info = etree.fromstring(GOOD).find(f"{DS}Signature/{DS}KeyInfo")
    assert [(child.tag, child.text) for child in key_info] == [(f"{DS}KeyName", "as:email")]


def test_the_header_says_what_rfc9068_asks_for():
    assert READ(armoured(GOOD)).header == {"typ": "at+jwt", "alg": "ES256", "kid": "as:email"}
    assert READ(armoured(GOOD)).claims == CLAIMS


def test_what_is_signed_is_the_same_in_every_run_and_suite():
    again = unarmoured(FORMAT.issue(Keys("ES256", 7), CLAIMS, key="as:email"))
    value = "<ds:SignatureValue>.*</ds:SignatureValue>"
    assert re.sub(value, "", again) == re.sub(value, "", GOOD)


# --- signature wrapping -----------------------------------------------------------------------

MOVED = SIGNATURE.replace("</ds:Signature>", f"<ds:Object>{UNSIGNED}</ds:Object></ds:Signature>")
WRAPPED = {
    "original beside": evil().replace(
        END, f"{SIGNATURE}<saml:Advice>{UNSIGNED}</saml:Advice>{END}"
    ),
    "original first": evil().replace(
        "<saml:Issuer>", f"{SIGNATURE}<saml:Advice>{UNSIGNED}</saml:Advice><saml:Issuer>"
    ),
    "same ID": evil(ID).replace(END, f"{SIGNATURE}<saml:Advice>{UNSIGNED}</saml:Advice>{END}"),
    "no ID": evil().replace(' ID="_evil"', f' id="{ID}"').replace(END, f"{SIGNATURE}{GOOD}{END}"),
    "signed inside": evil().replace(END, f"<saml:Advice>{GOOD}</saml:Advice>{END}"),
    "original in the signature": evil().replace(END, f"{MOVED}{END}"),
    "response": response(f"{evil()}{GOOD}"),
    "signed response": response(f"{SIGNATURE}{evil()}{UNSIGNED}"),
    "response with its ID": response(f"{SIGNATURE}{evil()}{UNSIGNED}", ID),
    "signature moved": evil().replace(END, f"{SIGNATURE}{END}"),
    "signature moved, same ID": evil(ID).replace(END, f"{SIGNATURE}{END}"),
    "two signatures": GOOD.replace("robin@", "mallory@").replace(SIGNATURE, SIGNATURE * 2),
}


@pytest.mark.parametrize("document", WRAPPED.values(), ids=list(WRAPPED))
def test_a_wrapped_signature_is_refused(document: str):
    assert refusal(document).partition(" ")[0] == "the"


@pytest.mark.parametrize("name", ["original beside", "original first", "signed response"])
def test_a_signature_that_is_good_for_something_else_in_the_document_is_none(name: str):
    assert refusal(WRAPPED[name]) == "the signature is not of the assertion"


def test_an_unsigned_assertion_is_refused():
    assert refusal(UNSIGNED) == refusal(evil()) == "the assertion is not signed"


@pytest.mark.parametrize("claim", ["robin@example.com", "2023-11-14T22:13:50Z", "s6BhdRkqt3"])
def test_a_changed_claim_is_refused(claim: str):
    assert refusal(GOOD.replace(claim, "1")) == "the signature is not valid"


# --- keys and algorithms ----------------------------------------------------------------------


def signed_elsewhere(keys: Keys, method: str = "ECDSA_SHA256", name: str | None = None) -> str:
    """An assertion that is not signed by our code; it carries the key."""
    signer = XMLSigner(signature_algorithm=SignatureMethod[method])
    signed = signer.sign(etree.fromstring(evil()), key=keys.xml_key("as:email"), key_name=name)
    return str(etree.tostring(signed, encoding="unicode"))


def test_a_key_that_came_along_is_not_looked_at():
    stranger = Keys("EdDSA", 8)
    assert "<dsig11:ECKeyValue" in signed_elsewhere(stranger, name="as:email")
    assert refusal(signed_elsewhere(stranger, name="as:email")) == "the signature is not valid"
    assert refusal(signed_elsewhere(stranger)) == "the signing key is not trusted"


def test_our_key_under_another_algorithm_is_refused():
    assert READ(armoured(signed_elsewhere(KEYS, name="as:email"))).claims["sub"][0] == "m"
    other = signed_elsewhere(KEYS, "ECDSA_SHA384", name="as:email")
    assert refusal(other) == "the signature is not valid"


@pytest.mark.parametrize("fragment", ["hmac-sha256", "rsa-sha256", "ecdsa-sha384", "nonsense"])
def test_another_algorithm_is_refused(fragment: str):
    assert refusal(GOOD.replace("#ecdsa-sha256", f"#{fragment}")) == "the signature is not valid"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (f'URI="#{ID}"', 'URI=""'),
        (f'URI="#{ID}"', 'URI="https://evil.example.com/"'),
        (f'URI="#{ID}"', 'URI="#xpointer(/)"'),
        ("#sha256", "#md5"),
        ("#enveloped-signature", "#nothing"),
        ("<ds:SignedInfo>", "<ds:SignedInfo/><ds:SignedInfo>"),
        (">as:email<", ">as:voip<"),
        (">as:email<", "><"),
    ],
)
def test_a_changed_signature_is_refused(old: str, new: str):
    assert old in GOOD
    assert refusal(GOOD.replace(old, new))


# --- hostile XML ------------------------------------------------------------------------------

LAUGHS = "".join(
    f'<!ENTITY l{n} "{"".join([f"&l{n - 1};"] * 10) if n else "ha"}">' for n in range(10)
)
HOSTILE = {
    "entity expansion": f"<!DOCTYPE a [{LAUGHS}]>{GOOD.replace('robin@', '&l9;')}",
    "external entity": f'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]>{GOOD}',
    "DOCTYPE": f"<!DOCTYPE a>{GOOD}",
    "external DTD": f'<!DOCTYPE a SYSTEM "https://evil.example.com/a.dtd">{GOOD}',
    "comment": GOOD.replace("robin@", "robin@<!-- -->"),
    "CDATA": GOOD.replace("robin@", "<![CDATA[robin@]]>"),
    "processing instruction": GOOD.replace("robin@", "robin@<?a b?>"),
    "XML declaration": f'<?xml version="1.0" encoding="UTF-7"?>{GOOD}',
    "unknown entity": GOOD.replace("robin@", "robin&x;@"),
    "depth": "<a>" * 5_000 + "</a>" * 5_000,
    "breadth": f"<a>{'<b/>' * 10_000}</a>",
    "two roots": GOOD * 2,
    "cut": GOOD[:-1],
    "control character": GOOD.replace("robin@", "robin\0"),
    "no XML": "robin",
    "nothing": "",
}


@pytest.mark.parametrize("document", HOSTILE.values(), ids=list(HOSTILE))
def test_hostile_xml_is_an_invalid_token(document: str):
    assert refusal(document)


@pytest.mark.parametrize("name", list(HOSTILE)[:8])
def test_what_no_assertion_of_ours_contains_is_refused_unparsed(name: str):
    assert refusal(HOSTILE[name]) == "the assertion has parts that none of ours has"


def test_text_that_looks_like_such_parts_can_be_a_claim():
    claims = CLAIMS | {"sub": "<!DOCTYPE a>", "note": "]]><?a?><!---->&lt;"}
    assert READ(FORMAT.issue(KEYS, claims, key="as:email")).claims == claims


def test_another_encoding_hides_nothing():
    with pytest.raises(InvalidToken, match="malformed"):
        READ(b64url(HOSTILE["DOCTYPE"].encode("utf-16")))


@settings(derandomize=True, deadline=None, max_examples=150)
@given(st.integers(0, len(GOOD) - 1), st.integers(0, 3), st.text(st.characters(codec="ascii")))
def test_whatever_is_changed_the_claims_are_those_that_were_signed(
    position: int, length: int, other: str
):
    changed = GOOD[:position] + other + GOOD[position + length :]
    try:
        verified = READ(armoured(changed))
    except InvalidToken:
        return
    assert verified.claims == CLAIMS


# --- without signing, without the library -----------------------------------------------------


def test_a_symbolic_suite_seals_a_handle_that_is_no_other_token():
    keys = Keys("symbolic", 7)
    handle = FORMAT.issue(keys, CLAIMS, key="as:email")
    assert handle.startswith("sym.saml.as~email.0.")
    assert FORMAT.reader(keys, "as:email")(handle).header["typ"] == "at+jwt"
    with pytest.raises(InvalidToken, match="no assertion"):
        FORMAT.reader(keys, "as:email")(keys.sign(CLAIMS, key="as:email", typ="at+jwt"))


def test_without_the_library_the_reader_is_told_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "signxml", None)
    for use in (lambda: FORMAT.issue(KEYS, CLAIMS, key="k"), lambda: FORMAT.reader(KEYS, "k")):
        with pytest.raises(ValueError, match=r"pip install 'tokenrace\[saml\]'"):
            use()
    symbolic = Keys("symbolic", 7)
    assert FORMAT.reader(symbolic, "k")(FORMAT.issue(symbolic, CLAIMS, key="k")).claims == CLAIMS
