"""Splink on the plaintext: FOLDER (a.csv, b.csv, truth.csv) and `with` or `without` the NHS number.

A model as a careful user would write it: term frequencies for names, a comparison of its own for each field, m trained
on two or three blockings, u from random pairs, blocking rules that together lose little. Quality is of the pairs one to
one, the most probable first; `best` is at the threshold that the truth says is best, so that no user can have it.
"""

import json
import logging
import os
import sys
import warnings

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)

import duckdb
import numpy
import splink.comparison_level_library as levels
import splink.comparison_library as comparisons
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

COLUMNS = """
    SELECT rec_id AS unique_id,
        nullif(nhs_number, '') AS nhs_number,
        nullif(lower(given_name), '') AS given_name,
        nullif(lower(family_name), '') AS family_name,
        nullif(lower(given_name), '') || ' ' || nullif(lower(family_name), '') AS whole_name,
        nullif(sex, '') AS sex,
        nullif(date_of_birth, '') AS date_of_birth,
        left(date_of_birth, 4) AS birth_year,
        nullif(upper(postcode), '') AS postcode
    FROM read_csv('{file}', all_varchar = true, header = true)
"""

NHS_NUMBER = comparisons.CustomComparison(
    output_column_name="nhs_number",
    comparison_levels=[
        levels.NullLevel("nhs_number"),
        # Two people never share one: what random pairs show is chance, so that it is said here.
        levels.ExactMatchLevel("nhs_number").configure(u_probability=1e-8, fix_u_probability=True),
        levels.DamerauLevenshteinLevel("nhs_number", distance_threshold=1).configure(
            u_probability=1e-6, fix_u_probability=True
        ),
        levels.ElseLevel(),
    ],
)


def model(with_nhs_number):
    blocking = [
        block_on("family_name", "date_of_birth"),
        block_on("given_name", "date_of_birth"),
        block_on("postcode", "date_of_birth"),
        block_on("postcode", "given_name"),
        block_on("given_name", "family_name", "birth_year"),
    ]
    fields = [
        comparisons.ForenameSurnameComparison(
            "given_name", "family_name", forename_surname_concat_col_name="whole_name"
        ),
        comparisons.DateOfBirthComparison("date_of_birth", input_is_string=True),
        comparisons.PostcodeComparison("postcode"),
        comparisons.ExactMatch("sex"),
    ]
    if with_nhs_number:
        blocking.insert(0, block_on("nhs_number"))
        fields.insert(0, NHS_NUMBER)
    return SettingsCreator(
        link_type="link_only",
        comparisons=fields,
        blocking_rules_to_generate_predictions=blocking,
        retain_intermediate_calculation_columns=False,
        retain_matching_columns=False,
    )


def train(linker, rows, with_nhs_number):
    certain = [block_on("given_name", "family_name", "date_of_birth")]
    blockings = [block_on("date_of_birth"), block_on("given_name", "family_name")]
    if with_nhs_number:
        certain.append(block_on("nhs_number"))
        blockings.append(block_on("nhs_number"))
    linker.training.estimate_probability_two_random_records_match(certain, recall=0.9)
    linker.training.estimate_u_using_random_sampling(max_pairs=5e6, seed=1)
    share = min(1.0, 400_000 / rows)
    for blocking in blockings:
        linker.training.estimate_parameters_using_expectation_maximisation(blocking, record_sample_proportion=share)


def one_to_one(left, right):
    """Which of the pairs, the most probable first, are kept if nobody may be in two."""
    kept, seen_left, seen_right = numpy.zeros(len(left), bool), set(), set()
    for at, (a, b) in enumerate(zip(left.tolist(), right.tolist())):
        if a not in seen_left and b not in seen_right:
            kept[at] = True
            seen_left.add(a)
            seen_right.add(b)
    return kept


def quality(pairs, truth):
    order = numpy.argsort(-pairs["match_probability"].to_numpy(), kind="stable")
    probability = pairs["match_probability"].to_numpy()[order]
    left, right = (pairs[side].to_numpy()[order] for side in ("unique_id_l", "unique_id_r"))
    kept = one_to_one(left, right)
    probability, left, right = probability[kept], left[kept], right[kept]
    is_true = numpy.array([pair in truth for pair in zip(left, right)], bool)
    true, said = numpy.cumsum(is_true), numpy.arange(1, len(is_true) + 1)
    f1 = 2 * true / (said + len(truth))

    def at(count):
        if count == 0:
            return {"precision": 0.0, "recall": 0.0, "f1": 0.0}
        hits = int(true[count - 1])
        return {"precision": hits / count, "recall": hits / len(truth), "f1": float(f1[count - 1])}

    best = int(numpy.argmax(f1)) + 1
    return {
        "best": {**at(best), "threshold": float(probability[best - 1])},
        "at_0.5": at(int((probability >= 0.5).sum())),
        "at_0.95": at(int((probability >= 0.95).sum())),
    }


def cpu_seconds():
    times = os.times()
    return times.user + times.system


def peak_mib():
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM")) / 1024


def main():
    folder, nhs_number = sys.argv[1:]
    with_nhs_number = {"with": True, "without": False}[nhs_number]
    database = duckdb.connect()
    for side in "ab":
        database.execute(f"CREATE TABLE {side} AS {COLUMNS.format(file=f'{folder}/{side}.csv')}")
    rows = sum(database.sql(f"SELECT count(*) FROM {side}").fetchall()[0][0] for side in "ab")
    api = DuckDBAPI(connection=database)
    tables = [api.register(side, dataset_display_name=f"side_{side}") for side in "ab"]
    linker = Linker(tables, model(with_nhs_number))
    train(linker, rows, with_nhs_number)
    trained = cpu_seconds()
    pairs = linker.inference.predict(threshold_match_probability=0.01)
    pairs = pairs.as_pandas_dataframe()[["unique_id_l", "unique_id_r", "match_probability"]]
    report = {"rows": rows, "pairs": len(pairs), "train_cpu_seconds": trained, "cpu_seconds": cpu_seconds(), "peak_mib": peak_mib()}
    truth = duckdb.sql(f"SELECT * FROM read_csv('{folder}/truth.csv', all_varchar = true, header = true)").fetchall()
    print(json.dumps({**report, **quality(pairs, set(truth))}))


main()
