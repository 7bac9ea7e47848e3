"""An RSA key from a text, the same in every process. For teaching, never for production.

A key that can be computed from a public text protects nothing. It lets a run use RS256 and still
repeat, and it keeps every private key out of the repository.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from hashlib import sha256
from math import gcd, prod
from typing import NamedTuple

E = 65537
PRIME_BITS = 1024
_SMALL_PRIMES = [n for n in range(3, 2000, 2) if all(n % d for d in range(3, int(n**0.5) + 1, 2))]
_SIEVE = prod(_SMALL_PRIMES)


class RsaNumbers(NamedTuple):
    """The numbers of an RSA key, named as in RFC 8017 2."""

    n: int
    e: int
    d: int
    p: int
    q: int


@lru_cache(maxsize=64)
def rsa_from_seed(text: str) -> RsaNumbers:
    """The 2048-bit key that belongs to this text; takes about half a second, once in a process."""
    primes = (_next_prime(_number(f"{text}/prime {i}")) for i in range(100))
    p, q = next(primes), next(primes)
    return RsaNumbers(p * q, E, pow(E, -1, (p - 1) * (q - 1)), p, q)


def _number(text: str) -> int:
    """An odd number of `PRIME_BITS` bits; its two highest bits are set, so p × q has 2048."""
    stream = b"".join(sha256(f"{text}/{i}".encode()).digest() for i in range(PRIME_BITS // 256))
    return int.from_bytes(stream, "big") | 3 << (PRIME_BITS - 2) | 1


def _next_prime(start: int) -> int:
    candidate = start
    while not (gcd(candidate, _SIEVE) == 1 and (candidate - 1) % E and _is_prime(candidate)):
        candidate += 2
    return candidate


def _is_prime(n: int) -> bool:
    """Miller and Rabin (FIPS 186-5 B.3.1), for odd n; the bases are fixed and derived from n."""
    shift = ((n - 1) & (1 - n)).bit_length() - 1
    odd = (n - 1) >> shift
    return not any(_is_witness(base, n, odd, shift) for base in _bases(n))


def _bases(n: int) -> Iterator[int]:
    yield from (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)
    for i in range(8):
        yield int.from_bytes(sha256(f"{n}/{i}".encode()).digest(), "big")


def _is_witness(base: int, n: int, odd: int, shift: int) -> bool:
    x = pow(base, odd, n)
    if x in (1, n - 1):
        return False
    for _ in range(shift - 1):
        x = x * x % n
        if x == n - 1:
            return False
    return True
