//! The end of each help text: how the command is really typed, and what to mind.

pub(crate) const TOP: &str = "\
The journey, one party at a time:
  every party   counterfoil identity new --party nel-icb --out nel-icb.identity
  one party     counterfoil agreement propose agreement --party-key ... --party-key ...
  every party   counterfoil agreement check agreement && counterfoil agreement sign agreement --identity nel-icb.identity
  a custodian   counterfoil key new --agreement agreement --out thrive-nel.key      (to the other custodians, sealed)
  custodians    counterfoil key verify thrive-nel.key --agreement agreement         (compare by telephone)
  custodians    counterfoil pseudonymise ...; counterfoil inspect extract; counterfoil submit extract ...
  the unit      counterfoil link --agreement agreement --cohort programme --usage nhs-usage ...
  a partner     counterfoil request --agreement agreement --study use ...; counterfoil fetch ... --out release
  an auditor    counterfoil audit fetch ... --out log; counterfoil audit verify --agreement agreement --release release --log log

Data goes to standard output, progress to standard error. `counterfoil --help` lists the exit codes.";

pub(crate) const KEY: &str = "\
One custodian makes the key and gives it to the other custodians: the sealed file by one way (such as a file transfer), its
passphrase by another (such as a telephone call). Then both run `key verify` and compare what it prints, by telephone.
The linkage unit never has the key: without it nobody can make a token from a name.

Examples:
  counterfoil key new --agreement agreement --out thrive-nel.key
  counterfoil key verify thrive-nel.key --agreement agreement";

pub(crate) const KEY_NEW: &str = "\
The passphrase has 12 characters or more and is asked for twice. The file is made with mode 0600 and never overwrites another.
Send the file by one way and the passphrase by another.

Examples:
  counterfoil key new --agreement agreement --out thrive-nel.key
  counterfoil key new --agreement agreement --out thrive-nel.key --passphrase-file passphrase.txt";

pub(crate) const KEY_SHOW: &str = "\
Needs no passphrase.

Example:
  counterfoil key show thrive-nel.key";

pub(crate) const KEY_VERIFY: &str = "\
If the fingerprints of two custodians differ, the key, the linkage schema or the version of counterfoil differs, and nothing
would link. The fingerprint tells nothing about the key.

Example:
  counterfoil key verify thrive-nel.key --agreement agreement";

pub(crate) const STUDY: &str = "\
A study is a file of the agreement folder, pinned by the agreement: nobody can choose a question after seeing an answer.

Example:
  counterfoil study check agreement use-and-wellbeing";

pub(crate) const STUDY_CHECK: &str = "\
Needs nobody's data and no signature: read it before you sign.

Example:
  counterfoil study check agreement use-and-wellbeing";

pub(crate) const IDENTITY: &str = "\
Each party makes its own identity and gives its public key to whoever proposes the agreement.

Examples:
  counterfoil identity new --party nel-icb --out nel-icb.identity
  counterfoil identity show nel-icb.identity";

pub(crate) const IDENTITY_NEW: &str = "\
The file and its passphrase stay with the party. The linkage unit makes its key with `counterfoild new-key` instead.

Example:
  counterfoil identity new --party nel-icb --out nel-icb.identity";

pub(crate) const IDENTITY_SHOW: &str = "\
Needs no passphrase.

Example:
  counterfoil identity show nel-icb.identity";

pub(crate) const AGREEMENT: &str = "\
An agreement is a folder: agreement.toml (terms), schema.toml (linkage schema), studies/ (one file a study), and
agreement.note (what all parties have signed). Whoever changes a term makes a new agreement.

Examples:
  counterfoil agreement propose agreement --party-key 'nel-icb+6a...' --party-key 'unit+9f...'
  counterfoil agreement check agreement
  counterfoil agreement sign agreement --identity nel-icb.identity";

pub(crate) const AGREEMENT_PROPOSE: &str = "\
Example:
  counterfoil agreement propose agreement \\
    --party-key 'nel-icb+6533cb3a+AQOh...' --party-key 'programme+17d2...' --party-key 'linkage-unit+9f01...'";

pub(crate) const AGREEMENT_SIGN: &str = "\
Read `counterfoil agreement check` first: it says in plain English what you sign. Signing is refused unless the terms, the
schema and the studies in the folder are those of the statement, and your key is the one in it.

Example:
  counterfoil agreement sign agreement --identity nel-icb.identity";

pub(crate) const AGREEMENT_CHECK: &str = "\
Prints the digests of the schema and of each study, says which pin does not fit and who has not signed. Exit code 1 if
something does not stand yet.

Example:
  counterfoil agreement check agreement";

pub(crate) const PSEUDONYMISE: &str = "\
Dates of events, measures and agreed variables are ISO (2026-11-21); how a date of birth is written is said in schema.toml.
Columns that the agreement does not name are ignored and stay with you. A field that fails its rule counts as missing; a row
without any usable match key or blocking rule is left out; both are listed, by line and reason and never by value, in <DIR>-problems.csv.
The key and the identity may have one passphrase or two.

Examples:
  counterfoil pseudonymise --agreement agreement --dataset programme --key thrive-nel.key --identity thrive.identity \\
    --people people.csv --measures measures.csv --complete-from 2023-01-01 --complete-to 2025-12-31 --out programme-extract
  counterfoil pseudonymise --agreement agreement --dataset nhs-usage --key thrive-nel.key --identity nel-icb.identity \\
    --people people.csv --events events.csv --complete-from 2021-01-01 --complete-to 2025-12-31 \\
    --tariff nhsps-2024-25 --out nhs-usage-extract";

pub(crate) const CLKHASH: &str = "\
The same bits as clkhash 0.18.3 with the same schema, secret and file. Values are encoded as they stand: nothing is normalised.
Row order is what joins CLKs to your records, so no row is left out: if any is wrong, all that are wrong are listed, by line and
feature and never by value, and no file is made.
Plain CLKs can be read without a key by whoever has a list of the people in them. Refused unless all parties have signed
unhardened_clk = \"allowed\"; the signed terms, and so this, are in the linkage unit's log. `counterfoil pseudonymise` is safer.

Example:
  counterfoil clkhash --agreement agreement --schema clkhash.json --secret-file secret.txt \\
    --input people.csv --output clks.json";

pub(crate) const INSPECT: &str = "\
Looks at the bytes of every column, whatever its name says. Exit code 1 if anything looks like an
identifier or, with --agreement, if the extract is not one that the agreement allows. The tables are
plain Parquet: DuckDB, pandas and R (arrow) open them too.

A column looks like an identifier if
  - its type is one that no column of an extract has;
  - it is not keyed, and its name has a word such as name, birth, dob, nhs, postcode, address, phone
    or email, or is a local_id;
  - it is text, and a value is no code (it has capital letters, spaces or marks), a value has more
    than 64 bytes, or there are more different values than an agreement can list;
  - it has texts of ten digits that pass the NHS check, or most of its numbers of ten digits do;
  - it is a token, a blocking token, a CLK or a person reference, and more than one value in a
    hundred is readable text, mostly zeros, or a small number;
  - it has days, or whole numbers that all read as days (19500403), more than 60 years apart.
Files, tables and metadata that no extract has are named too.

These are rules of thumb. A family name in small letters, or a record number among whole numbers,
passes them: read the columns, their values, and how many of them are different.

Examples:
  counterfoil inspect programme-extract --agreement agreement
  counterfoil inspect programme-extract --json | jq '.findings'";

pub(crate) const SUBMIT: &str = "\
An interrupted submission is resumed by running the same command again; sending twice is harmless. The receipt proves, without
trusting the unit, that this very extract was admitted and logged.

Example:
  counterfoil submit programme-extract --agreement agreement \\
    --unit https://unit.example.org:8443 --ca ca.pem --cert thrive.pem --cert-key thrive-key.pem";

pub(crate) const LINK: &str = "\
Runs over the newest extract of each dataset. The same extracts give the same run.

Example:
  counterfoil link --agreement agreement --cohort programme --usage nhs-usage \\
    --unit https://unit.example.org:8443 --ca ca.pem --cert unit.pem --cert-key unit-key.pem";

pub(crate) const REQUEST: &str = "\
Example:
  counterfoil request --agreement agreement --study use \\
    --unit https://unit.example.org:8443 --ca ca.pem --cert partner.pem --cert-key partner-key.pem";

pub(crate) const FETCH: &str = "\
Nothing is written unless the whole chain verifies: agreement, study, extracts, linkage run and release, each in the log, in
that order. The folder has report.html to read, tables.csv for a spreadsheet, and all that `audit verify` needs.

Example:
  counterfoil fetch --agreement agreement --study use --out release \\
    --unit https://unit.example.org:8443 --ca ca.pem --cert partner.pem --cert-key partner-key.pem";

pub(crate) const AUDIT: &str = "\
Examples:
  counterfoil audit fetch --agreement agreement --out log --unit https://unit.example.org:8443 \\
    --ca ca.pem --cert auditor.pem --cert-key auditor-key.pem
  counterfoil audit verify --agreement agreement --release release --log log";

pub(crate) const AUDIT_FETCH: &str = "\
The copy is in the layout of c2sp.org/tlog-tiles. A log that shrank, forked or does not lead to its signed root is refused,
and your copy stays as it was. The checkpoint before is kept as checkpoint.<size>.

Example:
  counterfoil audit fetch --agreement agreement --out log --unit https://unit.example.org:8443 \\
    --ca ca.pem --cert auditor.pem --cert-key auditor-key.pem";

pub(crate) const AUDIT_VERIFY: &str = "\
Prints a numbered list of checks. Exit code 0 if all hold, 1 if one fails; the first that fails is named.

Examples:
  counterfoil audit verify --agreement agreement --release release
  counterfoil audit verify --agreement agreement --release release --log log --previous checkpoint-of-march";

pub(crate) const COMPLETIONS: &str = "\
Examples:
  counterfoil completions bash > ~/.local/share/bash-completion/completions/counterfoil
  counterfoil completions powershell >> $PROFILE";
