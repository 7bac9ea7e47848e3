"""Short texts: the answers are what they would be, and only those to short texts are kept."""

import pytest

from oauth_model.errors import InvalidScope
from oauth_model.issuance.base import split
from oauth_model.short_texts import LONGEST, REMEMBERED, remembered


class Doubling:
    """Doubles a text, and counts how often it had to."""

    def __init__(self) -> None:
        self.made: list[str] = []
        self.ask = remembered(self.double)

    def double(self, text: str) -> str:
        """Twice the text; raises ValueError for none."""
        if not text:
            raise ValueError("no text")
        self.made.append(text)
        return text + text


def test_a_short_text_is_read_once():
    doubling = Doubling()
    assert [doubling.ask(text) for text in ("a", "b", "a")] == ["aa", "bb", "aa"]
    assert doubling.made == ["a", "b"]


@pytest.mark.parametrize(("length", "times"), [(LONGEST, 1), (LONGEST + 1, 2)])
def test_a_long_text_is_read_each_time(length: int, times: int):
    doubling = Doubling()
    assert doubling.ask("x" * length) == doubling.ask("x" * length) == "x" * 2 * length
    assert len(doubling.made) == times


def test_of_many_texts_only_the_last_are_kept():
    doubling = Doubling()
    for number in range(REMEMBERED + 1):
        doubling.ask(f"{number}")
    doubling.ask(f"{REMEMBERED}")
    assert len(doubling.made) == REMEMBERED + 1
    doubling.ask("0")
    assert doubling.made[-1] == "0"


def test_an_error_is_raised_each_time():
    for _ in range(2):
        with pytest.raises(InvalidScope):
            split("\x7f")
    doubling = Doubling()
    for _ in range(2):
        with pytest.raises(ValueError, match="no text"):
            doubling.ask("")


def test_a_function_keeps_its_name_and_what_it_says_of_itself():
    assert split.__name__ == "split"
    assert "RFC 6749 3.3" in (split.__doc__ or "")
