"""What a shell would do with the commands that `tokenrace serve` prints, without shell and curl.

It knows what those commands use and nothing else: assignments, curl with a few options, and one
expression of sed behind a pipe.
"""

from __future__ import annotations

import re
import shlex
from argparse import ArgumentParser
from base64 import b64encode
from collections.abc import Callable
from urllib.parse import quote

#: method, URL, headers, body → status, headers, text.
Send = Callable[[str, str, dict[str, str], str], tuple[int, dict[str, str], str]]


def _encoded(pair: str) -> str:
    name, _, value = pair.partition("=")
    return f"{name}={quote(value, safe='')}"


CURL = ArgumentParser(exit_on_error=False)
for _flag in ("-s", "-i", "-G"):
    CURL.add_argument(_flag, action="store_true")
for _option in ("-o", "-w", "-u", "-X"):
    CURL.add_argument(_option)
CURL.add_argument("-H", action="append", default=[])
CURL.add_argument("-d", action="append", default=[])
CURL.add_argument("--data-urlencode", action="append", default=[], dest="d", type=_encoded)
CURL.add_argument("url")

SUBSTITUTION = re.compile(r"(\w+)=\$\((.*) \| sed '(.*)'\)")


def example(text: str) -> str:
    """The commands that an introduction says to type."""
    return text.partition("one use too many:\n")[2].partition("\n\nCtrl-C")[0]


def pasted(text: str, send: Send) -> list[int]:
    """The statuses of the commands whose answer is printed."""
    variables: dict[str, str] = {}
    seen = []

    def curl(command: str) -> tuple[int, dict[str, str], str]:
        known = re.sub(r"\$(\w+)", lambda found: variables[found[1]], command)
        asked = CURL.parse_args(shlex.split(known)[1:])
        headers = dict(field.split(": ", 1) for field in asked.H)
        if asked.u:
            headers["Authorization"] = f"Basic {b64encode(asked.u.encode()).decode()}"
        form, method = "&".join(asked.d), asked.X or ("POST" if asked.d and not asked.G else "GET")
        if asked.G:
            assert re.fullmatch(r"[\w.~:/&=%-]*", form), "curl refuses, or globs, anything else"
            return send("GET", f"{asked.url}?{form}", headers, "")
        if form:
            headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
        return send(method, asked.url, headers, form)

    for line in text.replace("\\\n", " ").splitlines():
        command = line.strip()
        if found := SUBSTITUTION.fullmatch(command):
            name, inner, expression = found.groups()
            _, headers, said = curl(inner)
            said = headers["location"] if "redirect_url" in inner else said
            variables[name] = _sed(expression, said)
        elif command.startswith("curl "):
            seen.append(curl(command)[0])
        else:
            variables |= dict(word.split("=", 1) for word in shlex.split(command))
    return seen


def _sed(expression: str, text: str) -> str:
    """`s/…\\(…\\)…/\\1/`: groups are written the other way round."""
    _, pattern, replacement, _ = expression.split("/", 3)
    return re.sub(pattern.replace(r"\(", "(").replace(r"\)", ")"), replacement, text)
