# `just` lists what there is. Every recipe is a plain command that can be typed as well.

set shell := ["bash", "-euo", "pipefail", "-c"]

# Lists the recipes.
default:
    @{{ just_executable() }} --list --unsorted

# The whole journey on one machine; `just run --seed 7 --out DIR`.
run *arguments:
    cargo run --release -- {{ arguments }}

# All tests.
test *arguments:
    cargo test --workspace {{ arguments }}

# Formatting and lints, as the gate sees them.
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings

# Formats everything.
format:
    cargo fmt --all

# The library's documentation; a broken link fails.
docs:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps

# Dependencies: bans, licences, sources. Needs `cargo install cargo-deny --locked`.
deny:
    cargo deny --locked check --hide-inclusion-graph bans licenses sources

# Known vulnerabilities; needs the network for its database.
advisories:
    cargo deny --locked check advisories

# The gate: everything that a change must pass.
ci:
    bash .ci/run

# Benchmarks.
bench *arguments:
    cargo bench -p counterfoil-benches {{ arguments }}

# Linkage of the public FEBRL 4 files in a folder (dataset4a.csv, dataset4b.csv), measured against the truth in their record ids.
evaluate-febrl4 folder *arguments:
    #!/usr/bin/env bash
    set -euo pipefail
    truth="$(mktemp)"
    trap 'rm -f "$truth"' EXIT
    { echo left,right
      awk -F, 'NR > 1 { split($1, part, "-"); print "rec-" part[2] "-org," $1 }' "{{ folder }}/dataset4b.csv"
    } > "$truth"
    cargo run --release -- evaluate --schema examples/febrl4/schema.toml \
        --left "{{ folder }}/dataset4a.csv" --right "{{ folder }}/dataset4b.csv" --truth "$truth" {{ arguments }}

# Opens an extract with pandas, as an information-governance officer might. Needs Python with pandas and pyarrow.
pandas extract:
    python3 -c 'import pandas, pathlib, sys; [print(f, pandas.read_parquet(f).describe(include="all").T.to_string(), sep="\n") for f in sorted(pathlib.Path(sys.argv[1]).glob("*.parquet"))]' "{{ extract }}"

# Two runs with one seed give the same counts. What is estimated from a comparison differs: its people are drawn by the log.
repeat seed="7":
    #!/usr/bin/env bash
    set -euo pipefail
    scratch="$(mktemp -d)"
    trap 'rm -rf "$scratch"' EXIT
    cargo run --release -- --seed {{ seed }} --out "$scratch/a"
    cargo run --release -- --seed {{ seed }} --out "$scratch/b"
    counts() { grep -E '^(flow|use|cost|wellbeing|deprivation|outcome),' "$(find "$1" -name tables.csv -print -quit)"; }
    cmp <(counts "$scratch/a") <(counts "$scratch/b")
    echo "the same counts"

# Nightly: our CLKs against those of clkhash from PyPI, bit for bit, on random schemas and records. Skipped, with a message, where pip or the network is absent.
compare-clkhash *arguments:
    cargo build --release -p counterfoil-clkhash --example encode
    python3 crates/custodian/clkhash/compare/compare.py "${CARGO_TARGET_DIR:-target}/release/examples/encode" {{ arguments }}

# Our own keyless attacker against plain and hardened encodings; `just attack --quick`, `just attack --schema FILE`.
attack *arguments:
    cargo run --release -p counterfoil-attacks -- {{ arguments }}

# Others beside us, measured in one run: benches/rivals/README.md. Installs them into benches/rivals/.venv.
rivals *arguments:
    python3 benches/rivals/run.py {{ arguments }}

# What a study's comparison makes of made-up places whose truth is known; `just simulate --seeds 50 --only spike`.
simulate *arguments:
    cargo run --release -p counterfoil-simulations -- {{ arguments }}

# The report in headless Chromium: pictures have sizes, no text runs into another, nothing is wider than the page. Needs chromium.
report-in-chromium:
    cargo test -p counterfoil-cli --test report_in_chromium -- --ignored --nocapture

# How time and memory of linking grow with people, from 100,000 to four million a side; draws docs/growth.svg.
growth *arguments:
    cargo build --release -p counterfoil-benches --examples
    "${CARGO_TARGET_DIR:-target}/release/examples/growth" examples/thrive-nel/schema.toml docs/growth.svg {{ arguments }}
