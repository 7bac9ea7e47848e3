"""One request and what came of it."""

from __future__ import annotations

from typing import NamedTuple

from oauth_model.messages import Request, Response
from tests.hostile.seed import Seed


class Exchange(NamedTuple):
    """One request and what came of it; `answer` is an exception when there was no answer."""

    seed: Seed
    request: Request
    answer: Response | Exception
    happened: tuple[str, ...]
    before: bytes
    after: bytes
    unreachable: bool = False
