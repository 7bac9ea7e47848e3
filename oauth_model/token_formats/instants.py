"""Seconds since 1970 as the date and time of an XML document (XML Schema 2, xs:dateTime), and back.

Counted here because `oauth_model` imports nothing that could read a clock. UTC, without leap
seconds, as a NumericDate counts (RFC 7519 2).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Any

DAY_S = 86_400
YEARS = range(1, 10_000)
MONTHS = range(1, 13)
LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
DATE_TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)Z", re.ASCII)


def _days_before_year(year: int) -> int:
    past = year - 1
    return past * 365 + past // 4 - past // 100 + past // 400


def _days_before_month(year: int, month: int) -> int:
    leap = _days_before_year(year + 1) - _days_before_year(year) == 366
    return sum(LENGTHS[: month - 1]) + (leap and month > 2)


EPOCH = _days_before_year(1970)
EARLIEST = -EPOCH * DAY_S
LATEST = (_days_before_year(10_000) - EPOCH) * DAY_S - 1


def date_time(instant: Any) -> str | None:
    """The instant as a dateTime; None for what is no whole second of the years 1 to 9999."""
    if type(instant) is not int or not EARLIEST <= instant <= LATEST:
        return None
    days, second = divmod(instant - EARLIEST, DAY_S)
    year = bisect_right(YEARS, days, key=_days_before_year)
    days -= _days_before_year(year)
    month = bisect_right(MONTHS, days, key=lambda month: _days_before_month(year, month))
    day = days - _days_before_month(year, month) + 1
    minute, second = divmod(second, 60)
    return f"{year:04}-{month:02}-{day:02}T{minute // 60:02}:{minute % 60:02}:{second:02}Z"


def seconds(text: str) -> int:
    """The seconds of a dateTime that `date_time` wrote; ValueError for any other text."""
    found = DATE_TIME.fullmatch(text)
    if not found:
        raise ValueError("not a dateTime in UTC")
    year, month, day, hour, minute, second = map(int, found.groups())
    days = _days_before_year(year) + _days_before_month(year, month) + day - 1 - EPOCH
    instant = days * DAY_S + (hour * 60 + minute) * 60 + second
    if date_time(instant) != text:
        raise ValueError("not a date of the calendar")
    return instant
