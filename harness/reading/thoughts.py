"""What of a model's text is its own answer: not its thinking aloud, and not what it runs on into."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from harness.reading.questions import QUESTION, Questions


class Own(NamedTuple):
    """The part of a text that is read.

    `ended` tells that the text went on behind it, so that its last sentence is whole whatever cut the
    text off. `thinking` tells that the text breaks off inside a thought: nothing was answered yet.
    """

    text: str
    ended: bool = False
    thinking: bool = False


_NAMES = r"(?:seed:|ant)?(?:think(?:ing)?|thoughts?|reasoning|reflection|scratchpad)"
# what follows "<", "[" or "◁": <think>, [THINK], ◁think▷, <|begin_of_thought|>
_OPENS = rf"{_NAMES}[>\]▷]|\|(?:begin_of_thought|start_thinking)\|>|unused94>"
_CLOSES = rf"/{_NAMES}[>\]▷]|\|(?:end_of_thought|end_thinking)\|>|unused95>"
# these frame the answer itself, which neither begins nor ends there
_FRAMES = r"\|(?:begin_of_solution|end_of_solution|start_response|end_response)\|>|eoe>"
_ENDS = (
    r"\|(?!begin_of_box|end_of_box)[^<>|\s]{1,40}\|>|/?s>|(?:eos|eot|pad|end|sep)(?:_token)?>|eo[adhmp]>"
    r"|(?:start|end)_?of_?(?:turn|text|sentence|message|answer|response|utterance|sequence)>|endoftext>|im_(?:start|end)>"
    r"|(?:extra_id_|reserved_|ctrl)\d{1,4}>|unused(?!9[45]>)\d{1,4}>|/?(?:assistant|user|human|bot)>|turn\|>|\|turn>"
    r"|｜[^｜\n]{1,30}｜>|/?INST\]|UNUSED_TOKEN_\d{1,4}\]|\|[^|\]\n]{1,30}\|\]|(?:EOS|PAD|SEP|end of text)\]"
)
_TOKEN = r"(?:<\|[^<>|\n]{1,40}\|>|</?s>|<bos>|\[gMASK\]|<sop>|[<\[](?:" + _ENDS + r"))"
_HEADER = re.compile(
    rf"\s*+(?:(?:{_TOKEN}\s*+){{1,8}}+(?:assistant|model|chatbot|bot|gpt|ai)\b(?:\s*{_TOKEN}|[ \t]*:)?"
    rf"|(?:assistant|model)(?:\s*{_TOKEN}|[ \t]*:?[ \t]*\n)|assistant[ \t]*:)(?=\s*\S)",
    re.IGNORECASE,
)
"""How a chat template opens the model's turn: Llama 3's, Gemma's, Granite's, ChatML's header."""

# one class of signs comes first, so that the search runs over all other signs at once; what follows
# most of those that it finds begins none of the names, and is not held against each
_EVENT = re.compile(
    rf"[<\[◁\n](?:(?<!\n)(?=/?(?:s>|(?!answer)[abcehiprstu][acehmnostux])|\|(?:[^<>|\s]|[^|\]\n]{{1,30}}\|\])|｜)(?:(?P<opens>{_OPENS})|(?P<closes>{_CLOSES})|(?P<frames>{_FRAMES})"
    rf"|(?P<ends>{_ENDS}))|(?<=\n)(?=[ \t>*#\dqpneihu])(?P<asks>{QUESTION}))",
    re.IGNORECASE,
)
_INLINE = re.compile(r"(?<=[.!?)]) ++Q: ")
_COURTESY = re.compile(
    r"\W*(?:sure|certainly|of course|okay|ok|great|alright|absolutely|here(?:'s| is| are))\b[^\d\n]{0,200}\s*+\Z",
    re.IGNORECASE,
)


Answered = Callable[[str], bool]
"""Whether a stretch of text answers: a question behind it is a new one, of the model's own making."""


def own_part(text: str, answered: Answered | None = None) -> Own:
    """`text` without thoughts, up to an end token or a new question of the model's own making.

    A thought whose beginning stands in the prompt ends at the first closing tag. A text that opens by
    repeating its question has not run on, nor has one that says "Sure!" first. A question before which
    nothing is `answered` (if that is given) is the text's own, and so are those that it numbers from 1 on.
    """
    text = _without_header(_final_channel(text))
    if not _may_hold_events(text):
        return _without_inline_question(text, False, answered)
    pieces: list[str] = []
    questions = Questions(text, answered)
    start = _after_given_thought(text)
    spoken = thinking = False
    for match in _EVENT.finditer(text, start):
        event = match.lastgroup
        if thinking:
            if event in ("closes", "ends"):
                thinking, start = False, match.end()
            if event == "ends":
                return Own("", ended=True, thinking=True)
            continue
        if event == "asks" and questions.all_seen():
            continue
        if event == "asks" and start == 0 and _COURTESY.match(text[:200], 0, match.start()):
            continue
        piece = text[start : match.start()]
        spoken = spoken or bool(piece.strip())
        if event == "asks" and not (spoken and questions.run_on(match, (*pieces, piece))):
            continue
        if spoken and event in ("ends", "asks"):
            return _without_inline_question("".join((*pieces, piece)), True, answered)
        pieces.append(piece)
        start, thinking = match.end(), event == "opens"
    if thinking:
        return Own("", thinking=True)
    return _without_inline_question("".join((*pieces, text[start:])), False, answered)


def _without_header(text: str) -> str:
    """`text` without the header of the model's turn, where the template's tokens were decoded with it."""
    header = _HEADER.match(text)
    return text[header.end() :].lstrip() if header else text


def _may_hold_events(text: str) -> bool:
    return "\n" in text or "<" in text or "[" in text or "◁" in text


_THINKING = ("think", "thought", "reason", "reflect", "scratchpad", "unused95")
_CLOSING = ("</", "[/", "◁/", "<|end_", "<|END_", "<unused95")


def _after_given_thought(text: str) -> int:
    """Where the answer begins if the prompt opened the thought, so that the text only closes it."""
    if not any(map(text.__contains__, _CLOSING)):
        return 0
    lower = text.lower()
    if not any(map(lower.__contains__, _THINKING)):
        return 0
    spoken, start = False, 0
    for match in _EVENT.finditer(text):
        event = match.lastgroup
        spoken = spoken or bool(text[start : match.start()].strip())
        start = match.end()
        if event == "closes":
            return start
        if event == "opens" or (event == "ends" and spoken):
            break
    return 0


def _without_inline_question(text: str, ended: bool, answered: Answered | None) -> Own:
    """Up to a "Q: " that follows a sentence on its own line: some models have lost the line breaks."""
    match = _INLINE.search(text) if " Q: " in text else None
    if match is None or (answered is not None and not answered(text[: match.start()])):
        return Own(text, ended)
    return Own(text[: match.start()], ended=True)


_CHANNEL = "<|channel|>"
_FINAL = re.compile(r"<\|channel\|>final(?:<\|message\|>|(?= ))")


def _final_channel(text: str) -> str:
    """What gpt-oss says in its final channel; its analysis is a thought, closed only by that.

    Decoded without its special tokens such a text is "analysisWe ... assistantfinalThe answer ...".
    """
    if text.startswith("analysis") and text[8:9].isupper():
        _, final, answer = text.partition("assistantfinal")
        return answer if final else "<think>"
    if _CHANNEL not in text:
        return text
    match = _FINAL.search(text)
    return text[match.end() :] if match else "<think>"
