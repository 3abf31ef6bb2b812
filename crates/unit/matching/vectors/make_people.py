"""Writes people.csv: 80 treated and 320 candidates without ties. Run: python3 make_people.py

The treated stand in drawn order for the seed 100, 101, ... 131, so that "in the order of the data" means "by rank" to others.
"""

import csv
import math
import random

from chacha import by_rank

SEED = bytes(range(100, 132))


def person(pick, is_treated):
    need = pick.gauss(0.5 if is_treated else 0.0, 1.0)
    age = 52 + 14 * pick.gauss(0.2 * need, 1.0)
    visits = math.exp(0.9 + 0.5 * need + 0.6 * pick.gauss(0, 1))
    cost = 300 * math.exp(0.4 * need + 0.8 * pick.gauss(0, 1)) + 40 * visits
    ill = int(pick.random() < 1 / (1 + math.exp(-0.7 * need)))
    stratum = pick.choice([0, 0, 0, 1, 1, 2])
    return [stratum, f"{age:.5f}", f"{visits:.5f}", f"{cost:.4f}", ill]


def main():
    pick = random.Random(8)
    treated = {pick.getrandbits(128): person(pick, True) for _ in range(80)}
    candidates = {pick.getrandbits(128): person(pick, False) for _ in range(320)}
    with open("people.csv", "w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["key", "treated", "stratum", "age", "visits", "cost", "ill"])
        for key in by_rank(SEED, 1, treated):
            out.writerow([f"{key:032x}", 1, *treated[key]])
        for key, row in candidates.items():
            out.writerow([f"{key:032x}", 0, *row])


main()
