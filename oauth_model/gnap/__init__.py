"""GNAP (RFC 9635): what the endpoints and the client of this protocol share.

What is left out: keys. RFC 9635 7.3 wants each request of a client instance signed with its key.
Here the client is known by its instance identifier (2.3.1) and, where it has a secret, by HTTP
Basic when it starts a request; a client that proves a key by DPoP or by its TLS certificate (in the
manner of 7.3.2) has its continuation, management and access tokens bound to that, and the others
are bearer tokens that say so. HTTP message signatures and JWS proofs (7.3.1, 7.3.3) are no part
of the model, nor are polling (5.2), user codes and pushed finishes (2.5).
"""
