"""Texts that nobody means well with: for parameters, header fields, paths and bodies."""

from __future__ import annotations

import json

from tests.oauth_model.parties import CALLBACK

HUGE = "x" * 100_000
#: Deeper than any reader goes.
DEEP = "[" * 20_000
#: Values that are then encoded as a form or a header field carries them.
VALUES = (
    *(
        "",
        " ",
        "\x00",
        "a\x00b",
        "\r\nSet-Cookie: a=b",
        '"',
        "\\",
        "'",
        "é",
        "\u2603",
        "\U0001f600",
    ),
    *("\ud800", "\udfff\ud800", "\ufeff", "\u202e", "\x7f\x1b[2J", "\t", "a,b", "a;b", "*", "."),
    *("null", "true", "0", "-1", "1e999", "NaN", "9" * 5000, "[]", "{}", '""', "[null]", "[[]]"),
    *(DEEP, '{"a":' * 5000, '[{"type":' * 1000, '{"a":1,"a":2}', '"\\ud800"'),
    *("../../etc/passwd", "<script>alert(1)</script>", "${jndi:ldap://evil}", "' OR '1'='1"),
    *(
        "https://evil.example.com/cb",
        f"{CALLBACK}/",
        f"{CALLBACK}?a=b",
        f"{CALLBACK}#f",
        "http://[",
    ),
    *("https://as.example.com@evil.example.com", "javascript:alert(1)", "//evil", "urn:x", HUGE),
    *("email", "email email", "email admin", "EMAIL", "openid", "email webdav voip", 'e"mail'),
    *(
        "single",
        "SINGLE",
        "single single",
        "S256",
        "plain",
        "s256",
        "code",
        "token",
        "code id_token",
    ),
    *("authorization_code", "client_credentials", "refresh_token", "password", "implicit"),
    *(
        "other",
        "limited",
        "app",
        "keyed",
        "s6BhdRkqt3",
        "as",
        "email-secret",
        "1",
        "2",
        "99999999999",
    ),
    "urn:ietf:params:oauth:grant-type:token-exchange",
    "urn:ietf:params:oauth:token-type:id_token",
    "urn:ietf:params:oauth:client-assertion-type:saml2-bearer",
    "urn:ietf:params:oauth:request_uri:1",
    "https://as.example.com",
    "https://webdav.example.com",
    "https://email.example.com#f",
)
#: Pieces of a form or query that are written down as they are.
RAW = (
    *("%", "%z", "%zz", "%2", "%00", "%u0041", "%ED%A0%80", "%C0%80", "%FF%FE", "%25%32%35", "é"),
    *(
        "\ud800",
        "\x00",
        "\ufffd",
        "\x85",
        "+",
        "+%20+",
        ";x=1",
        "&&&",
        "&=",
        "&=v",
        "&=&=",
        "=",
        "===",
    ),
    *("&\x00=\x00", "&%00=%00", "&[]=1", "&a[b]=1", "&" + "%" * 5000, "\n", "\r\n\r\nGET /"),
)
#: Bodies in the place of a form.
BODIES = (
    *(
        "",
        "{}",
        "[]",
        "null",
        "\x00",
        "\ud800",
        DEEP,
        '{"grant_type":',
        HUGE,
        "a" * 7,
        "&",
    ),
    json.dumps({"grant_type": "client_credentials", "client_id": "s6BhdRkqt3", "token": "x"}),
    json.dumps([{"type": "payment"}]),
    '--b\r\nContent-Disposition: form-data; name="token"\r\n\r\nx\r\n--b--',
    "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
    "&".join(f"n{n}=v" for n in range(5000)),
    "&".join("a=b" for _ in range(5000)),
    "&" * 50_000,
)
#: Authorization header fields that show nothing good.
AUTHORIZATIONS = (
    *("", " ", "Basic", "Basic ", "Basic =", "Basic é", "Basic \x00", "Basic Og==", "Basic ////"),
    *("Bearer", "Bearer ", "Bearer  ", "Bearer a b", "Bearer \x00", "Bearer é", "Bearer ,", "DPoP"),
    *(
        "DPoP ",
        "DPoP x",
        "Digest username=x",
        "Negotiate x",
        "basic:",
        "B\x00earer x",
        "é",
        "\ud800",
    ),
    f"Bearer {HUGE}",
    f"Basic {HUGE}",
    "Basic OnNlY3JldA==",  # no name
    "Basic czZCaGRSa3F0Mw==",  # no colon
    "Basic czZCaGRSa3F0Mzo=",  # no secret
    "Basic /////zr/",  # not UTF-8
    "Basic JTAwOiUwMA==",  # percent-encoded NUL
    "Basic JUVEJUEwJTgwOiU=",  # percent-encoded surrogate
)
#: Content types that are no form.
TYPES = (
    *("", "text/plain", "application/json", "multipart/form-data; boundary=b", "application/xml"),
    *(
        "application/x-www-form-urlencodedx",
        "application/x-www-form-urlencoded,",
        "\x00",
        "é",
        HUGE,
    ),
)
METHODS = (
    *("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT", "", "get"),
    *("post", "\x00", "PO ST", "é", "X" * 1000),
)
#: What is put behind, or in the place of, the path.
PATHS = (
    *(
        "/",
        "//",
        "/.",
        "/..",
        "/x",
        "%2f",
        "%00",
        "\x00",
        ";a=b",
        ".json",
        "é",
        " ",
        "\ud800",
        "#f",
    ),
    *(
        "/../token",
        "?",
        "?a",
        "/" * 1000,
        "/" + "a" * 100_000,
        "%",
        "%zz",
        "/%2e%2e/jwks",
        "\\",
        ":80",
    ),
)
#: Names of parameters that other servers know, and some that nobody does.
NAMES = (
    *("", " ", "\x00", "é", "\ud800", "a" * 10_000, "Grant_Type", "grant_type ", "grant_type[]"),
    *(
        "access_token",
        "request",
        "request_uri",
        "response_mode",
        "prompt",
        "max_age",
        "id_token_hint",
    ),
    *("client_secret", "client_assertion", "client_assertion_type", "code_verifier", "assertion"),
    *("authorization_details", "audience", "resource", "scope", "scopes", "scope.1", "scope.0"),
    *("scope.99999999999999999999", "scope.-1", "token_use", "use", "actor_token", "dpop_jkt"),
    *("username", "password", "refresh_token", "code", "token", "subject_token", "state", "nonce"),
)
CERTIFICATES = ("", "é", "AAAA", "\x00", HUGE)
#: JSON values in the place of one that is good, as they stand on the wire.
JSONS = (
    *("null", "true", "0", "-1", "1.5", "1e999", "NaN", "Infinity", "9" * 5000, '""', '"x"', "[]"),
    *("{}", "[[]]", "[null]", "[{}]", '{"a":1,"a":2}', '"\\ud800"', '"\\u0000"', '"\\""', '"é"'),
    *("[" * 900 + "]" * 900, DEEP, '{"a":' * 300 + "1" + "}" * 300, f'"{HUGE}"', "}", ","),
    *(
        '"email"',
        '["webdav"]',
        '"app"',
        '"other"',
        '"single"',
        '["bearer", "bearer"]',
        '["durable"]',
    ),
    *('"https://evil.example.com/cb"', '"sha3-512"', '["redirect", 5]', '{"type": "access"}'),
    '[{"type": "access", "actions": ["webdav"], "locations": ["https://webdav.example.com"]}]',
    '[{"type": "payment", "instructedAmount": {"currency": "EUR", "amount": "1e9"}}]',
    '[{"type": ["access"]}]',
    "[" + ",".join(['{"label": "l"}'] * 2000) + "]",
)
