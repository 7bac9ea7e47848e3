"""A valid request, and when a changed one is still as good."""

from __future__ import annotations

from typing import NamedTuple

from oauth_model.messages import Request

#: The parameters by which a client authenticates or names itself.
SECRETS = ("client_id", "client_secret", "client_assertion", "client_assertion_type")


class Seed(NamedTuple):
    """A valid request to a party.

    `counts`: the parameters that count, None: the body as it is; `optional`: which of them may be
    left out; `also`: which other things (names of `estate`) would do in the place of what it shows.
    """

    name: str
    party: str
    request: Request
    counts: tuple[str, ...] | None = ()
    optional: tuple[str, ...] = ()
    also: tuple[str, ...] = ()

    @property
    def endpoint(self) -> str:
        """The part of the name that says where it goes."""
        return self.name.partition(" ")[0]
