"""What asks for reasoning and for the answer in the languages of MGSM (Shi et al., 2022, arXiv:2210.03057).

A problem says its language by the tag `language`. The answer is asked for by the words that close the worked
examples of that language, so that one reader knows both; with a colon where a number right behind the last
word would be read as a part of it.
"""

from __future__ import annotations

from harness import KINDS, Problem

STEPS = "Let's think step by step."
"""What Kojima et al. (2022, arXiv:2205.11916) have a model begin with."""

STEPS_IN = {
    "bn": "চলুন ধাপে ধাপে চিন্তা করি।",
    "de": "Denken wir Schritt für Schritt nach.",
    "es": "Pensemos paso a paso.",
    "fr": "Réfléchissons étape par étape.",
    "ja": "段階的に考えてみましょう。",
    "ru": "Давайте подумаем шаг за шагом.",
    "sw": "Hebu tufikirie hatua kwa hatua.",
    "te": "దశలవారీగా ఆలోచిద్దాం.",
    "th": "มาคิดทีละขั้นตอนกัน",
    "zh": "让我们一步一步地思考。",
}

ANSWER_IN = {
    "bn": "উত্তর হল",
    "de": "Die Antwort ist:",
    "es": "La respuesta es:",
    "fr": "La réponse est:",
    "ja": "答えは",
    "ru": "Ответ:",
    "sw": "Jibu ni:",
    "te": "సమాధానం:",
    "th": "คำตอบคือ",
    "zh": "答案是",
}


def steps(problem: Problem, trigger: str) -> str:
    """A trigger of reasoning; that of Kojima et al. in the language of the problem, another as it is."""
    return STEPS_IN.get(_language(problem), STEPS) if trigger == STEPS else trigger


def asking(problem: Problem) -> str:
    """What asks for the answer: the kind's words, of a number those of the problem's language."""
    trigger = KINDS[problem.kind].trigger(problem.choices)
    return ANSWER_IN.get(_language(problem), trigger) if problem.kind == "number" else trigger


def therefore(problem: Problem) -> str:
    """`asking` behind reasoning: "Therefore, the answer (arabic numerals) is"."""
    own = asking(problem)
    return own if own in ANSWER_IN.values() else f"Therefore, {own}"


def _language(problem: Problem) -> str:
    return str(problem.tags.get("language", "en"))
