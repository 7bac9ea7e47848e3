"""How much a list of used keys holds, and what an entry takes.

A key is kept from its use until nobody accepts it any more, leeway and margin included. `exp` and
`iat` are whole seconds (RFC 7519 2), so just before a second ends the keys of `lifetime` whole
seconds are alive, and as many seconds more as leeway and margin add.
"""

from __future__ import annotations

#: What an entry takes, in bytes. Redis 7.0.15 with a million keys, `SET k 1 NX PX`: measured, each
#: figure with the expiry. MIT Kerberos: a tag of 12 bytes and a time of 4 (krb5, rcache).
ENTRY_BYTES: dict[str, int] = {
    "Redis, key of 16 to 22 bytes (a random 128-bit id)": 113,
    "Redis, key of 36 to 43 bytes (a UUID, a SHA-256)": 129,
    "Redis, key of 54 bytes (a prefix and a SHA-256)": 145,
    "Kerberos replay cache": 16,
}


def kept_entries(
    rate_per_s: float, lifetime_s: float, leeway_s: float = 0.0, margin_s: float = 0.0
) -> float:
    """Most entries at a time, when keys are used as soon as they are issued, so many a second."""
    return rate_per_s * (lifetime_s + leeway_s + margin_s)
