"""What a token format is: how claims become a token, and who can read them out of it again.

Rule: a format changes how claims are carried, never which. Whatever a reader returns goes through
`claims.read_access_token` unchanged; whatever it refuses is `InvalidToken` and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from oauth_model.errors import InvalidToken
from oauth_model.jose import Decrypter, Keys, Verified, b64url, b64url_decode

#: Checks a token and says what is in it; raises InvalidToken for anything wrong.
Reader = Callable[[str], Verified]

#: RFC 9068 2.1: the `typ` of an access token; formats without a header say it all the same.
ACCESS_TOKEN_TYPE = "at+jwt"
#: The longest token that is read in a format that has to be parsed before it can be checked.
LONGEST = 65_536


class TokenFormat:
    """One way to write claims down.

    `self_contained`: whether the resource server can read the token without asking anybody.
    """

    name: ClassVar[str]
    source: ClassVar[str]
    self_contained: ClassVar[bool] = True

    def issue(self, keys: Keys, claims: Mapping[str, Any], *, key: str) -> str:
        """A token with these claims under the key of this name.

        Its characters are those of a bearer token (RFC 6750 2.1). Raises ValueError for claims that
        are not JSON, and when the format needs a library that is not installed.
        """
        raise NotImplementedError(f"{type(self).__name__}.issue")

    def reader(self, keys: Keys, *names: str) -> Reader:
        """What a server that trusts the keys of these names, and no other, reads tokens with.

        What it returns has the very claims that `issue` was given and a header whose `typ` is that
        of an access token. Raises ValueError when the format needs a library that is not installed.
        """
        raise NotImplementedError(f"{type(self).__name__}.reader")


def nested(reader: Reader, decrypter: Decrypter) -> Reader:
    """A reader of tokens that are signed and then encrypted (RFC 7519 5.2, 11.2).

    For a server that demands encryption: a token that is only signed is refused, for else whoever
    wants the claims in the open would just leave the encryption out.
    """
    return lambda token: reader(decrypter.decrypt(token))


def armoured(text: str) -> str:
    """A text in the characters of a bearer token: base64url, as RFC 7522 2.1 does with XML."""
    return b64url(text.encode())


def unarmoured(token: str) -> str:
    """The text in a token; raises InvalidToken when it is too long or no base64url of UTF-8."""
    if len(token) > LONGEST:
        raise InvalidToken("the token is too long")
    try:
        return b64url_decode(token).decode()
    except ValueError as error:
        raise InvalidToken("the token is malformed") from error
