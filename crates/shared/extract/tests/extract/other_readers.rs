//! DuckDB and pandas open an extract. Where Python or its packages are absent, the check says so and is left out.

use std::process::Command;

use crate::common::*;

/// Reads the three files, and prints rows, types, a token and the sums of a variable.
const SCRIPT: &str = r#"
import sys
folder, reader = sys.argv[1], sys.argv[2]
if reader == "duckdb":
    import duckdb
    sql = lambda text: duckdb.sql(text.replace("$", folder)).fetchall()[0]
    print(*sql("select count(*), min(imd_decile), max(imd_decile), count(token_nhs), min(octet_length(clk)) from '$/people.parquet'"))
    print(*sql("select count(*), sum(cost_pence), min(date), count(distinct event) from '$/events.parquet' join '$/people.parquet' using (person_ref)"))
    print(*sql("select typeof(person_ref), typeof(outcome), typeof(started_on) from '$/people.parquet'"))
else:
    import pandas
    people = pandas.read_parquet(folder + "/people.parquet")
    events = pandas.read_parquet(folder + "/events.parquet").merge(people, on="person_ref")
    print(len(people), int(people.imd_decile.min()), int(people.imd_decile.max()), people.token_nhs.count(), people.clk.str.len().min().astype(int))
    print(len(events), int(events.cost_pence.sum()), events.date.min(), events.event.nunique())
    print(people.person_ref.dtype, people.outcome.dropna().iloc[0] in ("completed", "left", "died"), people.started_on.iloc[0].year)
"#;

#[test]
fn duckdb_and_pandas_open_an_extract() {
    let (parties, home) = (parties(), tempfile::tempdir().unwrap());
    let folder = home.path().join("x");
    parties.write(&folder, &people(60), &events(60), &measures(60));
    // By hand: 60 people lack every fifth token and every third decile. Person n has n % 6 events, numbers 0 to n % 6 - 1:
    // 10 * (0 + 1 + .. + 5) = 150. Costs are 1,000 * number where it is no multiple of 3: of 5 events 1 + 2 + 4 = 7, of 4
    // and of 3 they are 3, of 2 it is 1, of 1 it is 0: 10 * (7 + 3 + 3 + 1) * 1,000 = 140,000.
    let expected = "60 1 10 48 32\n150 140000 2023-01-01 2\n";
    // A variable so that a person may name another interpreter.
    let python = std::env::var("COUNTERFOIL_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    for (reader, types) in [("duckdb", "UBIGINT VARCHAR DATE\n"), ("pandas", "uint64 True 2023\n")] {
        let folder = folder.to_str().unwrap();
        let Ok(output) = Command::new(&python).args(["-c", SCRIPT, folder, reader]).output() else {
            eprint_left_out(reader, "there is no Python");
            continue;
        };
        let error = String::from_utf8_lossy(&output.stderr);
        if error.contains("ModuleNotFoundError") || error.contains("ImportError") {
            eprint_left_out(reader, "it is not installed");
            continue;
        }
        assert!(output.status.success(), "{reader}: {error}");
        assert_eq!(String::from_utf8_lossy(&output.stdout), format!("{expected}{types}"), "{reader}");
    }
}

#[allow(clippy::print_stderr, reason = "a check that is left out says so")]
fn eprint_left_out(reader: &str, why: &str) {
    eprintln!("left out: reading an extract with {reader}: {why}");
}
