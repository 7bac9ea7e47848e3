"""Settings that are one of a few names: checked once, when a configuration is made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def check_allowed(config: object, allowed: Mapping[str, Iterable[str]]) -> None:
    """Raises ValueError, with what is allowed, for a setting that is none of its names."""
    for setting, names in allowed.items():
        value = getattr(config, setting)
        if value not in names:
            raise ValueError(f"{setting} is {value!r}; allowed: {', '.join(names)}")
