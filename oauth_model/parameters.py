"""The parameters of a request: none twice (RFC 6749 3.1, 3.2), save where that was lifted."""

from __future__ import annotations

from collections.abc import Iterable

from oauth_model.errors import InvalidRequest
from oauth_model.messages import Request, parsed, repeated
from oauth_model.short_texts import remembered

#: Parameters in the order in which they are written on the wire.
Pairs = list[tuple[str, str]]
#: What may be sent several times (RFC 8707 2, RFC 8693 2.1).
REPEATABLE = ("resource", "audience")


class Parameters(dict[str, str]):
    """Name → value; of one that may be repeated the last, while `all` gives every value in order.

    A parameter without a value counts as omitted (RFC 6749 3.1).
    """

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self.pairs = tuple(pair for pair in pairs if pair[1])
        super().__init__(self.pairs)

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of this parameter."""
        return tuple(value for key, value in self.pairs if key == name)

    def without(self, *names: str) -> Parameters:
        """The same without these."""
        if self.keys().isdisjoint(names):
            return self
        return Parameters(pair for pair in self.pairs if pair[0] not in names)


def form_of(request: Request) -> Parameters:
    """The parameters of a form body; a client that asks again sends the same bytes again.

    Raises InvalidRequest for another kind of body (RFC 6749 3.2), and as `once_each` does.
    """
    if not request.is_form():
        raise InvalidRequest("the body is not a form")
    return _in_form(request.body)


@remembered
def _in_form(body: str) -> Parameters:
    return once_each(parsed(body))


def once_each(pairs: Pairs) -> Parameters:
    """The parameters of a request; raises InvalidRequest when one is repeated that must not be."""
    if repeated(pairs):
        names = [name for name, _ in pairs if name not in REPEATABLE]
        if len(set(names)) != len(names):
            raise InvalidRequest("a parameter is repeated")
    return Parameters(pairs)
