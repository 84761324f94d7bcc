"""Which faults come, in which order and how: all from the seed, so that it can be had again."""
import itertools
import random

from . import limits
from .faults import ALL


def kinds_like(words, others):
    """The kinds that contain one of the words, all of them without any; and none of the others."""
    return [kind for kind in ALL if (not words or any(word in kind for word in words))
            and not any(word in kind for word in others)]


def make(seed, kinds):
    """Endless: each step is {"kind", "plan", "rest"}. Every kind comes once before the drawing by weight begins."""
    chance = random.Random(f"{seed}/schedule")
    first = list(kinds)
    chance.shuffle(first)
    weights = [ALL[kind].weight for kind in kinds]
    drawn = (chance.choices(kinds, weights)[0] for _ in itertools.count())
    for kind in itertools.chain(first, drawn):
        yield {"kind": kind, "plan": ALL[kind].plan(chance), "rest": round(chance.uniform(*limits.REST_SECONDS), 2)}
