"""One consent, one refresh token, one access token per server (draft-lodderstedt, 2012).

The wire is the draft's, save the stray comma that makes its example response invalid JSON. Where it
is silent this model chooses:

* `scopes` must be the number of `scope.N` parameters, and these numbered from 1 without a gap; a
  plain `scope` beside them is as malformed: otherwise `invalid_request` (RFC 6749 4.1.2.1).
* `scope.N` may hold a space-separated set (RFC 6749 3.3), as long as one server owns all of it.
* `scope` of a token request must lie within one `scope.N`, else `invalid_scope` (RFC 6749 5.2);
  it may be left out only when there was one, for a token is for one server.
* the draft has no audience: the server is the one that owns the scope, and the token's `aud`.
* no `scopes` and no `scope.N`: the AS decides, one value per server (the draft's note).
"""

from __future__ import annotations

from collections.abc import Sequence

from oauth_model.errors import InvalidRequest, InvalidScope
from oauth_model.issuance.base import (
    Design,
    Pairs,
    Parameters,
    ProtectedResource,
    Rights,
    Scopes,
    Selection,
    Target,
    design,
    owners,
    shares,
    split,
)


@design
class Lodderstedt(Design):
    """`code_advanced`: scopes one by one, then a token for each, under its server's own key."""

    name = "lodderstedt"
    source = "draft-lodderstedt-oauth-multiple-access-tokens-00"
    response_type = "code_advanced"
    code_grant_type = "authorization_code_advanced"
    password_flow = True

    def ask_consent(self, targets: Sequence[Target]) -> Pairs:
        """Numbered, because a parameter must not be repeated (RFC 6749 3.1)."""
        numbered = [(f"scope.{n}", target.scope) for n, target in enumerate(targets, 1)]
        return [("scopes", str(len(targets))), *numbered]

    def ask_token(self, target: Target) -> Pairs:
        """One of the scopes that were consented to."""
        return [("scope", target.scope)]

    def rights(self, parameters: Parameters, servers: Sequence[ProtectedResource]) -> Rights:
        """`scope.1` to `scope.n`, each owned by one server."""
        count = parameters.get("scopes")
        numbered = {name for name in parameters if name.startswith("scope.")}
        if "scope" in parameters:
            raise InvalidRequest("scopes are numbered with this response type")
        if count is None and not numbered:
            return Rights()
        names = [f"scope.{n}" for n in range(1, len(numbered) + 1)]
        if not numbered or count != str(len(numbered)) or numbered != set(names):
            raise InvalidRequest("scopes is not the number of scope.N parameters")
        values = tuple(split(parameters[name]) for name in names)
        if any(len(owners(value, servers)) != 1 for value in values):
            raise InvalidScope("the scopes of one value belong to one server")
        return Rights(values)

    def policy(self, scopes: Scopes, servers: Sequence[ProtectedResource]) -> Rights:
        """One value per server."""
        return Rights(shares(scopes, servers))

    def select(
        self, rights: Rights, parameters: Parameters, servers: Sequence[ProtectedResource]
    ) -> Selection:
        """One scope value, which is for one server."""
        selection = super().select(rights, parameters, servers)
        if len(selection.servers) != 1:
            raise InvalidScope("the scope does not say which server the token is for")
        return selection
