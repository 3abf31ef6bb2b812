"""The tables of the made-up place of src/tests/place.rs, reckoned a second time from the words of the documentation.

Run with numpy, scipy and statsmodels installed: `python make_oracle.py > oracle.json`. Nothing here is shared with the Rust code: calendar
arithmetic, ChaCha, exact matching, entropy balancing, the cluster bootstrap, BCa limits, balance and the grain of figures are all written
again. Effects and their intervals are those of statsmodels: a saturated Poisson regression and weighted least squares, a row a person and
period, negative binomials beside them, covariance by cluster with its correction of G/(G-1) x (N-1)/(N-K) for G clusters, N rows and K
coefficients, and t with G-1 degrees of freedom.
"""

import bisect
import datetime
import functools
import json
import math
import sys

import numpy
import scipy
import statsmodels

from chance import chacha, seed_of, unbiased
from estimates import MEASURES, MONEY, USE, Course, Estimate, measure_of
from gate import Behind, count, figure, half_away, money
from models import entropy_weights
from place import BASE, EPOCH, make_place, month_of, observed, plus_months, used

LOOK_BACK, DIP, FOLLOW_UP, LAG, PLACEBO, WINSORISE, WASH_IN = 18, 3, 12, 30, 6, 0.95, 2
FIRST, LAST = BASE, (datetime.date(2023, 12, 31) - EPOCH).days - LAG
STRETCHES = [(-18, -15), (-15, -9), (-9, -3), (-3, 0), (0, 6), (6, 12)]
# The last stretch before the dip.
BASE_STRETCH = 2
# First and last day.
LEFT_OUT = [("2020-11-05", "2021-03-08")]


# The balance.
def moments(values, weights, binary):
    pairs = [(value, weight) for value, weight in zip(values, weights) if weight > 0]
    total, squares = sum(w for _, w in pairs), sum(w * w for _, w in pairs)
    mean = sum(v * w for v, w in pairs) / total
    if binary:
        return mean, mean * (1 - mean)
    return mean, sum(w * (v - mean) ** 2 for v, w in pairs) * total / (total * total - squares)


def greatest_distance(treated, candidates, treated_weights, candidate_weights):
    """Of the weighed shares of people up to any value."""
    up_to = lambda values, weights, value: sum(w for v, w in zip(values, weights) if v <= value) / sum(weights)
    values = set(treated) | set(candidates)
    return max(abs(up_to(treated, treated_weights, v) - up_to(candidates, candidate_weights, v)) for v in values)


def balance_row(treated, candidates, weights, is_share, is_money):
    ones = [[1.0] * len(treated), [1.0] * len(candidates)]
    binary = set(treated) | set(candidates) <= {0, 1}

    def behind(*groups):
        counted = [[(v, w) for v, w in zip(values, weights) if w > 0] for values, weights in groups]
        rest = Behind(sum(map(len, counted)) - len(groups))
        for group in counted:
            rest.group([(half_away(v * 100) if is_money else int(v != 0), w) for v, w in group], is_money)
            if binary:
                rest.group([(int(v == 0), w) for v, w in group])
        return rest

    before = [moments(values, w, binary) for values, w in zip((treated, candidates), ones)]
    after = [moments(values, w, binary) for values, w in zip((treated, candidates), weights)]
    all_groups = list(zip((treated, candidates), ones)), list(zip((treated, candidates), weights))
    shown = [figure(m[0], behind(g), 2) for m, g in zip(before + after, all_groups[0] + all_groups[1])]
    sd, exact = math.sqrt(before[0][1]), []
    for (one, other), groups in zip((before, after), all_groups):
        smd = (one[0] - other[0]) / sd if sd > 0 else None
        exact.append(smd)
        shown.append(figure(smd, behind(*groups), 2, max(abs(one[0]), abs(other[0])) / sd if sd > 0 else 0.0))
    ratio = after[0][1] / after[1][1] if after[1][1] > 0 and not is_share else None
    distance = greatest_distance(treated, candidates, *weights)
    shown += [figure(ratio, behind(*all_groups[1]), 2), figure(distance, behind(*all_groups[1]), 2, 1.0)]
    return shown, [before[0][0], before[1][0], after[0][0], after[1][0], *exact, ratio, distance]


# Who is compared with whom.
def whole_strata(treated, candidates, key):
    """Places of participants and of others who agree, stratum by stratum, where there are both."""
    strata = {}
    for arm, group in enumerate((treated, candidates)):
        for place, one in enumerate(group):
            strata.setdefault(key(one[0], one[1]), ([], []))[arm].append(place)
    return [arms for arms in strata.values() if arms[0] and arms[1]]


def equal_weights(sets):
    return [[len(places) / len(others)] * len(others) for places, others in sets]


def rows_of(people, treated, candidates, sets, weights, is_chosen=lambda one: True):
    """Rows (person, index, arm, practice, weight) of the chosen participants, and of the others, who share their weight."""
    rows = []
    for (places, others), of_set in zip(sets, weights):
        chosen = [place for place in places if is_chosen(treated[place])]
        arms = ((chosen, treated, [1.0] * len(chosen)), (others, candidates, [weight * len(chosen) / len(places) for weight in of_set]))
        for arm, (members, group, their) in enumerate(arms):
            rows += [(*group[at][:2], arm, people[group[at][0]]["practice"], weight) for at, weight in zip(members, their) if chosen]
    return rows


# How well people were linked.
def linked_of(group):
    return len(group), sum(one["row"] is not None for one in group)


def linkage_row(group, everybody):
    """Counts, wrong and missed in percent, and the standardised difference of linked and not linked; of nobody all are hidden."""
    (people, linked), (all_people, all_linked) = group, everybody
    unlinked, all_unlinked = people - linked, all_people - all_linked
    rests = lambda degrees, *sizes: functools.reduce(lambda behind, size: behind.group([(1, 1)] * size), sizes, Behind(degrees))
    whole = count(people)[1]
    wrong = figure(0.0, rests(linked - 1, linked), 2) if linked else "*"
    missed = figure(0.0, rests(people - 1, people, unlinked, all_unlinked), 2) if people else "*"
    one, other = linked / all_linked, unlinked / all_unlinked
    sd = math.sqrt((one * (1 - one) + other * (1 - other)) / 2)
    behind = rests(all_people - 2, linked, all_linked - linked, unlinked, all_unlinked - unlinked)
    difference = figure((one - other) / sd, behind, 2, max(one, other) / sd) if sd else "*"
    return [whole, count(linked, whole=(people, whole))[1], wrong, missed, difference]


def alternatives(people, treated, drawn, kept):
    """Rows of each of the other comparisons."""
    offered = [other for other in drawn if kept(*other) == "offered"]
    sex_and_band = lambda row, index: (month_of(index), people[row]["sex"], people[row]["imd"])
    sets = whole_strata(treated, offered, sex_and_band)
    yield rows_of(people, treated, offered, sets, equal_weights(sets))
    # Of ten practices.
    elsewhere = [other for other in offered if people[other[0]]["practice"] < 10]
    by_sex = lambda row, index: (month_of(index), people[row]["sex"])
    sets = whole_strata(treated, elsewhere, by_sex)
    yield rows_of(people, treated, elsewhere, sets, equal_weights(sets))
    sets = whole_strata(treated, offered, by_sex)
    columns = [lambda row: people[row]["age"], lambda row: people[row]["imd"]]
    yield rows_of(people, treated, offered, sets, entropy_weights(sets, treated, offered, columns))


def main():
    people, programme = make_place()
    tables, exact = {}, {}
    counts = lambda numbers: [[count(number)[1]] for number in numbers]

    # Who is analysed.
    linked = [one for one in programme if one["row"] is not None]
    flow = {"no_index": 0, "not_covered": 0, "not_observed": 0}
    analysed = []
    for one in linked:
        index = one["start"]
        if index is None:
            flow["no_index"] += 1
        elif plus_months(index, -LOOK_BACK) < FIRST or plus_months(index, FOLLOW_UP) > LAST + 1:
            flow["not_covered"] += 1
        elif not observed(people[one["row"]])[0] <= index < observed(people[one["row"]])[1]:
            flow["not_observed"] += 1
        else:
            analysed.append(one)
    completed = sum(one["completed"] for one in analysed)
    further = len(linked) - len({one["row"] for one in linked})
    numbers = [len(programme), len(linked), len(programme) - len(linked), further, *flow.values(), len(analysed), completed, len(analysed) - completed]
    tables["flow"], exact["flow"] = counts(numbers), numbers

    # How well they were linked. In this place every link is certain and nobody was missed.
    statuses = [("Completed", lambda one: one["completed"]), ("Dropped", lambda one: not one["completed"]), ("Not recorded", lambda one: False)]
    everybody = linked_of(programme)
    by_status = [linked_of([one for one in programme if holds(one)]) for _, holds in statuses]
    tables["linkage"] = [linkage_row(everybody, everybody)[:4] + ["n/a"]] + [linkage_row(group, everybody) for group in by_status]
    tables["sureness"] = [[count(everybody[1])[1], figure(0.0, Behind(everybody[1] - 1).group([(1, 1)] * everybody[1]), 2)]] + [["0", "*"]] * 3
    tables["status"] = [row[:2] for row in tables["linkage"][1:]]

    # Use and cost of the analysed.
    before, after = (-LOOK_BACK, -DIP), (0, FOLLOW_UP)
    exact["use"], tables["use"], tables["cost"] = [], [], []
    for measure in MEASURES:
        had = [[used(people[one["row"]], one["start"], measure, months)[0] for one in analysed] for months in (before, after)]
        any_had = [sum(amount > 0 for amount in amounts) for amounts in had]
        exact["use"].append([sum(amounts) for amounts in had] + any_had)
        whole = (len(analysed), count(len(analysed))[1])
        if measure[0] in MONEY:
            tables["cost"].append([whole[1]] + [money(amounts)[1] for amounts in had])
        else:
            shares = [count(number, whole=whole)[1] for number in any_had]
            tables["use"].append([whole[1], *shares] + [count(sum(a), n)[1] for a, n in zip(had, any_had)])

    # The frame.
    def eligible(person):
        return person["practice"] is not None and person["imd"] is not None and person["imd"] <= 9

    def seen(person, index):
        start, end, _ = observed(person)
        return start <= plus_months(index, -LOOK_BACK) and index < end

    def kept(row, index):
        return "not_eligible" if not eligible(people[row]) else "offered" if seen(people[row], index) else "not_observed"

    fate = [kept(one["row"], one["start"]) for one in analysed]
    treated = [(one["row"], one["start"], one["completed"]) for one, of in zip(analysed, fate) if of == "offered"]
    dates = [index for _, index in sorted((people[row]["reference"], index) for row, index, _ in treated)]
    participants = {one["row"] for one in linked}
    others = sorted((row for row in range(len(people)) if row not in participants), key=lambda row: people[row]["reference"])
    words = chacha(seed_of("index dates"), 0, 10)
    drawn = [(row, dates[unbiased(words, len(dates))]) for row in others]
    fates = [kept(row, index) for row, index in drawn]
    candidates = [other for other, of in zip(drawn, fates) if of == "offered"]

    # Whole strata of month, sex and age band.
    sets = whole_strata(treated, candidates, lambda row, index: (month_of(index), people[row]["sex"], bisect.bisect_right([40, 65], people[row]["age"])))
    of_sets = equal_weights(sets)
    chosen_rows = lambda is_chosen: rows_of(people, treated, candidates, sets, of_sets, is_chosen)
    rows, of_completers = chosen_rows(lambda one: True), chosen_rows(lambda one: one[2])
    weights = [[0.0] * len(treated), [0.0] * len(candidates)]
    for (places, others), of_set in zip(sets, of_sets):
        for place in places:
            weights[0][place] = 1.0
        for place, weight in zip(others, of_set):
            weights[1][place] = weight
    matched = [sum(row[2] == arm for row in rows) for arm in (0, 1)]
    numbers = [len(people), len(linked), fates.count("not_eligible"), fates.count("not_observed"), len(candidates), matched[1]]
    numbers += [len(candidates) - matched[1], len(analysed), fate.count("not_eligible"), fate.count("not_observed")]
    numbers += [len(treated) - matched[0], matched[0]]
    tables["frame"], exact["frame"] = counts(numbers), numbers

    # Time.
    tables["time"], exact["time"] = [[] for _ in range(4)], [[] for _ in range(4)]
    for arm in (0, 1):
        times = []
        for row in (row for row in rows if row[2] == arm):
            (_, days), (_, end, reason) = used(people[row[0]], row[1], MEASURES[1], after), observed(people[row[0]])
            times.append((days, reason if end < plus_months(row[1], FOLLOW_UP) else None))
        wanted = [lambda _: True, lambda reason: reason is None, lambda reason: reason == "died", lambda reason: reason == "moved"]
        for place, wants in enumerate(wanted):
            days = [days for days, reason in times if wants(reason)]
            years = math.ceil(sum(days) / 365.25)
            exact["time"][place] += [len(days), sum(days)]
            tables["time"][place] += [count(len(days))[1], count(years, min(years, len(days)))[1]]

    # Balance.
    tables["balance"], exact["balance"] = [], []
    columns = [(lambda row, index, code=code: int(people[row]["sex"] == code), True, False) for code in (0, 1)]
    columns.append((lambda row, index: people[row]["age"], False, False))
    for measure in MEASURES:
        for months in (stretch for stretch in STRETCHES if stretch[1] <= 0):
            unit, is_money = (100, True) if measure[0] in MONEY else (1, False)
            columns.append((lambda row, index, m=measure, s=months, u=unit: used(people[row], index, m, s)[0] / u, False, is_money))
    for number, is_share, is_money in columns:
        of = [[number(one[0], one[1]) for one in group] for group in (treated, candidates)]
        shown, values = balance_row(*of, weights, is_share, is_money)
        tables["balance"].append(shown)
        exact["balance"].append(values)

    # Effects.
    planned, exact["effect"] = {}, {}
    sizes = lambda of_rows: [count(sum(row[2] == arm for row in of_rows))[1] for arm in (0, 1)]
    for suffix, of_estimand in (("", rows), ("_completers", of_completers)):
        for table, names in (("effect", USE), ("effect_cost", MONEY)):
            tables[table + suffix] = []
            for name in names:
                of = Estimate(people, of_estimand, name, (before, after), is_drawn=not suffix)
                planned.setdefault(name, of)
                exact["effect"][name + suffix] = of.exact()
                shown = of.shown_rates() + of.shown_changes() + of.shown_difference() + of.shown_against()
                tables[table + suffix].append(sizes(of_estimand) + shown)

    # What the rates are made of.
    tables["rates"], tables["ratio"] = [], []
    for name in USE:
        for arm in (0, 1):
            of_arm = [[used(people[row[0]], row[1], measure_of(name), months) for row in rows if row[2] == arm] for months in (before, after)]
            shown = [sizes(rows)[arm]]
            shown += [count(sum(amount for amount, _ in part), sum(amount > 0 for amount, _ in part))[1] for part in of_arm]
            for part in of_arm:
                years = math.ceil(sum(days for _, days in part) / 365.25)
                shown.append(count(years, min(years, sum(days > 0 for _, days in part)))[1])
            tables["rates"].append(shown)
        tables["ratio"].append(sizes(rows) + planned[name].shown_rate_ratio())

    tables["chance"] = [sizes(rows) + planned[name].shown_p() for name, *_ in MEASURES]

    # The course.
    tables["course"], tables["trend"], exact["course"], exact["apart"], exact["trend"] = [], [], [], [], []
    for name in USE:
        of = Course(people, rows, name, STRETCHES, BASE_STRETCH)
        tables["course"] += [of.shown(at) for at in range(len(STRETCHES))]
        tables["trend"].append(sizes(rows) + [of.shown_p()])
        exact["course"] += of.rates
        exact["apart"].append(of.apart)
        exact["trend"].append(of.p)

    # The effect under other choices.
    def under(names, suffix, of_rows=rows, months=(before, after), **choice):
        for name in names:
            of = Estimate(people, of_rows, name, months, **choice)
            exact["effect"][name + suffix] = of.exact()
            yield sizes(of_rows) + of.shown_against() + of.shown_e_values()

    names = [name for name, *_ in MEASURES]
    shown_again = lambda is_drawn: [sizes(rows) + planned[name].shown_against(is_drawn) + planned[name].shown_e_values(is_drawn) for name in names]
    tables["sensitivity"] = shown_again(False)
    tables["sensitivity"] += under(names, "_placebo", months=((-LOOK_BACK, -PLACEBO), (-PLACEBO, -DIP)))
    tables["sensitivity"] += shown_again(True)
    tables["sensitivity"] += under(MONEY, "_cut", cut=WINSORISE)
    tables["sensitivity"] += under(names, "_washed_in", months=(before, (WASH_IN, FOLLOW_UP)))
    for at, (first, last) in enumerate(LEFT_OUT):
        day = lambda text: (datetime.date.fromisoformat(text) - EPOCH).days
        tables["sensitivity"] += under(names, f"_without_{at}", without=(day(first), day(last) + 1))
    exact["alternatives"] = []
    for at, of_others in enumerate(alternatives(people, treated, drawn, kept)):
        exact["alternatives"].append([sum(row[2] == arm for row in of_others) for arm in (0, 1)])
        tables["sensitivity"] += under(names, f"_alternative_{at}", of_others)
    tables["sensitivity"] += under(USE, "_negative_binomial", kind="negative binomial")
    tables["sensitivity"] += under(MONEY, "_any", part="any")
    tables["sensitivity"] += under(MONEY, "_amount", part="amount")

    # By groups of participants, the last of those whose value is not recorded, whom this place has not.
    year = lambda day: month_of(day)[0]
    subgroups = {
        "by_status": (3, lambda one: 0 if one[2] else 1),
        "by_band": (4, lambda one: bisect.bisect_right([4, 7], people[one[0]]["imd"])),
        "by_year": (4, lambda one: bisect.bisect_right([2021, 2022], year(one[1]))),
    }
    for table, (groups, group_of) in subgroups.items():
        of_groups = [chosen_rows(lambda one: group_of(one) == group) for group in range(groups)]
        tables[table] = []
        for name in names:
            for group, of_group in enumerate(of_groups):
                of = Estimate(people, of_group, name, (before, after)) if of_group else None
                exact["effect"][f"{name}_{table}_{group}"] = of and of.exact()
                tables[table].append(sizes(of_group) + (of.shown_against() if of else ["n/a"] * 3))

    versions = f"Python {sys.version.split()[0]}, numpy {numpy.__version__}, scipy {scipy.__version__}, statsmodels {statsmodels.__version__}"
    print(json.dumps({"made_by": f"make_oracle.py with {versions}", "tables": tables, "exact": exact}))


main()
