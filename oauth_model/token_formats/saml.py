"""The SAML 2.0 assertion as an access token: signed XML; the only file that reads or signs XML.

Rule 1: claims are read from what the signature covers, and that has to be the document itself: a
signature that is good for something else in it is none (signature wrapping).
Rule 2: the key is the one we trust under the name that the signature gives; a key that came along
is never looked at. Rule 3: what no assertion of ours contains (DOCTYPE, comments, CDATA, processing
instructions) is refused before any of it is parsed.

`iss sub aud exp nbf iat` go where SAML has a place for them (SAML core 2.3 to 2.5); every other
claim is an attribute, a nested one as JSON (`flat.py`). The document is armoured (RFC 7522 2.1).
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from oauth_model.errors import InvalidToken
from oauth_model.jose import Keys, Verified, Verifier, sha256_b64url
from oauth_model.token_formats.base import (
    ACCESS_TOKEN_TYPE,
    Reader,
    TokenFormat,
    armoured,
    unarmoured,
)
from oauth_model.token_formats.flat import Pairs, Place, flatten, printable, unflatten
from oauth_model.token_formats.instants import date_time, seconds

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

#: The `typ` of the sealed handle that stands for an assertion when nothing is signed.
SEALED = "saml"
#: The one signature algorithm, whatever the ring signs with: every implementation has it (XML
#: Signature 1.1, 6.1), and none has EdDSA yet. Its name in a JOSE header, and in signxml.
ALGORITHM, METHOD = "ES256", "ECDSA_SHA256"

SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
DS = "http://www.w3.org/2000/09/xmldsig#"
DS11 = "http://www.w3.org/2009/xmldsig11#"


def _lines(value: Any) -> str | None:
    """An audience, or several one per line: none of them has a line end."""
    if isinstance(value, list) and len(value) > 1 and all(map(_is_printable, value)):
        return "\n".join(value)
    return printable(value)


def _is_printable(value: Any) -> bool:
    return printable(value) is not None


def _audience(text: str) -> str | list[str]:
    return text.split("\n") if "\n" in text else text


PLACES = {
    "iss": Place("Issuer"),
    "sub": Place("Subject/NameID"),
    "aud": Place("Conditions/AudienceRestriction/Audience", _lines, _audience),
    "exp": Place("Conditions@NotOnOrAfter", date_time, seconds),
    "nbf": Place("Conditions@NotBefore", date_time, seconds),
    "iat": Place("@IssueInstant", date_time, seconds),
}


class Saml(TokenFormat):
    """With `symbolic` a sealed handle of the ring stands for the assertion: nothing is signed."""

    name = "saml"
    source = "SAML 2.0 core"

    def issue(self, keys: Keys, claims: Mapping[str, Any], *, key: str) -> str:
        """A signed assertion with these claims."""
        if keys.algorithm == "symbolic":
            return keys.sign(claims, key=key, typ=SEALED)
        _need_library()
        return armoured(_signed(_assertion(flatten(claims, PLACES)), keys, key))

    def reader(self, keys: Keys, *names: str) -> Reader:
        """Checks the signature with public keys; each token is checked once."""
        if keys.algorithm == "symbolic":
            handles = keys.verifier(*names)
            return lambda token: _unsealed(handles.verify(token))
        _need_library()
        trusted = {name: keys.xml_public_key(name) for name in names}
        return Verifier(lambda token: _verified(token, trusted)).verify


def _need_library() -> None:
    try:
        import signxml  # noqa: F401
    except ImportError:
        raise ValueError("SAML needs a library: pip install 'tokenrace[saml]'") from None


def _unsealed(verified: Verified) -> Verified:
    if verified.header["typ"] != SEALED:
        raise InvalidToken("the token is no assertion")
    return verified._replace(header={**verified.header, "typ": ACCESS_TOKEN_TYPE})


def _assertion(pairs: Pairs) -> Element:
    """The claims as SAML core 2.3.3 lays them out, with a gap where the signature goes."""
    from lxml import etree

    at = dict(pairs)
    identity = {"ID": f"_{sha256_b64url(repr(pairs))}", "Version": "2.0"}
    root = etree.Element(_saml("Assertion"), identity, nsmap={"saml": SAML})
    for place in PLACES.values():
        if place.name in at:
            _put(root, place.name, at.pop(place.name).split("\n"))
    statement = etree.SubElement(root, _saml("AttributeStatement"))
    for name, text in at.items():
        attribute = etree.SubElement(statement, _saml("Attribute"), Name=name)
        etree.SubElement(attribute, _saml("AttributeValue")).text = text
    gap = etree.Element(f"{{{DS}}}Signature", {"Id": "placeholder"}, nsmap={"ds": DS})
    root.insert(len(root.findall(_saml("Issuer"))), gap)
    return root


def _put(root: Element, place: str, texts: list[str]) -> None:
    """Write texts at a place: `path@attribute`, or one element for each text at the path's end."""
    from lxml import etree

    path, is_attribute, attribute = place.partition("@")
    *parents, last = path.split("/")
    element = root
    for step in filter(None, (*parents, last if is_attribute else "")):
        found = element.find(_saml(step))
        element = etree.SubElement(element, _saml(step)) if found is None else found
    for text in texts:
        if is_attribute:
            element.set(attribute, text)
        else:
            etree.SubElement(element, _saml(last)).text = text


def _claims(root: Element) -> dict[str, Any]:
    """The claims of an assertion whose signature is good; raises InvalidToken."""
    placed = {place.name: _get(root, place.name) for place in PLACES.values()}
    pairs = [(name, "\n".join(texts)) for name, texts in placed.items() if texts]
    others = root.iterfind(f"{_saml('AttributeStatement')}/{_saml('Attribute')}")
    pairs += [(one.get("Name", ""), one.findtext(_saml("AttributeValue"), "")) for one in others]
    return unflatten(pairs, PLACES)


def _get(root: Element, place: str) -> list[str]:
    path, is_attribute, attribute = place.partition("@")
    elements = root.findall("/".join(map(_saml, path.split("/")))) if path else [root]
    texts = [e.get(attribute) if is_attribute else e.text or "" for e in elements]
    return [text for text in texts if text is not None]


def _saml(name: str) -> str:
    return f"{{{SAML}}}{name}"


def _signed(assertion: Element, keys: Keys, key: str) -> str:
    from lxml import etree
    from signxml.algorithms import CanonicalizationMethod, SignatureMethod
    from signxml.signer import XMLSigner

    signer = XMLSigner(
        signature_algorithm=SignatureMethod[METHOD],
        c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
    )
    signed = signer.sign(assertion, key=keys.xml_key(key), key_info=_key_info(key))
    return str(etree.tostring(signed, encoding="unicode"))


def _key_info(name: str, public: bytes = b"") -> Element:
    """What a signature says of its key: the name; for the verifier also the key, ours."""
    from lxml import etree

    info = etree.Element(f"{{{DS}}}KeyInfo", nsmap={"ds": DS})
    etree.SubElement(info, f"{{{DS}}}KeyName").text = name
    if public:
        etree.SubElement(info, f"{{{DS11}}}DEREncodedKeyValue").text = b64encode(public).decode()
    return info


def _verified(token: str, trusted: Mapping[str, bytes]) -> Verified:
    root = _parsed(unarmoured(token))
    name = _trust_only(root, trusted)
    covered = _covered(root)
    if covered.tag != _saml("Assertion") or covered.get("ID") != root.get("ID"):
        raise InvalidToken("the signature is not of the assertion")
    header = {"typ": ACCESS_TOKEN_TYPE, "alg": ALGORITHM, "kid": name}
    return Verified(header, _claims(covered))


def _parsed(text: str) -> Element:
    from lxml import etree

    if "<!" in text or "<?" in text:
        raise InvalidToken("the assertion has parts that none of ours has")
    parser = etree.XMLParser(encoding="utf-8", resolve_entities=False, no_network=True)
    try:
        return etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError as error:
        raise InvalidToken("the token is malformed") from error


def _trust_only(root: Element, trusted: Mapping[str, bytes]) -> str:
    """Put the key that we have under the signature's key name in the place of any that came."""
    signature = root.find(f"{{{DS}}}Signature")
    if signature is None:
        raise InvalidToken("the assertion is not signed")
    name = str(signature.findtext(f"{{{DS}}}KeyInfo/{{{DS}}}KeyName", ""))
    if name not in trusted:
        raise InvalidToken("the signing key is not trusted")
    for came in signature.findall(f"{{{DS}}}KeyInfo"):
        signature.remove(came)
    signature.append(_key_info(name, trusted[name]))
    return name


def _covered(root: Element) -> Element:
    """What the signature covers, parsed anew from the very octets; raises InvalidToken."""
    from signxml.algorithms import SignatureMethod
    from signxml.verifier import SignatureConfiguration, VerifyResult, XMLVerifier

    expected = SignatureConfiguration(
        require_x509=False,
        location="./",
        expect_references=1,
        signature_methods=frozenset({SignatureMethod[METHOD]}),
    )
    try:
        result = XMLVerifier().verify(root, id_attribute="ID", expect_config=expected)
    # The library promises no closed list of exceptions for hostile XML: any of them is a refusal.
    except Exception as error:
        raise InvalidToken("the signature is not valid") from error
    if not isinstance(result, VerifyResult) or result.signed_xml is None:
        raise InvalidToken("the signature is not of the assertion")
    return result.signed_xml
