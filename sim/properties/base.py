"""What a property is: a sentence, the clause it comes from, and a fold that looks for a witness.

Rule: a verdict says what the rows show and no more. Where nothing of the kind happened it is
unknown, not true.

To add one: subclass `Property`, give it its texts, write a method `on_<kind>` for each kind of row
it looks at, decorate it with `@prop`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any, ClassVar, NamedTuple, TypeVar

from sim.trace import Row

MINUTES = "OAuth WG interim 2025-01-20"
#: A token, and the server at which it is good for one use; "" for all of them together.
Use = tuple[str, str]
#: The servers that a token names in `aud`.
Audience = tuple[str, ...]
#: What may be a single-use token; codes and refresh tokens have rules of their own.
TOKENS = ("access_token", "action_token")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a property holds (None: unknown), why in a sentence, and the facts behind it."""

    holds: bool | None
    because: str
    clause: str = ""
    witness: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """`{"holds", "because", "clause", "witness"}`."""
        return asdict(self)


class Sighting(NamedTuple):
    """The part of a row that an explanation needs; far smaller than the row."""

    node: str
    t_us: int
    actor: str
    attempt: int
    token: str

    def __str__(self) -> str:
        return f"{self.node} at {ms(self.t_us)} ({whose(self.actor)} attempt {self.attempt})"


class Property:
    """A fold over the rows of one run, and its verdict.

    `subject` names what must happen for the verdict not to be vacuous; `held` is the sentence of a
    true verdict, in which `{seen}` is the number of subjects. The first violation is the witness.
    """

    name: ClassVar[str]
    sentence: ClassVar[str]
    clause: ClassVar[str]
    subject: ClassVar[str]
    held: ClassVar[str]

    def __init__(self) -> None:
        self.seen = 0
        self.violations = 0
        self._first = Verdict(None, "")

    def verdict(self) -> Verdict:
        """What can be said after the rows so far."""
        if self.violations:
            return counted(self._first, self.violations)
        if (open_end := self.at_end()) is not None:
            return open_end
        if not self.seen:
            return self.judged(None, f"nothing of the kind happened: no {self.subject}")
        return self.judged(True, self.held.format(seen=self.seen))

    def at_end(self) -> Verdict | None:
        """What only the end of the rows shows, or leaves open; None when nothing stands out."""
        return None

    def judged(self, holds: bool | None, because: str, **witness: Any) -> Verdict:
        """A verdict on this property."""
        return Verdict(holds, because, self.clause, witness)

    def violated(self, because: str, **witness: Any) -> None:
        """Note a violation; the first one is kept."""
        if not self.violations:
            self._first = self.judged(False, because, **witness)
        self.violations += 1


PROPERTIES: dict[str, type[Property]] = {}
P = TypeVar("P", bound=type[Property])


def prop(cls: P) -> P:
    """Register a property under its `name`."""
    PROPERTIES[cls.name] = cls
    return cls


def counted(verdict: Verdict, cases: int) -> Verdict:
    """The verdict on the first of so many cases, saying how many there are."""
    if cases == 1:
        return verdict
    return replace(verdict, because=f"{verdict.because}; {cases} cases in all")


def sighting(row: Row) -> Sighting:
    """Where, when and by whose presentation a row happened."""
    return Sighting(row.node, row.t_us, row.actor, row.attempt, row.token)


def audience_of(claims: dict[str, Any]) -> Audience:
    """The audiences that claims name, in either form (RFC 7519 4.1.3)."""
    audience = claims.get("aud", ())
    return (audience,) if isinstance(audience, str) else tuple(audience)


def where(row: Row) -> dict[str, Any]:
    """The part of a witness that says where and when."""
    return {
        "token": row.token,
        "intention": row.intention,
        "node": row.node,
        "t_us": row.t_us,
    }


def issued_for_single_use(row: Row) -> bool:
    """Whether an `issue` row is about a single-use token: an access token or an action token."""
    detail = row.detail
    return detail["kind"] in TOKENS and detail["claims"].get("use") == "single"


class Uses:
    """The single-use tokens issued so far, and what is a use of each that happens once.

    A token for several servers is good once at each, or once in all, as its `issue` row says.
    """

    def __init__(self) -> None:
        self._at_each: dict[str, bool] = {}

    def learn(self, row: Row) -> None:
        """Remember a token that is for one use; `row` is an `issue` row."""
        if issued_for_single_use(row):
            self._at_each[row.token] = row.detail.get("one_use_per") == "server"

    def of(self, token: str, server: str) -> Use | None:
        """What a presentation there is a use of; None when the token is not for single use."""
        if token not in self._at_each:
            return None
        return token, server if self._at_each[token] else ""


def ms(t_us: int) -> str:
    """An instant as a reader wants it."""
    return f"{t_us / 1000:.1f} ms"


def whose(actor: str) -> str:
    """A presenter in the possessive: "the client's", "the thief's", "voip's"."""
    return f"the {actor}'s" if actor in ("client", "thief") else f"{actor}'s"
