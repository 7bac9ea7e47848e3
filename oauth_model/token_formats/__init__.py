"""Token formats: the same claims in the format that each resource server asks for.

The draft's fifth bullet: SWT for one server, a SAML assertion for the next, a handle for a third.
To add one: subclass `TokenFormat` in a file of its own and enter it here.
"""

from __future__ import annotations

from oauth_model.token_formats.base import Reader, TokenFormat, nested
from oauth_model.token_formats.jwt import Jwt
from oauth_model.token_formats.opaque import Opaque
from oauth_model.token_formats.saml import Saml
from oauth_model.token_formats.swt import Swt

#: Format by name, the usual one first.
FORMATS: dict[str, TokenFormat] = {each.name: each for each in (Jwt(), Opaque(), Swt(), Saml())}

__all__ = ["FORMATS", "Reader", "TokenFormat", "nested"]
