"""What is done to a request, as numbers: Hypothesis has little to draw and much to shrink."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from oauth_model.messages import Request

T = TypeVar("T")


class Attack(NamedTuple):
    """What is done to a request: its name, where (`place`), with what (`thing`)."""

    name: str
    place: int
    thing: int
    text: str = ""


#: A request, the numbers of an attack, and what there is in the house: name → value.
Change = Callable[[Request, Attack, dict[str, str]], Request]


def pick(choices: Sequence[T], number: int) -> T:
    """One of these, whatever the number."""
    return choices[number % len(choices)]
