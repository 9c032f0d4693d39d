"""Texts with near duplicates among them, and who stays by plain loops over all pairs."""

import random
from itertools import combinations

from personahub.text import words

TRADES = ("baker", "welder", "notary", "surgeon", "farmer", "plumber", "tailor", "judge", "pilot", "nurse")
MORE = [f"word{number}" for number in range(60)]


def made(count: int, seed: int = 0) -> list[str]:
    """Descriptions of which about a third are an earlier one less a word, with another, or in another order."""
    dice = random.Random(seed)
    texts: list[str] = []
    for number in range(count):
        if texts and dice.random() < 0.35:
            text = dice.choice(texts).split()
            place = dice.randrange(len(text))
            change = dice.randrange(3)
            if change == 0 and len(text) > 4:
                del text[place]
            elif change == 1:
                text[place] = dice.choice(MORE)
            else:
                dice.shuffle(text)
            texts.append(" ".join(text))
        else:
            texts.append(f"A {dice.choice(TRADES)} of yard {number} who " + " ".join(dice.sample(MORE, 14)))
    return list(dict.fromkeys(texts))


def jaccard(one: str, two: str) -> float:
    left, right = set(words(one)), set(words(two))
    return len(left & right) / len(left | right) if left or right else 0.0


def clusters(texts: list[str], threshold: float) -> list[list[int]]:
    """Positions of those that are one by single linkage, each in order."""
    own = list(range(len(texts)))
    for one, two in combinations(range(len(texts)), 2):
        if jaccard(texts[one], texts[two]) >= threshold and own[one] != own[two]:
            low, high = sorted((own[one], own[two]))
            own = [low if cluster == high else cluster for cluster in own]
    return [[place for place, other in enumerate(own) if other == head] for head in sorted(set(own))]
