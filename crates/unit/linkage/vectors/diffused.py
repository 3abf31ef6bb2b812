"""Writes diffused.in: similarity by Hamming distance, by the inverse formula and 50 digits, rounded down to permille.

    d = (1 - (1 - 2h/L)^(1/t)) / 2;  similarity = 1 - d L / (2 w);  w = L (1 - (1 - 1/L)^B);  h >= L/2 gives 0

Each entry: L, B, t, [(h, permille)], the sum over every h from 0 to L, the sum of (h + 1) * permille.
"""
from decimal import Decimal, getcontext

getcontext().prec = 50


def permille(h, length, draws, inputs):
    if 2 * h >= length:
        return 0
    full = Decimal(length)
    weight = full * (1 - (1 - 1 / full) ** draws)
    root = ((1 - 2 * h / full).ln() / inputs).exp()
    value = 1 - (1 - root) / 2 * full / (2 * weight)
    return int(min(Decimal(1), max(Decimal(0), value)) * 1000)


with open("diffused.in", "w") as out:
    out.write("[\n")
    for L, B, t in [(1024, 200, 10), (1024, 400, 10), (1024, 400, 1), (1024, 400, 5), (4096, 1500, 10), (256, 40, 3), (256, 1000, 32)]:
        table = [permille(h, L, B, t) for h in range(L + 1)]
        shown = sorted({0, 1, 2, 5, L // 16, L // 8, L // 5, L // 4, L * 3 // 8, L * 7 // 16, L * 15 // 32, L // 2 - 1, L // 2, L * 3 // 4, L})
        pairs = ", ".join(f"({h}, {table[h]:_})" for h in shown)
        total, by_position = sum(table), sum((h + 1) * value for h, value in enumerate(table))
        out.write(f"    ({L}, {B}, {t}, &[{pairs}], {total:_}, {by_position:_}),\n")
    out.write("]\n")
