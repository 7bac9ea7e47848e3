"""Every signature suite takes the same decisions on the same claims, tampered tokens included."""

from collections.abc import Callable
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from oauth_model.jose import ALGORITHMS
from tests.oauth_model.payments_server import (
    AS,
    CLAIMS,
    EMAIL,
    PAYMENTS,
    Bench,
    challenge,
    request,
    ring,
)

VARIANTS: dict[str, list[Any]] = {
    "typ": ["at+jwt", "application/AT+JWT", "JWT"],
    "iss": [AS, f"{AS}/"],
    "aud": [PAYMENTS, [EMAIL, PAYMENTS], [EMAIL], None],
    "exp": [1001, 1002, 1030, "1030", None],
    "nbf": [1001, 1002],
    "jti": ["t1", None],
    "scope": ["payments", "payments admin", ""],
    "use": ["single", "double", ""],
}
CHANGES = st.fixed_dictionaries({}, optional={k: st.sampled_from(v) for k, v in VARIANTS.items()})
TAMPERED: dict[str, Callable[[str], str]] = {
    "no": lambda text: text,
    "shorter": lambda text: text[:-1],
    "longer": lambda text: text + "A",
    "padded": lambda text: text + "=",
    "first": lambda text: "f" + text[1:],
    "middle": lambda text: text[: len(text) // 2] + "~" + text[len(text) // 2 + 1 :],
    "doubled": lambda text: f"{text}.{text}",
}


def story(algorithm: str, changes: dict[str, Any], tampering: str, key: str) -> list[Any]:
    """What two presentations of a token come to under one suite."""
    bench = Bench("shared_atomic", algorithm=algorithm)
    claims = CLAIMS | {name: value for name, value in changes.items() if name != "typ"}
    signed = ring(algorithm).sign(claims, key=key, typ=changes.get("typ", "at+jwt"))
    asked = request(TAMPERED[tampering](signed))
    responses = [bench.handle(asked) for _ in range(2)]
    said = [(r.status, r.body, challenge(r) if tampering == "no" else "") for r in responses]
    return [said, bench.notes, bench.effects]


@settings(derandomize=True, deadline=None, max_examples=60)
@given(CHANGES, st.sampled_from(["no", "no", *TAMPERED]), st.sampled_from(["as", "as", "rs"]))
@example({"use": "single"}, "no", "as")
@example({"use": "single"}, "shorter", "as")
def test_every_suite_takes_the_same_decisions(changes: dict[str, Any], tampering: str, key: str):
    told = [story(algorithm, changes, tampering, key) for algorithm in ALGORITHMS]
    assert all(other == told[0] for other in told)
    if tampering != "no":
        assert [status for status, _, _ in told[0][0]] == [401, 401]
