"""What a stranger sends is not kept: a cache is for what comes again, and short."""

from __future__ import annotations

from collections.abc import Callable
from inspect import unwrap
from typing import Any

import pytest

from oauth_model import messages, parameters
from oauth_model.messages import Request, form_post
from oauth_model.parameters import form_of
from oauth_model.short_texts import LONGEST
from tests.oauth_model.parties import ISSUER


def cache_of(way: Callable[..., Any]) -> Any:
    """The cache within a function that remembers."""
    return unwrap(way, stop=lambda function: hasattr(function, "cache_info"))


def sent(length: int) -> Request:
    return form_post(f"{ISSUER}/token", [("client_id", "x" * length)])


@pytest.mark.parametrize(("length", "kept"), [(10, 1), (LONGEST, 0), (1_000_000, 0)])
def test_a_long_form_is_read_and_forgotten(length, kept):
    cache = cache_of(parameters._in_form)
    cache.cache_clear()
    assert form_of(sent(length)) == {"client_id": "x" * length}
    assert cache.cache_info().currsize == kept


@pytest.mark.parametrize("way", [messages._parsed, messages._written])
@pytest.mark.parametrize(("length", "kept"), [(10, 1), (LONGEST, 0), (1_000_000, 0)])
def test_a_long_text_is_written_and_read_and_forgotten(way, length, kept):
    cache = cache_of(way)
    cache.cache_clear()
    assert sent(length).form() == [("client_id", "x" * length)]
    assert cache.cache_info().currsize == kept
