"""What an exercise is: a task, hints in steps, and aims that an answer meets or does not.

Law: an answer that nobody touched is not wrong, it is not attempted yet; one that raises is told
what. What is said is stable: the same answer gets the same text, byte for byte.
"""

from __future__ import annotations

import dis
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from inspect import isfunction
from typing import Any, NamedTuple

from sim.views.words import paragraph


class Aim(NamedTuple):
    """One thing that was asked of an answer, whether it is so, and what was seen."""

    name: str
    met: bool
    because: str


@dataclass(frozen=True)
class Checked:
    """What a checker says of one answer; `aims` is empty for one that was not attempted."""

    exercise: str
    task: str
    aims: tuple[Aim, ...]

    @property
    def done(self) -> bool:
        """Whether the answer was attempted and meets every aim."""
        return bool(self.aims) and all(aim.met for aim in self.aims)

    def __repr__(self) -> str:
        if not self.aims:
            return paragraph(f"{self.exercise}: not attempted yet. {self.task}")
        met = sum(aim.met for aim in self.aims)
        head = f"{self.exercise}: {'done' if self.done else 'not yet'}, {met} of {len(self.aims)}"
        return "\n".join([head, *map(_line, self.aims)])


def _line(aim: Aim) -> str:
    line = f"  [{'x' if aim.met else ' '}] {aim.name}: {aim.because}"
    return "\n".join(paragraph(part, "      ") for part in line.split("\n"))


@dataclass(frozen=True, repr=False)
class Exercise:
    """A checker: called with an answer it says what the answer reaches (`Checked`).

    `aims` yields them one after the other; an exception of the answer ends them as an aim that was
    not met.
    """

    name: str
    task: str
    hints: tuple[str, ...]
    aims: Callable[..., Iterator[Aim]]

    def __call__(self, *answer: Any) -> Checked:
        if any(map(untouched, answer)):
            return Checked(self.name, self.task, ())
        return Checked(self.name, self.task, tuple(self._met(*answer)))

    def _met(self, *answer: Any) -> Iterator[Aim]:
        try:
            yield from self.aims(*answer)
        except Exception as error:  # whatever a learner's code raises is an answer to them
            yield Aim("it runs", False, _raised(error))

    def hint(self, step: int) -> None:
        """Print hint 1, 2, … of this exercise; each says more than the one before.

        Raises ValueError for a step that there is not.
        """
        if not 1 <= step <= len(self.hints):
            raise ValueError(f"hint: {step} is not one of 1 to {len(self.hints)}")
        print(paragraph(f"Hint {step} of {len(self.hints)}: {self.hints[step - 1]}"))

    def __repr__(self) -> str:
        return paragraph(f"{self.name}: {self.task} ({len(self.hints)} hints)")


def exercise(
    name: str, task: str, *hints: str
) -> Callable[[Callable[..., Iterator[Aim]]], Exercise]:
    """Make a checker of a function that yields the aims of an answer."""
    return lambda aims: Exercise(name, task, hints, aims)


def _raised(error: Exception) -> str:
    """An exception in a line, without the addresses of objects, which are others each time."""
    said = " ".join(f"{type(error).__name__}: {error}".split())
    return re.sub(r" at 0x[0-9a-f]+", "", said)


def untouched(answer: object) -> bool:
    """Whether the three dots still stand there: as the answer, within it, or as what it returns."""
    if isinstance(answer, Mapping):
        return any(map(untouched, answer.values()))
    if isinstance(answer, list | tuple):
        return any(map(untouched, answer))
    if isinstance(answer, type):
        return any(map(untouched, vars(answer).values()))
    return answer is ... or (isfunction(answer) and _does(answer) == _does(_dots))


def _dots() -> object:
    return ...


def _does(function: Callable[..., object]) -> list[tuple[str, object]]:
    """What a function does, whatever it is called and takes."""
    ops = [(op.opname, op.argval) for op in dis.get_instructions(function)]
    return [op for op in ops if op[0] != "RESUME"]
