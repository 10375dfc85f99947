"""Reads a date: in digits ("12/25/1937", "1937-12-25") or with its month in words.

The normal form is MM/DD/YYYY, with zeros in front. In digits a year of four digits that stands first
is followed by month and day; otherwise the month comes first, unless the first number is above 12
and can only be a day ("25/12/1937"). Years have four digits: of "5/1/21" nobody knows the century.
What is no day of the calendar (02/30/2020) is no date.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence

from harness.reading.rules import SILENT, Choices, Reader, Said

_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_NAME = (
    r"(?P<{0}>jan(?:uary)?|feb(?:r?uary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_DAY = r"(?P<{0}>[0-9]{{1,2}})(?:st|nd|rd|th)?"
_DATE = re.compile(
    r"(?<![\w/])(?:"
    r"(?P<year>[0-9]{4}) ?(?P<first>[-/.]) ?(?P<month>[0-9]{1,2}) ?(?P=first) ?(?P<day>[0-9]{1,2})(?:T[0-9:.]+Z?)?"
    r"|(?P<one>[0-9]{1,2}) ?(?P<second>[-/.]) ?(?P<two>[0-9]{1,2})(?: ?(?P=second) ?|, )(?P<year2>[0-9]{4})"
    r"|(?P<year5>[0-9]{4}) ?年 ?(?P<month5>[0-9]{1,2}) ?月 ?(?P<day5>[0-9]{1,2}) ?日"
    rf"|{_NAME.format('name')} {_DAY.format('day3')},? (?:of )?(?P<year3>[0-9]{{4}})"
    rf"|{_DAY.format('day4')}(?: of |[ -]){_NAME.format('name4')}(?:,? |-)(?:of )?(?P<year4>[0-9]{{4}})"
    r")(?:(?<=日)|(?![\w/]|[.-][0-9]))",
    re.IGNORECASE,
)
_YEARS = ("year", "year2", "year3", "year4", "year5")
_WEEKDAY = re.compile(
    r"(?:on )?(?:the )?(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b[.,]?)? *(?:the )?",
    re.IGNORECASE,
)
_WRAPPING = " \t\n\"'.,;:!()[]"
_REASONS = re.compile(
    r"\b(?:because|since|given that|as (?:today|yesterday|tomorrow|the|it))\b", re.IGNORECASE
)
_BESIDE = re.compile(
    r"(?:\b(?:after|before|from|since|than|of|not|if)|[-+])[\s(]*\Z", re.IGNORECASE
)
_RECKONS = re.compile(r"[\s)]*(?:[-+=→]|plus|minus)", re.IGNORECASE)
_JOINED = re.compile(r"[\s),]*(?:or|and|to|until|/|-)[\s(]*\Z", re.IGNORECASE)
_REFUSAL = re.compile(
    r"\b(?:cannot|can't|unknown|not (?:clear|known|certain|possible|enough)|unclear)\b",
    re.IGNORECASE,
)


def whole(text: str, choices: Choices = ()) -> str | None:
    """The date that `text` is, in normal form; None if it is anything else, or more."""
    text = text.strip(_WRAPPING)
    match = _DATE.fullmatch(text, _starts(text))
    return None if match is None else _normal(match)


def _starts(text: str) -> int:
    """Where a text begins once a weekday is left out."""
    weekday = _WEEKDAY.match(text)
    return weekday.end() if weekday else 0


def announced(sentence: str, choices: Choices = ()) -> Said:
    """The date that a sentence announced by an answer phrase gives: the first, if it begins with one."""
    return _read(sentence)


def concluded(sentence: str, choices: Choices = ()) -> Said:
    """The date that a sentence states that nothing announces."""
    return _read(sentence)


def _read(sentence: str) -> Said:
    dates = list(_DATE.finditer(sentence))
    if not dates:
        return None
    start = _starts(sentence)
    opens = sentence[start : dates[0].start()].strip(_WRAPPING) == ""
    if opens and not _RECKONS.match(sentence, dates[0].end()):
        return _unrivalled(sentence, dates, 0)
    reason = _REASONS.search(sentence, dates[0].end())
    if reason:
        dates = [match for match in dates if match.start() < reason.start()]
    if _REFUSAL.search(sentence):
        return SILENT
    # "one day after 05/01/2021 is 05/02/2021" tells its date apart from where it counts from
    free = [
        place for place, match in enumerate(dates) if not _BESIDE.search(sentence, 0, match.start())
    ]
    return _unrivalled(sentence, dates, free[-1]) if free else None


def _unrivalled(sentence: str, dates: Sequence[re.Match[str]], place: int) -> Said:
    """The date at a place; silence if it is none of the calendar, or another is offered beside it."""
    date = _normal(dates[place])
    if date is None:
        return SILENT
    for one, two in ((place - 1, place), (place, place + 1)):
        if one < 0 or two >= len(dates):
            continue
        between = sentence[dates[one].end() : dates[two].start()]
        if _JOINED.match(between) and _normal(dates[one]) != _normal(dates[two]):
            return SILENT
    return date


def _normal(match: re.Match[str]) -> str | None:
    """MM/DD/YYYY of a match; None if the calendar has no such day."""
    fields = match.groupdict()
    name = fields["name"] or fields["name4"]
    year = next(int(fields[name]) for name in _YEARS if fields[name])
    if name:
        month, day = _MONTHS.index(name[:3].lower()) + 1, int(fields["day3"] or fields["day4"])
    elif fields["year"] or fields["year5"]:
        month, day = int(fields["month"] or fields["month5"]), int(fields["day"] or fields["day5"])
    else:
        month, day = int(fields["one"]), int(fields["two"])
        if month > 12:
            month, day = day, month
    try:
        return f"{datetime.date(year, month, day):%m/%d}/{year:04}"
    except ValueError:  # no such day
        return None


_ABROAD = {
    name: month
    for names, month in (
        ("enero janvier januar janeiro gennaio", "January"),
        ("febrero février fevrier februar fevereiro febbraio", "February"),
        ("marzo mars märz março", "March"),
        ("abril avril aprile", "April"),
        ("mayo mai maio maggio", "May"),
        ("junio juin juni junho giugno", "June"),
        ("julio juillet juli julho luglio", "July"),
        ("agosto août aout", "August"),
        ("septiembre septembre setembro settembre", "September"),
        ("octubre octobre oktober outubro ottobre", "October"),
        ("noviembre novembre novembro", "November"),
        ("diciembre décembre decembre dezember dezembro dicembre", "December"),
    )
    for name in names.split()
}
_DAY_AND_MONTH = rf"(?:\.|er|º)? (?:de |di )?({'|'.join(_ABROAD)}|april|august|september|november)"
_DATE_ABROAD = re.compile(
    rf"(?:\b(?:el|le|der|den|il|am|em) )?\b([0-9]{{1,2}}){_DAY_AND_MONTH},? (?:de |del )?([0-9]{{4}})\b",
    re.IGNORECASE,
)
# begins with a digit, so that the search runs over all else at once
_MAY_BE_ABROAD = re.compile(f"[0-9]{_DAY_AND_MONTH}", re.IGNORECASE)


def _prepared(text: str) -> str:
    """A text with its dates in other languages in English: "5 de mayo de 2021", "3. Oktober 1990"."""
    return _DATE_ABROAD.sub(_in_english, text) if _MAY_BE_ABROAD.search(text) else text


def _in_english(match: re.Match[str]) -> str:
    name = match[2].lower()
    return f"{match[1]} {_ABROAD.get(name, name)} {match[3]}"


READER = Reader(whole, announced, concluded, back=1, prepared=_prepared)
