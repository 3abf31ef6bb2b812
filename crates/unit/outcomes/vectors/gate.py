"""What the release gate shows of a cell, and how coarsely, where rows and sums do not ask for more. Python 3, no packages."""

import math


def half_away(number):
    return int(math.copysign(math.floor(abs(number) + 0.5), number))


class Behind:
    """What a figure rests on: groups of amounts with weights."""

    def __init__(self, degrees):
        self.people, self.degrees, self.dominated = 0, degrees, False

    def group(self, pairs, money=False):
        having = [(amount, weight) for amount, weight in pairs if amount > 0]
        if having:
            greatest = max(weight for _, weight in having)
            size = math.floor(sum(weight for _, weight in having) / greatest + 1e-6)
            self.people = min(self.people, size) if self.people else size
            if money:
                shares = sorted((half_away(amount * (weight / greatest)) for amount, weight in having), reverse=True)
                self.dominated |= dominated(shares)
        return self


def dominated(shares):
    total, top, two = sum(shares), shares[0], sum(shares[:2])
    return top > 0 and (10 * (total - two) < top or 2 * top >= total or 10 * two >= 9 * total)


def figure(value, behind, decimals, terms=0.0):
    if value is None:
        return "n/a" if behind.people == 0 or behind.people >= 8 else "*"
    if behind.people < 8 or behind.degrees < 10 or behind.dominated:
        return "*"
    scaled, terms = half_away(value * 10**decimals), abs(half_away(terms * 10**decimals))
    known_by = 3 * (max(abs(scaled), terms) + 1)
    grains = (lead * 10**power for power in range(16) for lead in (1, 2, 5) if abs(scaled) < 10 ** (power + 3))
    grain = next(grain for grain in grains if grain * behind.people >= known_by)
    shown = (abs(scaled) + grain // 2) // grain * grain
    text = str(shown).rjust(decimals + 1, "0")
    text = text[: len(text) - decimals] + ("." + text[len(text) - decimals :] if decimals else "")
    return ("-" if scaled < 0 and shown else "") + text


def count(number, people=None, whole=None):
    """Number and people of a cell and what is shown of it; whole: the cell it is part of, as people and whether it is shown."""
    people = number if people is None else people
    small = 0 < number < 8 or 0 < people < 8
    small = small or whole is not None and (whole[1] == "*" or 0 < whole[0] - number < 8)
    return number, "*" if small else str((number + 2) // 5 * 5)


def money(amounts):
    amounts = sorted((amount for amount in amounts if amount), reverse=True)
    pounds = (sum(amounts) + 5_000) // 10_000 * 100
    hidden = 0 < len(amounts) < 8 or sum(amounts) and not pounds or bool(amounts) and dominated(amounts)
    return sum(amounts), "*" if hidden else str(pounds)
