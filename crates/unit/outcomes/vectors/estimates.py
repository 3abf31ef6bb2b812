"""One measure of matched people in two periods: rates, effects, and what is shown of them. Needs numpy, scipy and statsmodels."""

import math

import numpy

from chance import bca, draws, signs
from gate import Behind, figure
from models import e_value_slope, e_values, event_study, interaction, least_squares, negative_binomial, poisson, wild_p
from place import used

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


def measure_of(name):
    return next(measure for measure in MEASURES if measure[0] == name)


def ratio_of_ratios(four):
    (p0, p1), (c0, c1) = four
    return (p1 / p0) / (c1 / c0) if p0 > 0 and c0 > 0 and c1 > 0 else None


def difference(four):
    (p0, p1), (c0, c1) = four
    return (p1 - p0) - (c1 - c0)


class Estimate:
    """One measure of rows (person, index, arm, practice, weight) in two periods.

    Amounts may be cut at a share of them; days may be left out; part is "any" (whether there was any) or "amount" (how much those had who
    had any, for each of them); kind is the model of the ratio.
    """

    def __init__(self, people, rows, name, months, cut=None, without=None, part=None, kind="poisson", is_drawn=False):
        measure = measure_of(name)
        self.rows, self.is_money, self.kind = rows, name in MONEY and part != "any", kind
        each = [[used(people[row[0]], row[1], measure, period, without) for period in months] for row in rows]
        self.amounts = numpy.array([[period[0] for period in row] for row in each])
        years = numpy.array([[period[1] / 365.25 for period in row] for row in each])
        if part == "any":
            self.amounts = (self.amounts > 0) * 1
        elif part == "amount":
            years = (self.amounts > 0) / 365.25
        if cut is not None:
            every = numpy.sort(self.amounts, axis=None)
            self.amounts = numpy.minimum(self.amounts, every[math.ceil(len(every) * cut) - 1])
        weights, arms = numpy.array([row[4] for row in rows]), numpy.array([row[2] for row in rows])
        self.weights, self.arms = weights, arms
        practices = sorted({row[3] for row in rows})
        place = numpy.array([practices.index(row[3]) for row in rows])
        sums = numpy.zeros((len(practices), 2, 2, 2))
        for of, numbers in enumerate((self.amounts, years)):
            for period in (0, 1):
                numpy.add.at(sums, (place, arms, period, of), weights * numbers[:, period])
        rates = lambda sums: [[float(sums[a, p, 0] / sums[a, p, 1]) for p in (0, 1)] for a in (0, 1)]
        total = sums.sum(axis=0)
        self.four = rates(total)
        self.changes = [100 * (after / before - 1) if before > 0 else None for before, after in self.four]
        self.did, self.ror = self.models(years, place)
        self.drawn = None
        if is_drawn:
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
        self.rate_ratio = None
        if self.kind == "poisson" and self.four[0][1] > 0 and self.four[1][1] > 0:
            late = after == 1
            two = numpy.column_stack([numpy.ones(late.sum()), treated[late]])
            model, scores, information = poisson(outcomes[late], two, exposures[late], weights[late], groups[late])
            ratio = interaction(model, two, scores, information, groups[late])
            self.rate_ratio = [math.exp(log) for log in ratio]
            assert abs(self.rate_ratio[0] / (self.four[0][1] / self.four[1][1]) - 1) < 1e-9
        columns = numpy.column_stack([numpy.ones(len(after)), treated, after, treated * after])

        by_person_time = weights * exposures
        model, scores = least_squares(outcomes / exposures, columns, by_person_time, groups)
        did = interaction(model, columns, scores, by_person_time, groups)
        self.p_by_t = float(model.pvalues[-1])
        t = float(model.tvalues[-1])
        self.wild_p = lambda: wild_p(outcomes / exposures, columns, by_person_time, groups, signs(len(set(groups))), t)
        assert abs(did[0] - difference(self.four)) <= 1e-9 * max(map(max, self.four))
        if min(map(min, self.four)) <= 0:
            return did, None
        if self.kind == "negative binomial":
            ror = negative_binomial(outcomes, columns, exposures, weights, groups)
            return did, ror and [math.exp(log) for log in ror]
        model, scores, information = poisson(outcomes, columns, exposures, weights, groups)
        ror = interaction(model, columns, scores, information, groups)
        assert abs(math.exp(ror[0]) / ratio_of_ratios(self.four) - 1) < 1e-9
        return did, [math.exp(log) for log in ror]

    def behind(self, arms, periods):
        return behind_of(self.arms, self.weights, self.amounts, arms, periods, self.is_money)

    def unit(self, value):
        return value / 100 if self.is_money else value

    def shown_rates(self):
        decimals = 0 if self.is_money else 3
        return [figure(self.unit(self.four[a][p]), self.behind([a], [p]), decimals) for a in (0, 1) for p in (0, 1)]

    def shown_p(self):
        behind = self.behind([0, 1], [0, 1])
        return [figure(p, behind, 2, 0.4 / 3 * math.sqrt(behind.people)) for p in (self.p_by_t, self.wild_p())]

    def shown_rate_ratio(self):
        return [figure(value, self.behind([0, 1], [1]), 2) for value in self.rate_ratio or [None] * 3]

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

    def shown_e_values(self, is_drawn=False):
        three, behind = self.drawn[1] if is_drawn else self.ror, self.behind([0, 1], [0, 1])
        values = e_values(three) if three else [None, None]
        return [figure(value, behind, 2, 0.0 if value is None else e_value_slope(value)) for value in values]

    def exact(self):
        modelled = {"difference": self.did, "ratio_of_ratios": self.ror}
        exact = {"rates": self.four, "changes": self.changes, "modelled": modelled, "e_values": self.ror and e_values(self.ror)}
        if self.drawn:
            exact["drawn"] = dict(zip(("difference", "ratio_of_ratios"), self.drawn))
        return exact


def behind_of(of_arm, weights, amounts, arms, periods, is_money):
    people = sum(int((of_arm == arm).sum()) for arm in arms)
    behind = Behind(people - len(arms) * len(periods))
    for arm in arms:
        for period in periods:
            wanted = of_arm == arm
            behind.group(list(zip(amounts[wanted, period].tolist(), weights[wanted].tolist())), is_money)
    return behind


class Course:
    """One measure of rows in every stretch, set beside the base."""

    def __init__(self, people, rows, name, stretches, base):
        each = [[used(people[row[0]], row[1], measure_of(name), stretch) for stretch in stretches] for row in rows]
        self.amounts = numpy.array([[amount for amount, _ in row] for row in each])
        self.years = numpy.array([[days / 365.25 for _, days in row] for row in each])
        self.weights, self.arms = numpy.array([row[4] for row in rows]), numpy.array([row[2] for row in rows])
        self.base, self.stretches = base, len(stretches)
        total = lambda numbers, arm, at: (self.weights * numbers[:, at])[self.arms == arm].sum()
        self.rates = [[float(total(self.amounts, a, at) / total(self.years, a, at)) for a in (0, 1)] for at in range(len(stretches))]
        practices, places = numpy.array([row[3] for row in rows]), range(len(stretches))
        seen = self.years > 0
        together = lambda of: numpy.concatenate([of(at)[seen[:, at]] for at in places])
        self.apart, self.p = event_study(
            together(lambda at: self.amounts[:, at].astype(float)),
            together(lambda at: self.years[:, at]),
            together(lambda _: self.weights),
            together(lambda _: practices),
            together(lambda _: 1.0 - self.arms),
            together(lambda at: numpy.full(len(rows), at)),
            len(stretches),
            base,
        )

    def behind(self, at, arms=(0, 1), with_base=True):
        columns = [self.base, at] if with_base else [at]
        return behind_of(self.arms, self.weights, self.amounts[:, columns], arms, range(len(columns)), False)

    def shown(self, at):
        rates = [figure(self.rates[at][arm], self.behind(at, [arm], False), 3) for arm in (0, 1)]
        greatest = max(rate for stretch in (at, self.base) for rate in self.rates[stretch])
        values = self.apart[at] or [None] * 3
        return rates + [figure(value, self.behind(at), 3, greatest) for value in values]

    def shown_p(self):
        """One person more in n moves a statistic by 1 / sqrt(n) standard errors, and p by 0.4 of that at most."""
        behind = [self.behind(at) for at in range(self.base + 1)]
        worst = Behind(min(one.degrees for one in behind))
        worst.people = min((one.people for one in behind if one.people), default=0)
        return figure(self.p, worst, 2, 0.4 / 3 * math.sqrt(worst.people))
