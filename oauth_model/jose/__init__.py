"""Keys from a seed, and what is signed, sealed and hashed with them; alone uses JOSE libraries.

Rule 1: what holds public keys checks signatures and nothing else, so its holder can never sign; a
claim is for `claims.py`, `dpop.py`, `client_assertion.py` and the clock that they are handed.
Rule 2: keys, handles and thumbprints depend on seed and name alone and are the same everywhere.
Rule 3: importing this package costs nothing; the libraries are imported where they are used.
"""

from oauth_model.jose.jwe import Decrypter
from oauth_model.jose.jwk import IDENTITY, thumbprint
from oauth_model.jose.jws import REMEMBERED, Verified, Verifier, verify_jws
from oauth_model.jose.keys import ALGORITHMS, Keys
from oauth_model.jose.text import b64url, b64url_decode, compact, fingerprint, sha256_b64url

__all__ = [
    "ALGORITHMS",
    "IDENTITY",
    "REMEMBERED",
    "Decrypter",
    "Keys",
    "Verified",
    "Verifier",
    "b64url",
    "b64url_decode",
    "compact",
    "fingerprint",
    "sha256_b64url",
    "thumbprint",
    "verify_jws",
]
