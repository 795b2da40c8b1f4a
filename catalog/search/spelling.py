"""How Chinese sounds in Latin letters: the spelling (pinyin) and the initials that people type.

The readings are pypinyin's: the common one of a character, and another where a word of two characters asks
for it (银行 is yin hang, not yin xing).
"""

import re
from functools import cache
from itertools import accumulate
from unicodedata import combining, normalize

from pypinyin.constants import PHRASES_DICT, PINYIN_DICT

from catalog.search.tokens import chinese_runs, pairs

LONGEST = 24
"""Letters of a spelling that can be searched from any character on; of initials a third."""
SPELLABLE = re.compile("[a-z]{2,}")


def _plain(reading: str) -> str:
    letters = normalize("NFD", reading.replace("ü", "v"))
    return "".join(letter for letter in letters if not combining(letter)).replace("ê", "e")


@cache
def _readings() -> tuple[dict[str, str], dict[str, tuple[str, str]]]:
    """Of single characters, and of pairs that sound otherwise than their characters."""
    plain = cache(_plain)
    singles = {chr(code): plain(words.partition(",")[0]) for code, words in PINYIN_DICT.items()}
    otherwise = {}
    for word, spoken in PHRASES_DICT.items():
        if len(word) == len(spoken) == 2:
            pair = (plain(spoken[0][0]), plain(spoken[1][0]))
            if pair != (singles.get(word[0]), singles.get(word[1])):
                otherwise[word] = pair
    return singles, otherwise


def syllables(text: str) -> list[str]:
    """The syllable of each Chinese character of a folded run."""
    singles, otherwise = _readings()
    spelled = list(map(singles.get, text, text))
    written = pairs(text)
    if not otherwise.keys().isdisjoint(written):
        for place, pair in enumerate(written):
            if pair in otherwise:
                spelled[place : place + 2] = otherwise[pair]
    return spelled


def spellings(folded: str) -> tuple[str, str]:
    """Spelling and initials of a folded text from each character on, so that the beginning of a word
    finds it."""
    spelled: list[str] = []
    initials: list[str] = []
    for run in chinese_runs(folded):
        parts = syllables(run)
        whole, begins = "".join(parts), accumulate(map(len, parts[:-1]), initial=0)
        spelled += [whole[begin : begin + LONGEST] for begin in begins]
        letters = "".join([part[0] for part in parts])
        initials += [letters[at : at + LONGEST // 3] for at in range(len(letters) - 1)]
    return " ".join(spelled), " ".join(initials)
