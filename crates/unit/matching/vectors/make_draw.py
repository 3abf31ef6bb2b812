"""Writes draw.json: numbers, orders and two whole draws within strata. Run: python3 make_draw.py"""

import json
import random
from collections import defaultdict

from chacha import Draw, by_rank

SEED = bytes(range(100, 132))
BOUNDS = [1, 2, 3, 7, 2**31 + 1, 2**31 + 1, 2**31 + 1, 2**32 - 1, 1000003, 3 * 2**30, 3 * 2**30, 10, 180000, 6]


def groups():
    """Twelve treated and forty candidates in five strata, one of them without candidates, one with too few."""
    pick = random.Random(20)
    key = lambda: pick.getrandbits(128)
    treated = [(key(), stratum) for stratum in (0, 0, 0, 1, 1, 1, 1, 2, 3, 3, 7, 7)]
    candidates = [(key(), stratum) for stratum, count in ((0, 13), (1, 5), (2, 2), (7, 14), (9, 6)) for _ in range(count)]
    pick.shuffle(treated), pick.shuffle(candidates)
    return treated, candidates


def parted(ranked, strata):
    parts = defaultdict(list)
    for key in ranked:
        parts[strata[key]].append(key)
    return parts


def without_replacement(treated, candidates, per_treated):
    found = {key: [] for key, _ in treated}
    left = parted(by_rank(SEED, 2, [key for key, _ in candidates]), dict(candidates))
    ranked = by_rank(SEED, 1, [key for key, _ in treated])
    for _ in range(per_treated):
        for key in ranked:
            if left[dict(treated)[key]]:
                found[key].append(left[dict(treated)[key]].pop(0))
    return found


def with_replacement(treated, candidates, per_treated):
    found = {}
    of_stratum = parted(by_rank(SEED, 2, [key for key, _ in candidates]), dict(candidates))
    draw = Draw(SEED, 3)
    for key in by_rank(SEED, 1, [key for key, _ in treated]):
        there = of_stratum[dict(treated)[key]]
        if len(there) <= per_treated:
            found[key] = there
            continue
        taken = []
        for last in range(len(there) - per_treated, len(there)):
            position = draw.below(last + 1)
            taken.append(last if position in taken else position)
        found[key] = [there[position] for position in taken]
    return found


def as_text(found):
    return {f"{key:032x}": [f"{control:032x}" for control in controls] for key, controls in sorted(found.items())}


def below(stream):
    draw = Draw(SEED, stream)
    return [[bound, draw.below(bound)] for bound in BOUNDS]


def main():
    treated, candidates = groups()
    rows = lambda group: [[f"{key:032x}", stratum] for key, stratum in group]
    out = {
        "made_by": "make_draw.py, Python 3 without packages",
        "seed": SEED.hex(),
        "stream_0_below": below(0),
        "stream_3_below": below(3),
        "stream_1_order_of_20": Draw(SEED, 1).order(20),
        "stream_2_order_of_33": Draw(SEED, 2).order(33),
        "treated": rows(treated),
        "candidates": rows(candidates),
        "three_without_replacement": as_text(without_replacement(treated, candidates, 3)),
        "three_with_replacement": as_text(with_replacement(treated, candidates, 3)),
    }
    with open("draw.json", "w") as file:
        json.dump(out, file, indent=1)
        file.write("\n")


main()
