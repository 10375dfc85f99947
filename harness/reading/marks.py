"""The marks of an answer that are signs: ####, a box, an answer field, a call that hands the answer in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple


class Mark(NamedTuple):
    """A place where a text announces its answer: the rule that found it and the text that follows.

    `start` and `end` enclose the announcement itself; the answer stands in `text[end:stop]`. A
    `closed` mark says itself where the answer ends (`\\boxed{18}`). A `lead` only opens the reply
    ("A: ..."): reasoning may follow.
    """

    rule: str
    start: int
    end: int
    stop: int
    closed: bool = False
    lead: bool = False


_HASHES = re.compile(r"####(?<!#####)(?!#)[ \t:]*([^\n]*)")
_HEADING = re.compile(
    r"[^\W\d_]{2,}[^\w\n]+\w|(?:step|final|answer|solution)\b"
    r"|(?:explanation|reasoning|working|steps?|calculations?|computation|verification|check(?:ing)?|notes?|conclusion"
    r"|summary|analysis|proof|approach|method|details|breakdown|justification|discussion|overview|background|context"
    r"|given|introduction|setup|example|hints?|question|problem|remarks?|result)\W*\Z",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"\W*[0-9]{1,2}(?:[.)]|:(?=\s))\W*[^\W\d_]")


def hashes(text: str) -> Iterator[Mark]:
    """`#### 18`, GSM8K's way to close a solution.

    `#### Step 2: add` is a heading and no answer, and so is `#### 2. Money` where its part follows.
    """
    end = len(text.rstrip())
    for match in _HASHES.finditer(text):
        followed = match.end() < end
        if not _HEADING.match(match[1]) and not (followed and _NUMBERED.match(match[1])):
            yield Mark("hashes", match.start(), match.start(1), match.end(1), closed=True)


_BRACES = re.compile(
    r"\\[{}]|\\(?:boxed|fbox) *\{|\\boxed(?: +(?=[0-9A-Za-z])|(?=[0-9]))|[{}]"
    r"|<\|begin_of_box\|>(?P<token>[^<\n]{0,400})"
)
_WORD = re.compile(r"\w+")


def boxed(text: str) -> Iterator[Mark]:
    """`\\boxed{18}` with its braces matched; one that is never closed was cut off and is none."""
    opened: list[tuple[int, int] | None] = []
    for match in _BRACES.finditer(text):
        sign = match[0]
        if sign == "}":
            box = opened.pop() if opened else None
            if box is not None:
                yield Mark("boxed", box[0], box[1], match.start(), closed=True)
        elif sign == "{":
            opened.append(None)
        elif match["token"] is not None:
            yield Mark("boxed", match.start(), *match.span("token"), closed=True)
        elif sign[-1] in " d":
            bare = _WORD.match(text, match.end())
            stop = bare.end() if bare else match.end()
            yield Mark("boxed", match.start(), match.end(), stop, closed=True)
        elif sign.startswith(("\\b", "\\f")):
            opened.append((match.start(), match.end()))


_ASKS_FOR_FORM = re.compile(
    r"(?:\b(?:will|should|must|would) be\b[^.\n]{0,30}\bin the (?:following )?form(?: of)?"
    r"|\b(?:express|write|give|put|place|present|state|format) your (?:final )?(?:answer|result|solution)"
    r" (?:as|in|inside|within)"
    r"|\b(?:put|place|present|enclose|write|give)\b[^.\n]{0,40} (?:inside|within|in) \\boxed\{\})\s*:?[\s$\\(\[]*\Z",
    re.IGNORECASE,
)
_LONGEST_FORM = 160
_ASKING = ("form", "your ", "\\boxed{}")
# a digit, also of a formula that passes through the rules in letters (see `formulas.finding.hide`)
_DIGIT = re.compile("[0-9\U00017030-\U00017039]")


def only_shows_the_form(text: str, mark: Mark) -> bool:
    """Whether a box without a number only stands for the answer: "it will be in the form of: \\boxed{x}".

    What follows it must not give one either.
    """
    if mark.rule != "boxed" or _DIGIT.search(text, mark.end):
        return False
    start = max(0, mark.start - _LONGEST_FORM)
    before = text[start : mark.start].lower()
    asks = any(map(before.__contains__, _ASKING))
    return asks and _ASKS_FOR_FORM.search(text, start, mark.start) is not None


_NAME = r"(?:(?:final|correct|chosen|selected|my)[_ ]?)?(?:answer(?:[_ ](?:choice|letter|option))?|choice|option)"
_FIELD = re.compile(
    # JSON inside a string of JSON, as in a tool's arguments
    rf"\\[\"']{_NAME}\\[\"'] *: *(?:\\\"([^\"\\\n]*+)|([^\"'\\,}}\]\n]++))"
    rf"|[\"']{_NAME}[\"'] *: *\[? *"
    r"(?:\"((?:[^\"\\\n]|\\.)*+)\"?|'((?:[^'\\\n]|\\.)*+)'?|([^\"',}\]\n]*+))"
    r"|<(?:(?:final_?)?answer|ans)>((?:[^<]|<(?!/(?:final_?)?ans))*+)|\[answer\]([^\[\n]*+)"
    rf"|<parameter(?:=| name=)\"?{_NAME}\"?>([^<]*+)|<arg_key>{_NAME}</arg_key>\s*<arg_value>([^<]*+)",
    re.IGNORECASE,
)
_FIELD_SIGNS = (
    *(f"{word}{sign}" for word in ("answer", "choice", "option") for sign in "\"'>]\\"),
    *('letter"', "answer</arg", "<ans>"),
)


def answer_field(text: str, lower: str) -> Iterator[Mark]:
    """`"answer": "18"` in JSON, `<answer>18</answer>`, or `[ANSWER]18[/ANSWER]`."""
    if not any(map(lower.__contains__, _FIELD_SIGNS)):
        return
    for match in _FIELD.finditer(text):
        group = match.lastindex or 0
        yield Mark("answer_field", match.start(), *match.span(group), closed=True)


_HANDS_IN = (
    r"(?:final_?answer|submit|(?:submit|give|return|provide|report|send|set)_?(?:the_)?(?:final_?)?(?:answer|solution|result)"
    r"|answer|finish|attempt_completion)"
)
_CALL = re.compile(
    rf"(?<![A-Za-z0-9_/]){_HANDS_IN}(?:\(|\[)[ \t]*(?:[a-z_]{{1,20}}[ \t]*=(?!=)[ \t]*)?"
    r"(?:\"([^\"\n]*+)\"|'([^'\n]*+)'|((?:[^\s()\[\]\"'{]|[ \t](?=[^\s\])])|\([^()\n]{0,80}\))+?))[ \t]*[)\]]"
    # what ReAct's agents hand in may hold quotes: Finish[Where's Now]
    r"|(?<![A-Za-z0-9_/])finish\[([^\[\]\n]*+)\]"
    r"|[\"'](?:name|action|tool|function)[\"'] *: *[\"']"
    rf"(?:final[ _]answer|{_HANDS_IN})[\"'] *, *[\"'](?:arguments|parameters|args|(?:action_?)?input)[\"'] *: *"
    r"(?:\{ *[\"'](?!answer)\w{1,30}[\"'] *: *)?(?:\"([^\"\\\n{]*+)\"|'([^'\n{]*+)'|(-?[0-9][^\"',}\]\n{]{0,40}))",
    re.IGNORECASE,
)
# each begins with a sign of its own, so that the search runs over all others at once
_CALL_STARTS = re.compile(
    r"a(?=(?:nswer|ttempt_completion)[(\[])|f(?=(?:inish|inal_?answer)[(\[])|s(?=(?:ubmit|end|et)[a-z_]{0,30}[(\[])"
    r"|g(?=ive[a-z_]{1,30}[(\[])|r(?=e(?:turn|port)[a-z_]{1,30}[(\[])|p(?=rovide[a-z_]{1,30}[(\[])"
    r"|[\"'](?=(?:name|action|tool|function)[\"'])"
)
"""Where a call may begin, in lower case."""

STARTS = 16
"""Places where a call may begin that are looked at, from the last: a bound, for models that stutter."""

_CALLERS = ("answer", "submit", "finish", "give", "return", "provide", "report", "completion")
_CALLS = tuple(f"{word}{sign}" for word in _CALLERS for sign in "([_\"'")


def call(text: str, lower: str) -> Iterator[Mark]:
    """A call that hands the answer in: `Finish[42]`, `final_answer("B")`, the argument of a tool `submit`."""
    if not any(map(lower.__contains__, _CALLS)):
        return
    end = 0
    for start in [begins.start() for begins in _CALL_STARTS.finditer(lower)][-STARTS:]:
        if start < end or not (match := _CALL.match(text, start)):
            continue
        end = match.end()
        group = match.lastindex or 0
        if match[group].lower() != "s":  # "Answer(s): 5"
            yield Mark("answer_field", match.start(), *match.span(group), closed=True)
