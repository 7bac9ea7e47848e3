"""What is done to the parameters of a request, and to the JSON in them."""

from __future__ import annotations

import json
from typing import Any

from oauth_model.messages import Request
from tests.hostile import texts
from tests.hostile.attack import Attack, pick
from tests.hostile.hand import Part, encoded, pair, parts, raw, with_parts, with_raw


def _edit(request: Request, attack: Attack, *new: Part) -> Request:
    """Put these in the place of one parameter."""
    pieces = parts(request)
    at = attack.place % max(len(pieces), 1)
    return with_parts(request, [*pieces[:at], *new, *pieces[at + 1 :]])


def _chosen(request: Request, attack: Attack) -> Part:
    return pick(parts(request) or [Part("", "", "")], attack.place)


def value(request: Request, attack: Attack, things: dict[str, str]) -> Request:
    """Another value, encoded."""
    chosen = _chosen(request, attack)
    new = attack.text or pick(texts.VALUES, attack.thing)
    return _edit(request, attack, Part(chosen.name, "=", encoded(new)))


def raw_value(request: Request, attack: Attack, things: dict[str, str]) -> Request:
    """A value that is not encoded, after the good one or in its place."""
    chosen, new = _chosen(request, attack), pick(texts.RAW, attack.thing)
    kept = chosen.value if attack.thing % 2 else ""
    return _edit(request, attack, Part(chosen.name, "=", kept + new))


def foreign_value(request: Request, attack: Attack, things: dict[str, str]) -> Request:
    """Something that was issued, as the value of any parameter."""
    chosen, new = _chosen(request, attack), pick(list(things.values()), attack.thing)
    return _edit(request, attack, Part(chosen.name, "=", encoded(new)))


def dropped(request: Request, attack: Attack, things: dict[str, str]) -> Request:
    """A parameter is missing."""
    return _edit(request, attack)


def emptied(request: Request, attack: Attack, things: dict[str, str]) -> Request:
    """A parameter without a value, which counts as omitted (RFC 6749 3.1)."""
    return _edit(request, attack, Part(_chosen(request, attack).name, "=" * (attack.thing % 2), ""))


def repeated(request: Request, attack: Attack, things: dict[str, str]) -> Request:
    """A parameter comes twice, or thousands of times; the same or another."""
    chosen = _chosen(request, attack)
    other = Part(chosen.name, "=", encoded(pick(texts.VALUES, attack.thing)))
    again = chosen if attack.thing % 3 else other
    times = 1 if attack.thing % 7 else 1 + 100_000 // (50 + len(str(again)))
    return with_parts(request, [*parts(request), *[again] * times])


def renamed(request: Request, attack: Attack, things: dict[str, str]) -> Request:
    """The value under another name."""
    chosen = _chosen(request, attack)
    name = encoded(pick((chosen.name.upper(), *texts.NAMES), attack.thing))
    return _edit(request, attack, Part(name, "=", chosen.value))


def added(request: Request, attack: Attack, things: dict[str, str]) -> Request:
    """One more parameter, known elsewhere or nowhere."""
    name = pick(texts.NAMES, attack.place)
    new = attack.text or pick(texts.VALUES, attack.thing)
    return with_parts(request, [*parts(request), pair(name, new)])


FLOOD = [pair(f"p{n}", "v") for n in range(3000)]


def flooded(request: Request, attack: Attack, things: dict[str, str]) -> Request:
    """Thousands of parameters around the good ones."""
    return with_parts(request, [*FLOOD, *parts(request)])


def glued(request: Request, attack: Attack, things: dict[str, str]) -> Request:
    """The parameters as a text with something in it that breaks it."""
    text, new = raw(request), pick(texts.RAW, attack.thing)
    at = attack.place % (len(text) + 1)
    return with_raw(request, text[:at] + new + text[at:])


def cut(request: Request, attack: Attack, things: dict[str, str]) -> Request:
    """The parameters end early."""
    text = raw(request)
    return with_raw(request, text[: attack.place % (len(text) + 1)])


#: Where the other value goes, which need not be what `json.dumps` would write.
HOLE = "@hole@"


def _places(tree: Any) -> list[tuple[Any, Any]]:
    """Every place in a JSON value: what holds it, and under which key."""
    found: list[tuple[Any, Any]] = []
    inside = list(tree.items()) if isinstance(tree, dict) else []
    inside = list(enumerate(tree)) if isinstance(tree, list) else inside
    for key, value in inside:
        found += [(tree, key), *_places(value)]
    return found


def inside_json(request: Request, attack: Attack, things: dict[str, str]) -> Request:
    """Another value somewhere in the JSON of the body, or nothing there."""
    try:
        tree = json.loads(request.body)
    except (ValueError, RecursionError):
        return _edit(
            request, attack, pair("authorization_details", pick(texts.JSONS, attack.thing))
        )
    places = _places(tree)
    if not places:
        return request._replace(body=pick(texts.JSONS, attack.thing))
    holder, key = pick(places, attack.place)
    if attack.thing % 9 == 0 and isinstance(holder, dict):
        del holder[key]
    else:
        holder[key] = HOLE
    text = json.dumps(tree).replace(f'"{HOLE}"', pick(texts.JSONS, attack.thing))
    return request._replace(body=text)
