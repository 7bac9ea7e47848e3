"""A GNAP request as data (RFC 9635 2): read strictly, whatever was sent.

Rule: anything that is wrong is a registered error, and unknown members are ignored, as extensions
that this AS does not know.
"""

from __future__ import annotations

import json
from typing import Any

from oauth_model.gnap.errors import GnapError
from oauth_model.gnap.hashes import DEFAULT, HASH_METHODS
from oauth_model.gnap.records import AskedToken, Finish
from oauth_model.messages import JSON, Request
from oauth_model.rar.details import each_once
from oauth_model.single_use import SINGLE, TOKEN_USE

#: The one flag that may be asked for (2.1.1); `durable` is for responses alone (3.2.1).
BEARER = "bearer"
#: More tokens than this in one request are refused; the RFC has no limit.
MOST_TOKENS = 64


def body_of(request: Request) -> dict[str, Any]:
    """The JSON object in the content of a request; raises GnapError."""
    media_type = (request.header("Content-Type") or "").partition(";")[0].strip().lower()
    if media_type != JSON:
        raise GnapError("invalid_request", "the content is not JSON")
    try:
        members = json.loads(request.body, object_pairs_hook=each_once)
    except (ValueError, RecursionError) as error:
        raise GnapError("invalid_request", "the content is malformed") from error
    if not isinstance(members, dict):
        raise GnapError("invalid_request", "the content is no JSON object")
    return members


def text_of(members: dict[str, Any], name: str, default: str = "") -> str:
    """A member that is a printable ASCII string; raises GnapError, also when it is missing."""
    value = members.get(name, default)
    if not (isinstance(value, str) and value and value.isascii() and value.isprintable()):
        raise GnapError("invalid_request", f"{name} is missing or malformed")
    return value


def instance_of(members: dict[str, Any]) -> str:
    """The instance identifier of the client (2.3.1); one that is sent by value is not known."""
    client = members.get("client")
    if not isinstance(client, str) or not client:
        raise GnapError("invalid_client", "only registered client instances are known")
    return client


def tokens_of(members: dict[str, Any]) -> tuple[list[dict[str, Any]], bool]:
    """The access tokens asked for, and whether in an array (2.1.2); raises GnapError."""
    field = members.get("access_token")
    many = isinstance(field, list)
    listed = field if isinstance(field, list) else [field]
    objects = [each for each in listed if isinstance(each, dict)]
    if not objects or len(objects) != len(listed) or len(listed) > MOST_TOKENS:
        raise GnapError("invalid_request", "access_token is no object and no array of objects")
    labels = [text_of(each, "label") for each in objects if many or "label" in each]
    if len(set(labels)) != len(labels):
        raise GnapError("invalid_request", "a label is not unique")
    return objects, many


def asked_token(members: dict[str, Any]) -> AskedToken:
    """One of them, without its rights; raises GnapError.

    `token_use` is this model's own member, for want of a flag (`single_use`): an extension, as
    flags that are not registered must not be used.
    """
    flags = members.get("flags", [])
    if not isinstance(flags, list) or any(flag != BEARER for flag in flags) or len(flags) > 1:
        raise GnapError("invalid_flag", "bearer is the only flag of a request, and comes once")
    use = members.get(TOKEN_USE, "")
    if use not in ("", SINGLE):
        raise GnapError("invalid_request", f"{TOKEN_USE} is not single")
    return AskedToken((), members.get("label", ""), bool(flags), use)


def finish_of(members: dict[str, Any], redirect_uris: tuple[str, ...]) -> Finish:
    """How to finish the interaction (2.5); raises GnapError.

    Redirects alone are offered, to registered URIs, compared exactly (2.5.2: "MAY be restricted").
    """
    interact = members.get("interact")
    interact = interact if isinstance(interact, dict) else {}
    start, finish = interact.get("start"), interact.get("finish")
    if not isinstance(start, list) or "redirect" not in start or not isinstance(finish, dict):
        raise GnapError("invalid_interaction", "the user can come and go by redirect only")
    if finish.get("method") != "redirect":
        raise GnapError("invalid_interaction", "the user can come and go by redirect only")
    if text_of(finish, "uri") not in redirect_uris:
        raise GnapError("invalid_request", "the finish URI is not registered")
    if text_of(finish, "hash_method", DEFAULT) not in HASH_METHODS:
        raise GnapError("invalid_request", "the hash method is not known")
    return Finish(finish["uri"], text_of(finish, "nonce"), finish.get("hash_method", DEFAULT))


def acr_values_of(members: dict[str, Any]) -> str:
    """How the user should sign in: a hint (2.5.3) of this model's own, for step-up (RFC 9470)."""
    interact = members.get("interact")
    hints = interact.get("hints") if isinstance(interact, dict) else None
    value = hints.get("acr_values", "") if isinstance(hints, dict) else ""
    return value if isinstance(value, str) else ""
