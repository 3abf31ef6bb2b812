"""The tables of the made-up place of src/tests/place.rs, reckoned a second time from the words of the documentation.

Run with numpy and statsmodels installed: `python make_oracle.py > oracle.json`. Nothing here is shared with the Rust code: calendar
arithmetic, ChaCha8, exact matching, the cluster bootstrap, BCa limits, balance and the grain of figures are all written again. Effects and
their intervals are those of statsmodels: a saturated Poisson regression and weighted least squares, a row a person and period, covariance by
cluster with its correction of G/(G-1) x (N-1)/(N-K) for G clusters, N rows and K coefficients, and t with G-1 degrees of freedom.
"""

import bisect
import datetime
import hashlib
import json
import math
import struct
import sys
import warnings
from statistics import NormalDist

import numpy
import scipy
import scipy.stats
import statsmodels
import statsmodels.api as sm

from gate import Behind, count, figure, half_away, money
from place import BASE, EPOCH, make_place, month_of, observed, plus_months, used

# The errors of weighted rows are reckoned a second time here.
warnings.filterwarnings("ignore", "cov_type not fully supported with var_weights")

SEED, DRAWS = bytes([42] * 32), 2_000
LOOK_BACK, DIP, FOLLOW_UP, LAG, PLACEBO, WINSORISE = 18, 3, 12, 30, 6, 0.95
FIRST, LAST = BASE, (datetime.date(2023, 12, 31) - EPOCH).days - LAG
STRETCHES = [(-18, -15), (-15, -9), (-9, -3), (-3, 0), (0, 6), (6, 12)]
# Name, event codes, method or None, what is added up, whether recorded only since the practice.
MEASURES = [
    ("gp", {0}, None, None, True),
    ("ae", {1}, None, None, False),
    ("emergency", {2}, 0, None, False),
    ("beds", {2}, None, "days", False),
    ("elective", {2}, 1, None, False),
    ("hospital_cost", {1, 2}, None, "cost", False),
    ("gp_cost", {0}, None, "cost", True),
]
MONEY = [name for name, _, _, total, _ in MEASURES if total == "cost"]
USE = [name for name, *_ in MEASURES if name not in MONEY]
ARMS, PERIODS = ("participants", "comparison"), ("before", "after")


# Random numbers.
def chacha8(key, stream):
    """Words of ChaCha with 8 rounds, a counter of 64 bits and a stream of 64 bits."""
    mask, counter = 0xFFFFFFFF, 0
    while True:
        start = list(struct.unpack("<4I", b"expand 32-byte k")) + list(struct.unpack("<8I", key))
        start += list(struct.unpack("<4I", struct.pack("<QQ", counter, stream)))
        x = list(start)

        def quarter(a, b, c, d):
            for one, other, third, by in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
                x[one] = (x[one] + x[other]) & mask
                word = x[third] ^ x[one]
                x[third] = ((word << by) | (word >> (32 - by))) & mask

        for _ in range(4):
            quarter(0, 4, 8, 12), quarter(1, 5, 9, 13), quarter(2, 6, 10, 14), quarter(3, 7, 11, 15)
            quarter(0, 5, 10, 15), quarter(1, 6, 11, 12), quarter(2, 7, 8, 13), quarter(3, 4, 9, 14)
        yield from ((one + other) & mask for one, other in zip(x, start))
        counter += 1


def seed_of(purpose):
    return hashlib.sha256(SEED + purpose.encode()).digest()


# The estimates.
def bca(values, estimate, left_out, normal=NormalDist()):
    values = numpy.sort(values)
    below, up_to = (values < estimate).sum(), (values <= estimate).sum()
    bias = normal.inv_cdf((below + up_to) / (2 * len(values)))
    apart = numpy.mean(left_out) - numpy.array(left_out)
    acceleration = (apart**3).sum() / (6 * (apart**2).sum() ** 1.5)
    levels = (normal.cdf(bias + (bias + z) / (1 - acceleration * (bias + z))) for z in (normal.inv_cdf(0.025), normal.inv_cdf(0.975)))
    return [float(numpy.quantile(values, level)) for level in levels]


def ratio_of_ratios(four):
    (p0, p1), (c0, c1) = four
    return (p1 / p0) / (c1 / c0) if p0 > 0 and c0 > 0 and c1 > 0 else None


def difference(four):
    (p0, p1), (c0, c1) = four
    return (p1 - p0) - (c1 - c0)


DRAWN = {}


def draws(clusters):
    if clusters not in DRAWN:
        times = numpy.zeros((DRAWS, clusters))
        for draw in range(DRAWS):
            words = chacha8(seed_of("bootstrap"), draw)
            for _ in range(clusters):
                times[draw, next(words) * clusters >> 32] += 1
        DRAWN[clusters] = times
    return DRAWN[clusters]


def interaction(model, columns, residuals, information, groups):
    """The last coefficient and its 95 % interval, whose standard error is also reckoned from the formula."""
    scores = numpy.array([(columns * residuals[:, None])[groups == group].sum(axis=0) for group in sorted(set(groups))])
    bread = numpy.linalg.inv((columns * information[:, None]).T @ columns)
    rows, coefficients, clusters = *columns.shape, len(scores)
    correction = clusters / (clusters - 1) * (rows - 1) / (rows - coefficients)
    error = math.sqrt((bread @ scores.T @ scores @ bread)[-1, -1] * correction)
    reach = scipy.stats.t.ppf(0.975, clusters - 1) * error
    assert abs(error / model.bse[-1] - 1) < 1e-8, (error, model.bse[-1])
    estimate = float(model.params[-1])
    return [estimate, estimate - reach, estimate + reach]


class Estimate:
    """One measure of rows (person, index, arm, practice, weight) in two periods."""

    def __init__(self, people, rows, name, months, cut=None, is_effect=True):
        measure = next(measure for measure in MEASURES if measure[0] == name)
        self.rows, self.is_money = rows, name in MONEY
        each = [[used(people[row[0]], row[1], measure, period) for period in months] for row in rows]
        self.amounts = numpy.array([[period[0] for period in row] for row in each])
        years = numpy.array([[period[1] / 365.25 for period in row] for row in each])
        if cut is not None:
            every = numpy.sort(self.amounts, axis=None)
            self.amounts = numpy.minimum(self.amounts, every[math.ceil(len(every) * cut) - 1])
        weights, arms = numpy.array([row[4] for row in rows]), numpy.array([row[2] for row in rows])
        self.weights, self.arms = weights, arms
        practices = sorted({row[3] for row in rows})
        place = numpy.array([practices.index(row[3]) for row in rows])
        sums = numpy.zeros((len(practices), 2, 2, 2))
        for kind, numbers in enumerate((self.amounts, years)):
            for period in (0, 1):
                numpy.add.at(sums, (place, arms, period, kind), weights * numbers[:, period])
        rates = lambda sums: [[float(sums[a, p, 0] / sums[a, p, 1]) for p in (0, 1)] for a in (0, 1)]
        total = sums.sum(axis=0)
        self.four = rates(total)
        self.changes = [100 * (after / before - 1) if before > 0 else None for before, after in self.four]
        if not is_effect:
            return
        self.did, self.ror = self.models(years, place)
        replicates = [rates(drawn) for drawn in numpy.tensordot(draws(len(practices)), sums, axes=1)]
        left_out = [rates(total - one) for one in sums]
        self.drawn = [self.interval(of, replicates, left_out) for of in (difference, ratio_of_ratios)]

    def interval(self, statistic, replicates, left_out):
        values = [value for value in map(statistic, replicates) if value is not None]
        if 20 * (len(replicates) - len(values)) > len(replicates):
            return None
        estimate = statistic(self.four)
        return [estimate, *bca(values, estimate, [statistic(four) for four in left_out])]

    def models(self, years, practices):
        """The difference in differences and the ratio of ratios, each with the interval of its interaction, or None."""
        seen = [years[:, period] > 0 for period in (0, 1)]
        both = lambda of: numpy.concatenate([of(period)[seen[period]] for period in (0, 1)])
        outcomes, exposures = both(lambda p: self.amounts[:, p].astype(float)), both(lambda p: years[:, p])
        weights, groups, treated = both(lambda _: self.weights), both(lambda _: practices), both(lambda _: 1.0 - self.arms)
        after = both(lambda p: numpy.full(len(self.rows), float(p)))
        columns = numpy.column_stack([numpy.ones(len(after)), treated, after, treated * after])
        kinds = {"cov_type": "cluster", "cov_kwds": {"groups": groups}, "use_t": True}

        by_person_time = weights * exposures
        model = sm.WLS(outcomes / exposures, columns, weights=by_person_time).fit(**kinds)
        did = interaction(model, columns, by_person_time * (outcomes / exposures - model.fittedvalues), by_person_time, groups)
        assert abs(did[0] - difference(self.four)) <= 1e-9 * max(map(max, self.four))
        if min(map(min, self.four)) <= 0:
            return did, None
        model = sm.GLM(outcomes, columns, family=sm.families.Poisson(), exposure=exposures, var_weights=weights).fit(tol=1e-14, maxiter=200, **kinds)
        ror = interaction(model, columns, weights * (outcomes - model.fittedvalues), weights * model.fittedvalues, groups)
        assert abs(math.exp(ror[0]) / ratio_of_ratios(self.four) - 1) < 1e-9
        return did, [math.exp(log) for log in ror]

    def behind(self, arms, periods):
        people = sum(int((self.arms == arm).sum()) for arm in arms)
        behind = Behind(people - len(arms) * len(periods))
        for arm in arms:
            for period in periods:
                of_arm = self.arms == arm
                behind.group(list(zip(self.amounts[of_arm, period].tolist(), self.weights[of_arm].tolist())), self.is_money)
        return behind

    def unit(self, value):
        return value / 100 if self.is_money else value

    def shown_rates(self):
        decimals = 0 if self.is_money else 3
        return [figure(self.unit(self.four[a][p]), self.behind([a], [p]), decimals) for a in (0, 1) for p in (0, 1)]

    def shown_changes(self):
        terms = lambda change: 0.0 if change is None else max(change + 100, 100)
        return [figure(change, self.behind([arm], [0, 1]), 1, terms(change)) for arm, change in enumerate(self.changes)]

    def shown_difference(self):
        greatest, decimals = max(self.unit(rate) for arm in self.four for rate in arm), 0 if self.is_money else 3
        values = self.did or [None] * 3
        return [figure(value if value is None else self.unit(value), self.behind([0, 1], [0, 1]), decimals, greatest) for value in values]

    def shown_against(self, is_drawn=False):
        values, behind = (self.drawn[1] if is_drawn else self.ror) or [None] * 3, self.behind([0, 1], [0, 1])
        percent = lambda value: (None, behind, 1) if value is None else (100 * (value - 1), behind, 1, 100 * max(value, 1))
        return [figure(*percent(value)) for value in values]

    def exact(self):
        modelled, drawn = {"difference": self.did, "ratio_of_ratios": self.ror}, dict(zip(("difference", "ratio_of_ratios"), self.drawn))
        return {"rates": self.four, "changes": self.changes, "modelled": modelled, "drawn": drawn}


# The balance.
def moments(values, weights, binary):
    pairs = [(value, weight) for value, weight in zip(values, weights) if weight > 0]
    total, squares = sum(w for _, w in pairs), sum(w * w for _, w in pairs)
    mean = sum(v * w for v, w in pairs) / total
    if binary:
        return mean, mean * (1 - mean)
    return mean, sum(w * (v - mean) ** 2 for v, w in pairs) * total / (total * total - squares)


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
    return shown + [figure(ratio, behind(*all_groups[1]), 2)], [before[0][0], before[1][0], after[0][0], after[1][0], *exact, ratio]


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
    words = chacha8(seed_of("index dates"), 0)
    drawn = [(row, dates[next(words) * len(dates) >> 32]) for row in others]
    fates = [kept(row, index) for row, index in drawn]
    candidates = [other for other, of in zip(drawn, fates) if of == "offered"]

    # Whole strata of month, sex and age band.
    stratum = lambda row, index: (month_of(index), people[row]["sex"], bisect.bisect_right([40, 65], people[row]["age"]))
    strata = {}
    for arm, group in enumerate((treated, candidates)):
        for place, one in enumerate(group):
            strata.setdefault(stratum(one[0], one[1]), ([], []))[arm].append(place)
    weights = [[0.0] * len(treated), [0.0] * len(candidates)]
    rows, of_completers = [], []
    for in_both in (arms for arms in strata.values() if arms[0] and arms[1]):
        done = sum(treated[place][2] for place in in_both[0])
        for arm, group in enumerate((treated, candidates)):
            for place in in_both[arm]:
                weight = 1.0 if arm == 0 else len(in_both[0]) / len(in_both[1])
                weights[arm][place] = weight
                row = (group[place][0], group[place][1], arm, people[group[place][0]]["practice"])
                rows.append((*row, weight))
                if arm == 0 and group[place][2]:
                    of_completers.append((*row, 1.0))
                elif arm == 1 and done:
                    of_completers.append((*row, done / len(in_both[1])))
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
    for suffix, of_estimand in (("", rows), ("_completers", of_completers)):
        sizes = [count(sum(row[2] == arm for row in of_estimand))[1] for arm in (0, 1)]
        for table, names in (("effect", USE), ("effect_cost", MONEY)):
            tables[table + suffix] = []
            for name in names:
                of = Estimate(people, of_estimand, name, (before, after))
                planned.setdefault(name, of)
                exact["effect"][name + suffix] = of.exact()
                tables[table + suffix].append(sizes + of.shown_rates() + of.shown_changes() + of.shown_difference() + of.shown_against())
    tables["course"], exact["course"] = [], []
    for name in USE:
        for stretch in STRETCHES:
            of = Estimate(people, rows, name, (stretch, stretch), is_effect=False)
            rates = of.shown_rates()
            tables["course"].append([rates[0], rates[2]])
            exact["course"].append([of.four[0][0], of.four[1][0]])
    placebo = ((-LOOK_BACK, -PLACEBO), (-PLACEBO, -DIP))

    def under(other, names, suffix, cut=None):
        for name in names:
            of = Estimate(people, rows, name, other, cut)
            exact["effect"][name + suffix] = of.exact()
            yield of.shown_against()

    names = [name for name, *_ in MEASURES]
    tables["sensitivity"] = [planned[name].shown_against() for name in names]
    tables["sensitivity"] += under(placebo, names, "_placebo")
    tables["sensitivity"] += [planned[name].shown_against(is_drawn=True) for name in names]
    tables["sensitivity"] += under((before, after), MONEY, "_cut", WINSORISE)

    versions = f"Python {sys.version.split()[0]}, numpy {numpy.__version__}, scipy {scipy.__version__}, statsmodels {statsmodels.__version__}"
    print(json.dumps({"made_by": f"make_oracle.py with {versions}", "tables": tables, "exact": exact}))


main()
