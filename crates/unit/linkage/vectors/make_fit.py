#!/usr/bin/env python3
"""Fits the linkage model of `src/fit.rs` to a small histogram by plain expectation maximisation, from the words of its
documentation alone: no acceleration, no shared code. Prints `fit.in`, which the tests of `src/fit.rs` include.

    python3 make_fit.py > fit.in

Two fields: a given name that agrees as a whole, in its initial or not at all; a date of birth that agrees as a whole, in
its year or not at all. Three tokens: date and initial; name and year; date and name. No field says where anybody lives, so
there are matches and unrelated pairs only.
"""
import itertools
import math

GIVEN = [{"whole", "initial"}, {"initial"}, set()]
BIRTH = [{"whole", "year"}, {"year"}, set()]
TOKENS = [("whole", "initial"), ("year", "whole"), ("whole", "whole")]  # form of the date, form of the name

# What is believed: by state, from all that agree to nothing.
BELIEVED = {
    "match": ([0.92, 0.08 * 0.7, 0.08 * 0.3], [0.96, 0.04 * 0.95, 0.04 * 0.05]),
    "other": ([6e-3, 0.07, 1 - 6e-3 - 0.07], [3e-5, 0.012, 1 - 3e-5 - 0.012]),
}
WEIGHT = {"match": 10.0, "other": 10_000.0}

# Pairs by agreeing tokens (bit n is token n); all tokens can be compared in every pair.
SEEN = {0b111: 1_700, 0b011: 3, 0b101: 2, 0b001: 160, 0b010: 240, 0b000: 8_000_000 - 1_700 - 3 - 2 - 160 - 240}
MATCHES_MAX = 2_000


def mask(given, birth):
    return sum(1 << n for n, (date, name) in enumerate(TOKENS) if date in BIRTH[birth] and name in GIVEN[given])


def main():
    vectors = {}
    for given, birth in itertools.product(range(3), range(3)):
        vectors.setdefault(mask(given, birth), []).append((given, birth))
    # A mask that no vector makes is explained by the vectors with the fewest tokens amiss.
    for seen in SEEN:
        if seen not in vectors:
            amiss = {m: bin(m ^ seen).count("1") for m in set(map(lambda v: mask(*v), itertools.product(range(3), range(3))))}
            least = min(amiss.values())
            vectors[seen] = [v for m, d in amiss.items() if d == least for v in vectors[m]]
    pairs = sum(SEEN.values())
    p = {c: [list(f) for f in BELIEVED[c]] for c in BELIEVED}
    share = {"match": 0.5 * MATCHES_MAX / pairs}
    share["other"] = 1 - share["match"]
    for _ in range(20_000):
        counts = {c: [[0.0] * 3, [0.0] * 3] for c in p}
        for seen, number in SEEN.items():
            joint = {(c, v): share[c] * p[c][0][v[0]] * p[c][1][v[1]] for c in p for v in vectors[seen]}
            total = sum(joint.values())
            for (c, v), probability in joint.items():
                expected = number * probability / total
                counts[c][0][v[0]] += expected
                counts[c][1][v[1]] += expected
        moved = 0.0
        for c in p:
            new = sum(counts[c][0]) / pairs
            moved = max(moved, abs(new / share[c] - 1))
            share[c] = new
            for f in range(2):
                all_pairs = sum(counts[c][f]) + WEIGHT[c]
                new = [(n + b * WEIGHT[c]) / all_pairs for n, b in zip(counts[c][f], BELIEVED[c][f])]
                moved = max(moved, max(abs(a - b) for a, b in zip(new, p[c][f])))
                p[c][f] = new
        if moved < 1e-13:
            break
    print("// From make_fit.py: share of matches; probabilities of matches, of others; weight of each pattern in bits.")
    print("(")
    print(f"    {share['match']!r},")
    for c in ("match", "other"):
        print("    [" + ", ".join("[" + ", ".join(repr(x) for x in f) + "]" for f in p[c]) + "],")
    print("    &[")
    for seen in sorted(SEEN):
        like = {c: sum(p[c][0][v[0]] * p[c][1][v[1]] for v in vectors[seen]) for c in p}
        print(f"        ({seen}, {SEEN[seen]}, {math.log2(like['match'] / like['other'])!r}),")
    print("    ],")
    print(")")


main()
