"""The stem of an English word, by the rules of Porter (1980) as amended in NLTK, which rouge-score uses."""

from __future__ import annotations

from collections.abc import Callable, Sequence

VOWELS = frozenset("aeiou")
KNOWN = {
    "skies": "sky",
    "sky": "sky",
    "dying": "die",
    "lying": "lie",
    "tying": "tie",
    "news": "news",
    "innings": "inning",
    "inning": "inning",
    "outings": "outing",
    "outing": "outing",
    "cannings": "canning",
    "canning": "canning",
    "howe": "howe",
    "proceed": "proceed",
    "exceed": "exceed",
    "succeed": "succeed",
}
"""Words that the rules get wrong."""

PLURALS = (("sses", "ss"), ("ies", "i"), ("ss", "ss"), ("s", ""))
DERIVED = (
    *(("ational", "ate"), ("tional", "tion"), ("enci", "ence"), ("anci", "ance"), ("izer", "ize")),
    *(("bli", "ble"), ("alli", "al"), ("entli", "ent"), ("eli", "e"), ("ousli", "ous")),
    *(("ization", "ize"), ("ation", "ate"), ("ator", "ate"), ("alism", "al"), ("iveness", "ive")),
    *(("fulness", "ful"), ("ousness", "ous"), ("aliti", "al"), ("iviti", "ive"), ("biliti", "ble")),
    *(("fulli", "ful"), ("logi", "log")),
)
FORMED = (
    *(("icate", "ic"), ("ative", ""), ("alize", "al"), ("iciti", "ic"), ("ical", "ic")),
    *(("ful", ""), ("ness", "")),
)
DROPPED = (
    *("al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ion", "ou", "ism"),
    *("ate", "iti", "ous", "ive", "ize"),
)
"""Endings of the steps 1a, 2, 3 and 4, in the order in which they are looked for."""


def stem(word: str) -> str:
    """Return the stem of a word in small letters."""
    if word in KNOWN or len(word) <= 2:
        return KNOWN.get(word, word)
    for step in STEPS:
        word = step(word)
    return word


def _plural(word: str) -> str:
    if word.endswith("ies") and len(word) == 4:
        return word[:-1]
    return _replaced(word, PLURALS, lambda _, __: True)


def _past(word: str) -> str:
    """Take away -ed and -ing, and mend what is left."""
    if word.endswith("ied"):
        return word[:-1] if len(word) == 4 else word[:-2]
    if word.endswith("eed"):
        return word[:-1] if _measure(word[:-3]) else word
    for ending in ("ed", "ing"):
        rest = word.removesuffix(ending)
        if rest != word and "v" in _shape(rest):
            return _mended(rest)
    return word


def _mended(word: str) -> str:
    if word.endswith(("at", "bl", "iz")):
        return word + "e"
    if word[-2:-1] == word[-1] and _shape(word)[-1] == "c":
        return word if word[-1] in "lsz" else word[:-1]
    return word + "e" if _measure(word) == 1 and _short(word) else word


def _final_y(word: str) -> str:
    replaced = word.endswith("y") and len(word) > 2 and _shape(word)[-2] == "c"
    return word[:-1] + "i" if replaced else word


def _derived(word: str) -> str:
    if word.endswith("alli") and _measure(word[:-4]):
        return _derived(word[:-2])
    # The l of -logi counts as the stem's, so that geology is like archaeology.
    return _replaced(
        word, DERIVED, lambda rest, ending: _measure(rest + "l" if ending == "logi" else rest) > 0
    )


def _formed(word: str) -> str:
    return _replaced(word, FORMED, lambda rest, _: _measure(rest) > 0)


def _dropped(word: str) -> str:
    return _replaced(
        word,
        [(ending, "") for ending in DROPPED],
        lambda rest, ending: _measure(rest) > 1 and (ending != "ion" or rest[-1] in "st"),
    )


def _final_e(word: str) -> str:
    rest = word.removesuffix("e")
    if rest == word:
        return word
    return rest if _measure(rest) > 1 or (_measure(rest) == 1 and not _short(rest)) else word


def _double_l(word: str) -> str:
    return word[:-1] if word.endswith("ll") and _measure(word[:-1]) > 1 else word


def _replaced(word: str, endings: Sequence[tuple[str, str]], allowed: Callable[[str, str], bool]) -> str:
    """Replace the first of the endings that the word has, where what is left of it allows that."""
    for ending, other in endings:
        if word.endswith(ending):
            rest = word[: len(word) - len(ending)]
            return rest + other if allowed(rest, ending) else word
    return word


def _shape(word: str) -> str:
    """Return `c` for each consonant and `v` for each vowel; y is one behind the other."""
    shape = ""
    for letter in word:
        vowel = shape.endswith("c") if letter == "y" else letter in VOWELS
        shape += "v" if vowel else "c"
    return shape


def _measure(word: str) -> int:
    """Return how often a consonant follows a vowel."""
    return _shape(word).count("vc")


def _short(word: str) -> bool:
    """Tell whether a word ends like `hop`, or is like `at`."""
    shape = _shape(word)
    return (shape.endswith("cvc") and word[-1] not in "wxy") or shape == "vc"


STEPS = (_plural, _past, _final_y, _derived, _formed, _dropped, _final_e, _double_l)
