"""Makes panel.csv, quarters.csv and expected.json with independent implementations.

    python make_vectors.py        (numpy, scipy, pandas, statsmodels, wildboottest; versions are noted in expected.json)

The people are made up by a seeded generator. Models are those of statsmodels, distributions those of scipy; the bootstrap and the
wild bootstrap are written out here, row by row, on draws of our own ChaCha8, and beside them run on draws of numpy.
"""

import itertools
import json
import os
from importlib.metadata import version

import numpy as np
import pandas as pd
import scipy
import scipy.stats as st
import statsmodels
import statsmodels.api as sm
from statsmodels.stats.proportion import proportion_confint
from wildboottest.wildboottest import wildboottest

HERE = os.path.dirname(os.path.abspath(__file__))
SEED = bytes(range(32))
DRAWS = 2_000
QUARTERS = list(range(-4, 4))
BASE, TESTED = -2, [-4, -3]


# ---- ChaCha8 with a 64-bit block counter and a 64-bit stream, as in rand_chacha; one stream for each draw.
def chacha8_words(seed, draws, words):
    key = np.frombuffer(seed, dtype="<u4").astype(np.uint32)
    constants = np.frombuffer(b"expand 32-byte k", dtype="<u4").astype(np.uint32)
    out = []
    for block in range((words + 15) // 16):
        start = [np.full(draws, constant, np.uint32) for constant in constants]
        start += [np.full(draws, word, np.uint32) for word in key]
        start += [np.full(draws, block, np.uint32), np.zeros(draws, np.uint32)]
        start += [np.arange(draws, dtype=np.uint32), np.zeros(draws, np.uint32)]
        state = [word.copy() for word in start]

        def rotate(word, by):
            return (word << np.uint32(by)) | (word >> np.uint32(32 - by))

        def quarter(a, b, c, d):
            for x, y, z, by in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
                state[x] = state[x] + state[y]
                state[z] = rotate(state[z] ^ state[x], by)

        for _ in range(4):
            for column in range(4):
                quarter(column, 4 + column, 8 + column, 12 + column)
            for column in range(4):
                quarter(column, 4 + (column + 1) % 4, 8 + (column + 2) % 4, 12 + (column + 3) % 4)
        out += [a + b for a, b in zip(state, start)]
    return np.stack(out[:words], axis=1)


# A published ChaCha8 output for the all-zero key (draft-strombergson-chacha-test-vectors-01, TC1).
zero = chacha8_words(bytes(32), 1, 4)[0].astype("<u4").tobytes().hex()
assert zero == "3e00ef2f895f40d67f5bb8e81f09a5a1", zero


# ---- made-up people: sets of one participant and one or two comparison people, in 25 practices.
def make_panel():
    rng = np.random.default_rng(20_240_601)
    rows, quarters = [], []
    for number in range(150):
        practice = int(rng.integers(0, 25)) * 7 + 100
        partners = int(rng.integers(1, 3))
        for member in range(partners + 1):
            arm = "participant" if member == 0 else "comparison"
            own = practice if member == 0 or rng.random() < 0.4 else int(rng.integers(0, 25)) * 7 + 100
            frailty = rng.gamma(1.2, 1 / 1.2) * (1 + 0.3 * np.sin(practice))
            days = [91 if quarter < 0 else int(91 * min(1, max(0, rng.normal(1.6 - 0.25 * quarter, 0.5)))) for quarter in QUARTERS]
            for at in range(5, 8):
                days[at] = days[at] if days[at - 1] == 91 else 0
            effect = [0.75 if arm == "participant" and quarter >= 0 else 1.0 for quarter in QUARTERS]
            mean = [frailty * 3.1 * factor * day / 365.25 for factor, day in zip(effect, days)]
            events = [int(rng.poisson(m)) for m in mean]
            pence = [sum(int(rng.gamma(0.8, 90_000)) for _ in range(count)) for count in events]
            rows.append((arm, number, own, 1.0 if member == 0 else 1 / partners, sum(days[:4]), sum(days[4:]),
                         sum(events[:4]), sum(events[4:]), sum(pence[:4]), sum(pence[4:])))
            quarters.append(days + events)
    names = "arm set practice weight before_days after_days before_events after_events before_pence after_pence".split()
    panel = pd.DataFrame(rows, columns=names)
    order = rng.permutation(len(panel))
    labels = [f"d{quarter}" for quarter in QUARTERS] + [f"n{quarter}" for quarter in QUARTERS]
    return panel.iloc[order].reset_index(drop=True), pd.DataFrame(quarters, columns=labels).iloc[order].reset_index(drop=True)


panel, quarters = make_panel()
panel.to_csv(os.path.join(HERE, "panel.csv"), index=False)
quarters.to_csv(os.path.join(HERE, "quarters.csv"), index=False)
panel = pd.read_csv(os.path.join(HERE, "panel.csv"))
of_set = panel[panel.arm == "participant"].set_index("set").practice
panel["cluster"] = panel.set.map(of_set)
quarters["cluster"], quarters["arm"], quarters["weight"] = panel.cluster, panel.arm, panel.weight
expected = {
    "versions": {
        "numpy": np.__version__, "scipy": scipy.__version__, "pandas": pd.__version__, "statsmodels": statsmodels.__version__,
        "wildboottest": version("wildboottest"),
    },
    "seed": list(SEED),
    "draws": DRAWS,
}


# ---- distributions
expected["distributions"] = {
    "normal_quantile": [[p, st.norm.ppf(p)] for p in (1e-10, 1e-4, 0.005, 0.025, 0.3, 0.5, 0.8, 0.975, 0.9999)],
    "t_upper_quantile": [[tail, df, st.t.isf(tail, df)] for tail in (0.25, 0.05, 0.025, 0.005) for df in (1, 2, 5, 24, 199, 201, 5_000, 2e6)],
    "t_two_sided": [[t, df, 2 * st.t.sf(abs(t), df)] for t in (-6.0, 0.1, 1.0, 2.5) for df in (1, 5, 24, 199, 201, 5_000, 50_000)],
    "chi_squared_upper": [[x, df, st.chi2.sf(x, df)] for x in (0.1, 1.0, 5.0, 30.0) for df in (1, 2, 7, 20)],
    "f_upper": [[x, a, b, st.f.sf(x, a, b)] for x in (0.1, 1.0, 4.0, 25.0) for a in (1, 3, 10) for b in (2, 24, 300)],
}


# ---- rates
def four(frame, amount):
    cells = {}
    for arm in ("participant", "comparison"):
        for period in ("before", "after"):
            rows = frame[frame.arm == arm]
            total = (rows.weight * rows[f"{period}_{amount}"]).sum()
            years = (rows.weight * rows[f"{period}_days"]).sum() / 365.25
            cells[arm, period] = total / years if years > 0 else np.nan
    return cells


def statistics(frame, amount):
    r = four(frame, amount)
    p0, p1, c0, c1 = (r["participant", "before"], r["participant", "after"], r["comparison", "before"], r["comparison", "after"])
    with np.errstate(all="ignore"):
        return {
            "difference": (p1 - p0) - (c1 - c0),
            "ratio_of_ratios": np.float64(p1) / p0 / (np.float64(c1) / c0),
            "below_expectation": 100 * (1 - np.float64(p1) / p0 / (np.float64(c1) / c0)),
            "percentage_points": 100 * (np.float64(p1) / p0 - np.float64(c1) / c0),
            "rate_ratio_after": np.float64(p1) / c1,
            "participant_change": 100 * (np.float64(p1) / p0 - 1),
            "comparison_rate_after": c1,
        }


expected["rates"] = {amount: statistics(panel, amount) for amount in ("events", "pence")}


# ---- models
def long_rows(frame, amount, periods=("before", "after")):
    parts = []
    for period in periods:
        part = frame[frame[f"{period}_days"] > 0]
        parts.append(pd.DataFrame({
            "y": part[f"{period}_{amount}"].astype(float), "years": part[f"{period}_days"] / 365.25, "weight": part.weight,
            "cluster": part.cluster, "participant": (part.arm == "participant") * 1.0, "after": float(period == "after"),
        }))
    return pd.concat(parts, ignore_index=True)


def design(rows, both):
    columns = [np.ones(len(rows)), rows.participant]
    if both:
        columns += [rows.after, rows.participant * rows.after]
    return np.column_stack(columns)


def described(result, column, groups):
    beta, se = float(result.params[column]), float(result.bse[column])
    df = groups - 1
    half_t, half_z = st.t.ppf(0.975, df) * se, st.norm.ppf(0.975) * se
    return {"beta": beta, "se": se, "t": [beta - half_t, beta + half_t], "normal": [beta - half_z, beta + half_z],
            "p_t": 2 * st.t.sf(abs(beta / se), df), "p_normal": 2 * st.norm.sf(abs(beta / se))}


def sandwich(x, score_factor, information, groups):
    scores = pd.DataFrame(x * score_factor[:, None]).groupby(np.asarray(groups)).sum().to_numpy()
    bread = np.linalg.inv(information)
    n, k, g = len(x), x.shape[1], len(scores)
    return bread @ (scores.T @ scores) @ bread * g / (g - 1) * (n - 1) / (n - k)


def poisson(rows, x):
    model = sm.GLM(rows.y.to_numpy(), x, family=sm.families.Poisson(), offset=np.log(rows.years.to_numpy()), freq_weights=rows.weight.to_numpy())
    result = model.fit(tol=1e-14, maxiter=200, cov_type="cluster", cov_kwds={"groups": rows.cluster.to_numpy()})
    mu, w = result.fittedvalues, rows.weight.to_numpy()
    plain = sandwich(x, w * (rows.y.to_numpy() - mu), (x * (w * mu)[:, None]).T @ x, rows.cluster)
    assert np.allclose(np.sqrt(np.diag(plain)), result.bse, rtol=1e-9), (np.sqrt(np.diag(plain)), result.bse)
    return result


groups = panel.cluster.nunique()
expected["clusters"] = groups
expected["poisson"] = {}
for amount in ("events", "pence"):
    rows = long_rows(panel, amount)
    expected["poisson"][amount] = {"ratio_of_ratios": described(poisson(rows, design(rows, True)), 3, groups)}
    rows = long_rows(panel, amount, ("after",))
    expected["poisson"][amount]["rate_ratio_after"] = described(poisson(rows, design(rows, False)), 1, groups)

# With a covariate, so that nothing is saturated: years under observation before, by way of a made-up age.
rows = long_rows(panel, "events")
age = (np.arange(len(rows)) * 37 % 50) / 10.0
x = np.column_stack([design(rows, True), age])
result = poisson(rows, x)
expected["poisson_covariate"] = {"beta": list(result.params), "se": list(result.bse)}

unweighted = rows.assign(weight=1.0)
model = sm.NegativeBinomial(unweighted.y.to_numpy(), x, loglike_method="nb2", exposure=unweighted.years.to_numpy())
start = np.append(poisson(unweighted, x).params, 0.3)
result = model.fit(start_params=start, method="newton", tol=1e-14, maxiter=200, disp=0, cov_type="cluster", cov_kwds={"groups": unweighted.cluster.to_numpy()})
expected["negative_binomial"] = {"beta": list(result.params[:-1]), "se": list(result.bse[:-1]), "dispersion": float(result.params[-1])}

expected["linear"] = {}
for amount in ("events", "pence"):
    rows = long_rows(panel, amount)
    for name, weight in (("person_time", rows.weight * rows.years), ("people", rows.weight)):
        model = sm.WLS((rows.y / rows.years).to_numpy(), design(rows, True), weights=weight.to_numpy())
        result = model.fit(cov_type="cluster", cov_kwds={"groups": rows.cluster.to_numpy()})
        expected["linear"][f"{amount}_{name}"] = described(result, 3, groups)


# ---- wild cluster bootstrap-t, sample by sample
def wild(y, x, w, cluster, column, signs):
    ids = np.unique(cluster)
    others = [c for c in range(x.shape[1]) if c != column]
    root = np.sqrt(w)
    held = np.linalg.lstsq(x[:, others] * root[:, None], y * root, rcond=None)[0]
    fitted = x[:, others] @ held
    residual = y - fitted
    position = np.searchsorted(ids, cluster)
    information = (x * w[:, None]).T @ x
    bread = np.linalg.inv(information)

    def t(sample):
        beta = bread @ ((x * w[:, None]).T @ sample)
        covariance = sandwich(x, w * (sample - x @ beta), information, cluster)
        return beta[column] / np.sqrt(covariance[column, column])

    observed = t(y)
    reached = sum(abs(t(fitted + residual * sign[position])) >= abs(observed) * (1 - 1e-9) for sign in signs)
    return float(observed), int(reached)


few = sorted(panel.cluster.unique())[:9]
expected["wild"] = {"few_clusters": [int(cluster) for cluster in few]}
rows = long_rows(panel[panel.cluster.isin(few)], "events")
signs = [np.array(pattern) for pattern in itertools.product([1.0, -1.0], repeat=len(few))]
y, x = (rows.y / rows.years).to_numpy(), design(rows, True)
t, reached = wild(y, x, (rows.weight * rows.years).to_numpy(), rows.cluster.to_numpy(), 3, signs)
expected["wild"]["enumerated"] = {"t": t, "p": reached / len(signs), "patterns": len(signs)}

# Beside another implementation, which takes no weights.
t, reached = wild(y, x, np.ones(len(y)), rows.cluster.to_numpy(), 3, signs)
model = sm.OLS(y, pd.DataFrame(x, columns=["one", "participant", "after", "both"]))
other = wildboottest(
    model, param="both", cluster=rows.cluster.to_numpy(), B=9_999, weights_type="rademacher", impose_null=True,
    bootstrap_type="11", seed=1, adj=True, cluster_adj=True, parallel=False, show=False)
expected["wild"]["enumerated_unweighted"] = {
    "t": t, "p": reached / len(signs), "patterns": len(signs),
    "wildboottest_t": float(other["statistic"].iloc[0]), "wildboottest_p": float(other["p-value"].iloc[0]),
}

rows = long_rows(panel, "events")
y, x = (rows.y / rows.years).to_numpy(), design(rows, True)
words = chacha8_words(SEED, 999, groups)
t, reached = wild(y, x, (rows.weight * rows.years).to_numpy(), rows.cluster.to_numpy(), 3, np.where(words >> 31, -1.0, 1.0))
expected["wild"]["drawn"] = {"t": t, "p": (reached + 1) / 1_000, "patterns": 999}


# ---- cluster bootstrap, on our draws exactly and on numpy's within Monte Carlo error
def replicate(frame, amount, times):
    ids = np.unique(frame.cluster)
    return statistics(frame.assign(weight=frame.weight * times[np.searchsorted(ids, frame.cluster)]), amount)


words = chacha8_words(SEED, DRAWS, groups).astype(np.uint64)
ours = np.stack([np.bincount(draw, minlength=groups) for draw in (words * np.uint64(groups) >> np.uint64(32)).astype(int)])
expected["multiplicities_of_draw_0_and_1999"] = [ours[0].tolist(), ours[-1].tolist()]
rng = np.random.default_rng(99)
theirs = rng.multinomial(groups, np.full(groups, 1 / groups), size=4_000)
leave_out = 1 - np.eye(groups, dtype=int)
expected["bootstrap"] = {}
for amount in ("events", "pence"):
    point = statistics(panel, amount)
    drawn, plain, jack = ([replicate(panel, amount, times) for times in draws] for draws in (ours, theirs, leave_out))
    expected["bootstrap"][amount] = {}
    for name, estimate in point.items():
        values, others, left = (np.array([draw[name] for draw in draws]) for draws in (drawn, plain, jack))
        z0 = st.norm.ppf(((values < estimate).sum() + (values <= estimate).sum()) / (2 * len(values)))
        d = left.mean() - left
        a = (d**3).sum() / (6 * (d**2).sum() ** 1.5)
        z = st.norm.ppf([0.025, 0.975])
        moved = st.norm.cdf(z0 + (z0 + z) / (1 - a * (z0 + z)))
        expected["bootstrap"][amount][name] = {
            "estimate": estimate, "percentile": list(np.quantile(values, [0.025, 0.975])), "bca": list(np.quantile(values, moved)),
            "numpy_percentile": list(np.quantile(others, [0.025, 0.975])), "numpy_sd": others.std(),
        }


# ---- event study
parts = []
for quarter in QUARTERS:
    part = quarters[quarters[f"d{quarter}"] > 0]
    parts.append(pd.DataFrame({"y": part[f"n{quarter}"].astype(float), "years": part[f"d{quarter}"] / 365.25, "weight": part.weight,
                               "cluster": part.cluster, "participant": (part.arm == "participant") * 1.0, "quarter": quarter}))
rows = pd.concat(parts, ignore_index=True)
others = [quarter for quarter in QUARTERS if quarter != BASE]
x = np.column_stack([np.ones(len(rows)), rows.participant] + [rows.quarter == q for q in others]
                    + [(rows.quarter == q) * rows.participant for q in others]).astype(float)
first = 2 + len(others)


def study(result):
    contrast = np.zeros((len(TESTED), x.shape[1]))
    for at, quarter in enumerate(TESTED):
        contrast[at, first + others.index(quarter)] = 1
    wald = float(result.wald_test(contrast, use_f=False, scalar=True).statistic)
    return {"points": [described(result, first + at, groups) for at in range(len(others))], "wald": wald,
            "p_chi_squared": st.chi2.sf(wald, len(TESTED)), "p_f": st.f.sf(wald / len(TESTED), len(TESTED), groups - 1),
            "p_t_squared": st.f.sf(wald * (groups - len(TESTED)) / (len(TESTED) * (groups - 1)), len(TESTED), groups - len(TESTED))}


model = sm.WLS((rows.y / rows.years).to_numpy(), x, weights=(rows.weight * rows.years).to_numpy())
expected["event_study"] = {
    "quarters": others, "ratio": study(poisson(rows, x)),
    "difference": study(model.fit(cov_type="cluster", cov_kwds={"groups": rows.cluster.to_numpy()})),
}


# ---- scores and caps
before = [11 + (7 * n) % 17 for n in range(40)]
after = [score + (5 * n) % 9 - 2 for n, score in enumerate(before)]
change = np.array(after) - np.array(before)
interval = st.t.interval(0.95, len(change) - 1, change.mean(), st.sem(change))
expected["mean_change"] = {"before": before, "after": after, "mean": change.mean(), "sd": change.std(ddof=1), "interval": list(interval)}
expected["wilson"] = [[k, n, *proportion_confint(k, n, 0.05, "wilson")] for k, n in ((0, 9), (1, 9), (93, 100), (594, 600), (50, 50))]
pooled = np.concatenate([panel.before_pence, panel.after_pence])
expected["winsorise"] = {str(q): int(np.quantile(pooled, q / 10_000, method="inverted_cdf")) for q in (9_000, 9_500, 9_900)}


def plain(value):
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    return value.item() if isinstance(value, np.generic) else value


with open(os.path.join(HERE, "expected.json"), "w", encoding="utf-8") as file:
    json.dump(plain(expected), file, indent=1)
    file.write("\n")
