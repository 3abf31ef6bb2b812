"""The made-up place of src/tests/place.rs, the calendar, and what somebody used: a second writing. Python 3, no packages."""

import calendar
import datetime

BASE = 17_897
EPOCH = datetime.date(1970, 1, 1)


class Generator:
    def __init__(self, state):
        self.state = state

    def below(self, bound):
        self.state = (self.state * 6_364_136_223_846_793_005 + 1_442_695_040_888_963_407) % 2**64
        return (self.state >> 33) % bound


def or_missing(made, one_in, value):
    return None if made.below(one_in) == 0 else value


def seldom(made, first, days, one_in):
    day = first + made.below(days)
    return day if made.below(one_in) == 0 else None


def make_place():
    made, people, programme, events = Generator(1), [], [], []
    for row in range(1_500):
        person = {"reference": row * 7_919 % 100_003 + 1}
        practice = made.below(30)
        person["practice"] = or_missing(made, 50, practice)
        sex = made.below(2)
        person["sex"] = or_missing(made, 40, sex)
        imd = 1 + made.below(10)
        person["imd"] = or_missing(made, 60, imd)
        person["age"] = 18 + made.below(70)
        person["registered"] = seldom(made, BASE, 1_200, 8)
        person["died"] = seldom(made, BASE + 200, 1_600, 20)
        person["moved"] = seldom(made, BASE + 200, 1_600, 15)
        person["practice_since"] = seldom(made, BASE, 1_500, 10)
        people.append(person)
    for row in range(200):
        start = BASE + 530 + made.below(940)
        start = or_missing(made, 30, start)
        programme.append({"start": start, "completed": made.below(2) == 0, "row": 7 * row + 3 if row < 190 else None})
    for _ in range(15_000):
        anybody, participant = made.below(1_500), 7 * made.below(190) + 3
        row = participant if made.below(4) == 0 else anybody
        event = {"event": made.below(3), "day": BASE - 30 + made.below(1_856)}
        method = made.below(2)
        event["method"] = or_missing(made, 50, method)
        cost = made.below(300_000)
        event["cost"] = 0 if made.below(20) == 0 else cost
        event["days"] = made.below(8)
        people[row].setdefault("events", []).append(event)
    return people, programme


# The calendar.
def plus_months(day, months):
    date = EPOCH + datetime.timedelta(days=day)
    month = date.year * 12 + date.month - 1 + months
    year, month = month // 12, month % 12 + 1
    last = calendar.monthrange(year, month)[1]
    return (datetime.date(year, month, min(date.day, last)) - EPOCH).days


def month_of(day):
    date = EPOCH + datetime.timedelta(days=day)
    return date.year, date.month


def observed(person):
    """First day and the day after the last, and why it ended."""
    ends = [(person[reason] + 1, reason) for reason in ("died", "moved") if person[reason] is not None]
    end, reason = min(ends, key=lambda end: end[0]) if ends else (10**9, None)
    start = person["registered"] if person["registered"] is not None else -(10**9)
    return start, max(start, end), reason


def used(person, index, measure, months, without=None):
    """Amount and days of some months around an index date, without some days (the first, and the one after the last)."""
    _, codes, method, total, by_practice = measure
    start, end, _ = observed(person)
    start, end = max(start, plus_months(index, months[0])), min(end, plus_months(index, months[1]))
    if by_practice and person["practice_since"] is not None:
        start = max(start, person["practice_since"])
    amount = 0
    for event in person.get("events", []):
        counts = event["event"] in codes and (method is None or event["method"] == method) and start <= event["day"] < end
        counts = counts and not (without and without[0] <= event["day"] < without[1])
        amount += (event[total] if total else 1) if counts else 0
    left_out = sum(start <= day < end for day in range(*without)) if without else 0
    return amount, max(0, end - start) - left_out
