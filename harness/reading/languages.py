"""What other languages than English say where a text gives its answer, and how they write numbers.

The languages of MGSM (Shi et al., 2022, arXiv:2210.03057), Portuguese, Italian, Korean and more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_NOUNS = (
    r"antwort|l[öo]sung|ergebnis|respuesta|soluci[óo]n|r[ée]ponse|resposta|risposta|ответ|jibu|cevap|jawaban(?:nya)?"
    r"|(?:opci[óo]n|alternativa|op[çc][ãa]o|opzione) (?:correct|corret|cert)\w++"
    r"|(?:richtige|korrekte|bonne) (?:option|alternative|lettre|proposition)"
    r"|antwoord|odpowied[źz]|đáp án"
    r"|答案|答え|正解|正答|解答|正确的?(?:选项)?|正確的?(?:選項)?|정답|답|คำตอบ|উত্তর|సమాధానం|الإجابة|الجواب"
)
_NOT = r"nicht\b|keine?\b|no\b|pas\b|n[ãa]o\b|non\b|не\b|不|非|错|錯|誤|아니|ない"
_COPULAS = (
    r"\b(?:ist|lautet|w[äa]re|es|son|ser[ií]a|est|serait|è|é|ni|is|adalah|to|là|هي|هو)\b[ \t]*:?|[:=—]"
    r"|[应應就]?[该該]?[是为為]|は|คือ|হলো?|[은는이가](?=[ :])"
)
_LETTER_FOLLOWS = r"(?=[ \t(\[\"']*[A-Z](?![A-Za-z]))"
_WITH_A_COPULA = rf"(?:(?!{_NOT}|(?-i:\b[A-Z]\b))[^.!?:=。\n\d\]]){{0,30}}?(?:{_COPULAS})"
_WITHOUT = (
    rf"(?:{_NOUNS})(?:%s\][ \t]*:?"
    rf"|(?:[应應][该該]?)?(?:选择?|選擇?|选项)?[ \t]*{_LETTER_FOLLOWS})"
    # "Also ist die richtige Antwort 12", "por tanto, es la respuesta C"
    rf"|\b(?:ist|es|est|é|è) (?:also |daher |somit |donc |entonces |ent[ãa]o )?(?:die|la|a) (?:\w+ )?"
    rf"(?:{_NOUNS})[ \t]*:?(?=[ \t]*[(\[\"']?(?:-?[0-9]|(?-i:[A-Z])(?![A-Za-z])))"
    rf"|(?<![不未别別可能所])(?:选择?|選擇?)[ \t]*:?{_LETTER_FOLLOWS}"
)
_PHRASE = re.compile(_WITHOUT % f"{_WITH_A_COPULA}|", re.IGNORECASE)
_DIRECT = re.compile(_WITHOUT % "", re.IGNORECASE)
"""The phrases that need no copula: looked for where none comes soon, which is most of what is slow to tell."""

_MAY_FOLLOW = re.compile(
    r"[\W是为為は은는이가คহهèé](?:(?<=[:=—是为為は은는이가èé])|(?<=ค)ือ|(?<=হ)ল|(?<=ه)[يو]"
    r"|(?<=\W)(?:ist?\b|lautet|là|w[äa]re|est?\b|son|ser|ni\b|adalah|to\b))"
)
"""Finds every copula in lower case, and more."""

_FAR = 80
"""Characters between the beginnings of a noun and of its copula, at most."""

_OF_ANY_LENGTH = re.compile(r"(?:opci[óo]n|alternativa|op[çc][ãa]o|opzione) \w++")
"""The nouns of which the end is any word: "opción correcta"."""

# each begins with a sign of its own, so that the search runs over all others at once
_ARTICLE_FOLLOWS = "(?:also |daher |somit |donc |entonces |então |entao )?(?:die|la|a) "
_STARTS = re.compile(
    "|".join(
        f"{start[0]}(?={start[1:]})"
        for start in (
            *"antwo lösung losung ergebnis respuesta soluci répon repon resposta risposta ответ jibu cevap".split(),
            *"jawaban opci alternativa opç opc opzione richtige korrekte bonne odpowied đáp".split(),
            *"答 正 解 选 選 정답 답 คำตอบ উত্তর సమాధానం الإجابة الجواب".split(),
            *(f"{verb} {_ARTICLE_FOLLOWS}" for verb in ("ist", "es", "est", "é", "è")),
        )
    )
)
"""Where a phrase may begin, in lower case."""


_WORDS = tuple(
    "antwort sung ergebnis respuesta soluci ponse resposta risposta ответ jibu cevap jawaban antwoord "
    "opci alternativa opzione richtige korrekte bonne".split()
)
# one of these stands in every noun and verb above that no word of `_WORDS` is in; what has none is
# not searched, since a text in other letters makes every place one to look at
_SIGNS = re.compile(r"[答解正选選답คউసاđ]|op[çc]ão|opçao|odpowied")
MOST = 16
"""Phrases looked at, from the last: a bound, for models that stutter."""

TRIED = 16
"""Places looked at where one may begin: another."""


def phrases(text: str, lower: str) -> Iterator[tuple[int, int]]:
    """Where a phrase of another language announces an answer: "La respuesta es", "答案是", "故选"."""
    if any(map(lower.__contains__, _WORDS)) or (not text.isascii() and _SIGNS.search(lower)):
        yield from _all(text, lower)[-MOST:]


def _all(text: str, lower: str) -> list[tuple[int, int]]:
    """Where each phrase begins and ends, in order; none begins inside another."""
    found: list[tuple[int, int]] = []
    copula = -1
    for start in [begins.start() for begins in _STARTS.finditer(lower)][-TRIED:]:
        if found and start < found[-1][1]:
            continue
        if copula <= start:  # looked for once for all places before it
            match = _MAY_FOLLOW.search(lower, start + 1)
            copula = match.start() if match else len(lower) + _FAR
        noun = _OF_ANY_LENGTH.match(lower, start)
        near = copula < (noun.end() if noun else start) + _FAR
        if phrase := (_PHRASE if near else _DIRECT).match(text, start):
            found.append(phrase.span())
    return found


_NO_LETTER = r"(?![A-Za-z0-9_\u00c0-\u052f'-])"
_LETTER_NOUNS = (
    r"r[ée]ponse|lettre|option|proposition|choix|opci[óo]n|letra|respuesta|inciso|alternativa|op[çc][ãa]o|resposta"
    r"|antwort(?:m[öo]glichkeit)?|buchstabe|m[öo]glichkeit|risposta|lettera|opzione|вариант|ответ"
    r"|选项|選項|第|選択肢|番号|보기|선택지|옵션"
)
_ARTICLES = r"(?:(?:donc|also|daher|entonces|la|le|l'|el|a|o|die|der|das|il)\s*\b)*+"
LETTER = re.compile(
    rf"[\s\"'*:(]*+(?i:{_ARTICLES}\s*(?:{_LETTER_NOUNS})?)[\s\"'(\[:]*+(?P<letter>[A-Z]){_NO_LETTER}"
)
"""A letter behind an announcement, with the noun that another language puts before it: "la opción C"."""

_RIGHT = (
    r"(?:richtig|korrekt|zutreffend|corre[ck]t|corret|cert[ao]\b|bonne|exact|juste\b|giust|верн|правильн|adecuad|adequad"
    r"|最?(?:正确|正確|正しい|正解|合适|合適|恰当|符合|对的|對的|答案|答え)|정답|맞|옳|올바른|적절)"
)
_BEING = r"\s+(?:ist|es|est|é|è)\s+(?:(?:die|la|le|a|el|o|\w+ment)\s+)?"
_BEING_CJK = r"\s*(?:[是为為がは이가은]\s*(?:本题的?|唯一)?)?\s*"
_CHOSEN = re.compile(
    rf"(?<![A-Za-z0-9_])(?P<letter>[A-Z])(?![A-Za-z0-9_\u00c0-\u052f'-])[)\]]?"
    rf"(?:{_BEING}|\s?(?:选项|選項|项|項|번)?{_BEING_CJK}(?![A-Za-z]))(?i:{_RIGHT})"
    rf"|(?i:ist|est|es|é|è)\s+(?P<put>[A-Z])\s+(?i:{_RIGHT})"
    rf"|(?i:w[äa]hle|choisis|choisit|elijo|elegimos|escolho|scelgo|bleibt|reste|queda|resta|выбираю)"
    rf"(?:\s+(?i:{_ARTICLES}\s*(?:{_LETTER_NOUNS})?))\s*(?P<picked>[A-Z]){_NO_LETTER}"
)
_CHOOSES = (
    "richtig", "korrekt", "zutreffend", "corre", "cert", "bonne", "exact", "just", "giust", "верн", "правильн",
    "adecuad", "adequad", "wähle", "wahle", "choisi", "elijo", "elegimos", "escolho", "scelgo", "bleibt", "reste",
    "queda", "resta", "выбираю", *"正合恰符对對答정맞옳올적",
)  # fmt: skip


def chosen(sentence: str) -> list[tuple[str, tuple[int, int]]]:
    """The letters that a sentence of another language calls right, with their places.

    "选项B是正确的", "la opción C es correcta".
    """
    lower = sentence.lower()
    if not any(map(lower.__contains__, _CHOOSES)):
        return []
    return [
        (match[match.lastgroup or "letter"], match.span(match.lastgroup or "letter"))
        for match in _CHOSEN.finditer(sentence)
    ]


DENIES = re.compile(
    r"[)\]\s\"'.]*(?:选项|選項|项|項|번)?\s*(?:也|都|就)?"
    r"(?:(?:ist|es|est|é|è|está)\s+)?(?:n'est|não|no es|nicht|pas|inco|falsch|fau[sx]|errad|не\b"
    r"|[是为為がは은는이가]?\s*(?:不|错|錯|誤|간?틀|では?(?:な|あり)|오답|정답이 아|아[니닙]|違|間違))",
    re.IGNORECASE,
)
"""What denies, right behind it, that an option is right: "B是错误的", "B est fausse"."""

_FUNCTION_WORDS = tuple(
    frozenset(words.split())
    for words in (
        "er sie der die das und ist antwort ein eine sind hat nicht also für mit von insgesamt kostet beträgt",
        "un en al ella él ellos más su se la el los las es son una tiene por para con del cuesta entonces respuesta",
        "un en son la le les est et une des donc il elle au coûte avec pour dans réponse",
        "a os são é um uma não tem para com então do da custa ele ela resposta",
        "la il gli è sono una del della quindi per con costa ha risposta",
        "и в на у это составляет рублей всего равно ответ",
        "adalah yang dan dari untuk jadi harga jawabannya",
        "de het een is zijn dus kost heeft niet van antwoord",
    )
)
"""Words that tell a language which writes decimals with a comma, by language."""

_ANSWERS = frozenset("antwort respuesta réponse resposta risposta ответ antwoord".split())
_ENGLISH = frozenset("the is are and of to she he they so has it in".split())
_WORD = re.compile(r"[^\W\d_]+")
_TELLING = 2000
"""Characters at the end of a text that tell its language."""

# each begins with its digit, so that the search runs over all other signs at once
_POINTS = re.compile(
    r"[1-9](?<![\w.,].)[0-9]{0,2}(?:\.[0-9]{3})+(?![0-9.]*[0-9])(?:,[0-9]+)?(?![0-9])"
)
_COMMA = re.compile(r"[0-9](?<![\w.,].)[0-9]*,(?:[0-9]{1,2}|[0-9]{4,})(?![0-9]|[.,][0-9])")
_BOTH = re.compile(r"[0-9](?<![\w.,].)[0-9]{0,2}(?:\.[0-9]{3})+,[0-9]+(?![0-9.,])")
_MILLIONS = re.compile(
    r"[1-9](?<![\w.,].)[0-9]{0,2}(?:\.[0-9]{3}){2,}(?:,[0-9]+)?(?![0-9.,]*[0-9])"
)
_DECIMAL_POINT = re.compile(r"[0-9]\.[0-9]{1,2}(?![0-9.])")
_EXCHANGE = str.maketrans(".,", ",.")


_HAN = "零一二三四五六七八九"
_HAN_DIGIT = "[一二两兩三四五六七八九]"
_HAN_NUMBER = re.compile(
    rf"(?<![零一二两兩三四五六七八九十百千])(?=[零十百千]*+{_HAN_DIGIT})(?=[^十百千]?[十百千])(?:({_HAN_DIGIT})千)?零?(?:({_HAN_DIGIT})百)?零?"
    rf"(?:({_HAN_DIGIT}?)(十))?({_HAN_DIGIT})?(?![零一二两兩三四五六七八九十百千万萬亿億几幾多])"
)


def in_digits(text: str) -> str:
    """`text` with its numbers in Chinese words from ten on in digits: 三十六 is 36."""
    if text.isascii() or not any(sign in text for sign in "十百千"):
        return text
    return _HAN_NUMBER.sub(_han_number, text)


def _han_number(match: re.Match[str]) -> str:
    thousands, hundreds, tens, ten, ones = match.groups()
    parts = ((thousands, 1000), (hundreds, 100), (tens or ("一" if ten else None), 10), (ones, 1))
    value = sum(_HAN.index(_TWO.get(sign, sign)) * unit for sign, unit in parts if sign)
    return str(value) if value else match[0]


_TWO = {"两": "二", "兩": "二"}


def localized(text: str) -> str:
    """`text` with its numbers in English signs, where its language or its numbers tell how they are meant.

    "70.000" in German is 70,000 and "3,5" is 3.5. "1.234,56" says so itself, in any language.
    """
    if "." not in text and "," not in text:
        return text
    said = _BOTH.search(text) or _MILLIONS.search(text)
    if not said and not (_POINTS.search(text) or _COMMA.search(text)):
        return text
    if not said and not _writes_decimal_commas(text):
        return text
    for pattern in (_MILLIONS, _POINTS, _COMMA):
        text = pattern.sub(lambda number: number[0].translate(_EXCHANGE), text)
    return text


def _writes_decimal_commas(text: str) -> bool:
    """Whether the words of a text are of a language with decimal commas, and no number says otherwise."""
    words = {word.lower() for word in _WORD.findall(text[-_TELLING:])}
    # "Antwort: 70.000" tells its language by one word
    most = max(len(words & known) for known in _FUNCTION_WORDS) + len(words & _ANSWERS)
    return most >= 2 and most > len(words & _ENGLISH) and not _DECIMAL_POINT.search(text)
