//! A release and the records that permit it, made by hand.

use counterfoil_model::{Agreement, planned_tables};
use counterfoil_release::{Behind, FigureKind, FigureUnit};

use super::*;

pub(super) fn head(folder: &SignedFolder, study: &Study) -> ReleaseHead {
    ReleaseHead {
        agreement: folder.agreement().id.clone(),
        agreement_version: 1,
        agreement_digest: folder.signed.digest(),
        study: study.id.clone(),
        study_digest: study.digest,
        study_title: study.title.clone(),
        run: RunId::parse("run-1").unwrap(),
    }
}

pub(super) fn records(folder: &SignedFolder, study: &Study, body: &[u8]) -> Vec<LogRecord> {
    let (agreement, agreement_digest) = (folder.agreement().id.clone(), folder.signed.digest());
    let extract = |dataset: &str, custodian: &str| {
        LogRecord::from(ExtractAdmitted {
            agreement: agreement.clone(),
            agreement_digest,
            dataset: DatasetId::parse(dataset).unwrap(),
            custodian: PartyId::parse(custodian).unwrap(),
            submission: SubmissionId::parse(&format!("sub-{dataset}")).unwrap(),
            manifest_digest: ManifestDigest(Digest::of(dataset.as_bytes())),
        })
    };
    vec![
        AgreementAdmitted {
            agreement: agreement.clone(),
            version: 1,
            agreement_digest,
            schema_digest: folder.schema.digest(),
        }
        .into(),
        StudyRegistered {
            agreement: agreement.clone(),
            agreement_digest,
            study: study.id.clone(),
            study_digest: study.digest,
        }
        .into(),
        extract("programme", "charity"),
        extract("nhs-usage", "icb"),
        LinkCompleted {
            agreement: agreement.clone(),
            agreement_digest,
            run: RunId::parse("run-1").unwrap(),
            schema_digest: folder.schema.digest(),
            cohort_dataset: DatasetId::parse("programme").unwrap(),
            cohort_manifest: ManifestDigest(Digest::of(b"programme")),
            usage_dataset: DatasetId::parse("nhs-usage").unwrap(),
            usage_manifest: ManifestDigest(Digest::of(b"nhs-usage")),
            links_digest: Digest::of(b"links"),
        }
        .into(),
        ReleaseIssued {
            agreement,
            agreement_digest,
            study: StudyId::parse("use").unwrap(),
            study_digest: study.digest,
            run: RunId::parse("run-1").unwrap(),
            release_digest: counterfoil_model::ReleaseDigest(Digest::of(body)),
            requested_by: PartyId::parse("charity").unwrap(),
        }
        .into(),
    ]
}

const PERCENT: FigureKind = FigureKind { decimals: 2, unit: FigureUnit::Percent };

/// Hundredths, and who is behind them.
fn hundredths(value: i64, people_min: u64) -> Cell {
    Cell::figure(Some(value), Behind { people_min, residual_degrees: 1_000, dominance: None, terms_max: 0 })
}

/// By the rows of the plan; a study without a breakdown of the programme's own has that of everybody and no other.
pub(super) fn linkage(agreement: &Agreement, study: &Study, groups: Vec<Vec<Cell>>) -> Table {
    let number = FigureKind { decimals: 2, unit: FigureUnit::None };
    let columns = vec![
        Column::count("People in the extract"),
        Column::count("Of those, linked").part_of(0),
        Column::figure("Linked that are expected to be wrong", PERCENT),
        Column::figure("People expected to be missed", PERCENT),
        Column::figure("Standardised difference of linked and not linked", number),
    ];
    let none = Cell::figure(None, Behind { people_min: 0, residual_degrees: 0, dominance: None, terms_max: 0 });
    let everybody = vec![Cell::people(2_401), Cell::people(2_152), hundredths(31, 2_152), hundredths(412, 249), none];
    let planned = planned_tables(agreement, study).into_iter().find(|table| table.id.as_str() == "linkage").unwrap();
    assert_eq!(planned.rows.len(), 1 + groups.len());
    let cells = std::iter::once(everybody).chain(groups);
    let rows = planned.rows.into_iter().zip(cells).map(|(label, cells)| Row::new(label, cells)).collect();
    let note = "People of programme, and which of them were linked to nhs-usage, as the linkage's own model expects.";
    Table::new(planned.id, "How well people were linked", note, columns, rows).unwrap()
}

pub(super) fn sureness() -> Table {
    let columns = vec![Column::count("Linked people"), Column::figure("Expected to be wrong", PERCENT)];
    let bands = [
        ("99.9 % or surer", 2_019, 1),
        ("99 to 99.9 %", 81, 42),
        ("95 to 99 %", 33, 290),
        ("Less than 95 %", 19, 2_100),
    ];
    let rows =
        bands.map(|(label, people, wrong)| Row::new(label, vec![Cell::people(people), hundredths(wrong, people)]));
    let note = "Linked people by how probable the linkage's model has it that both records are theirs.";
    Table::new(Code::parse("sureness").unwrap(), "How sure the links are", note, columns, rows.into()).unwrap()
}

/// Tables as a study's tabulation makes them, with exact counts that must not be seen.
pub(super) fn tables(agreement: &Agreement, study: &Study) -> Vec<Table> {
    let column = |label: &str, part_of| Column { part_of, ..Column::count(label) };
    let people = |counts: &[u64]| counts.iter().map(|count| Cell::people(*count)).collect();
    let table = |id: &str, title: &str, columns, rows| {
        Table::new(Code::parse(id).unwrap(), title, "What is counted, in words.", columns, rows).unwrap()
    };
    let flow = [
        ("People in the programme's extract", 2_401),
        ("Linked", 2_152),
        ("Not linked", 249),
        ("Linked, a further row of somebody counted", 0),
        ("Linked, without an index date", 118),
        ("Linked, look-back or follow-up not covered", 201),
        ("Linked, not under observation on the index date", 0),
        ("Analysed", 1_833),
    ];
    let flow = flow.map(|(label, count)| Row::new(label, people(&[count])));
    let of_use = |people: u64, before: u64, after: u64, events_before: u64, events_after: u64| {
        vec![
            Cell::people(people),
            Cell::people(before),
            Cell::people(after),
            Cell::events(events_before, before),
            Cell::events(events_after, after),
        ]
    };
    let points = FigureKind { decimals: 1, unit: FigureUnit::Points };
    let changed = |of_people: [u64; 2], tenths: [i64; 3]| {
        let behind =
            Behind { people_min: of_people[1], residual_degrees: of_people[1] - 1, dominance: None, terms_max: 240 };
        let figures = tenths.into_iter().map(|value| Cell::figure(Some(value), behind));
        people(&of_people).into_iter().chain(figures).collect::<Vec<Cell>>()
    };
    let deciles =
        (1..=10).map(|decile| Row::new(decile.to_string(), people(&[if decile == 9 { 6 } else { 433 - 40 * decile }])));
    vec![
        table("flow", "Who is counted", vec![column("People", None)], flow.into()),
        linkage(agreement, study, Vec::new()),
        sureness(),
        table(
            "use",
            "Use of services before and after",
            vec![
                column("People analysed", None),
                column("People with any in the 24 months before", Some(0)),
                column("People with any in the 24 months after", Some(0)),
                column("Events in the 24 months before", None),
                column("Events in the 24 months after", None),
            ],
            vec![
                Row::new("A&E attendances", of_use(1_833, 611, 502, 1_243, 977)),
                Row::new("<script>alert(1)</script> GP", of_use(1_833, 1_701, 1_688, 18_766, 18_111)),
                Row::new("Emergency admissions", of_use(1_833, 52, 6, 63, 7)),
            ],
        ),
        table(
            "change",
            "Mean change of scores",
            vec![
                column("People with a score at the start", None),
                column("Of those, with a later score at that time", Some(0)),
                Column::figure("Mean change", points),
                Column::figure("Mean change, from", points),
                Column::figure("Mean change, to", points),
            ],
            vec![
                Row::new("Wellbeing, after 3 months", changed([1_902, 1_404], [21, 18, 24])),
                Row::new("Wellbeing, after 6 months", changed([1_902, 1_017], [31, 27, 35])),
            ],
        ),
        table(
            "wellbeing",
            "Wellbeing (SWEMWBS)",
            vec![
                column("People with a score at the start", None),
                column("Of those, with a later score at that time", Some(0)),
                column("Of those, improved", Some(1)),
            ],
            vec![
                Row::new("After 3 months", people(&[1_902, 1_404, 803])),
                Row::new("After 6 months", people(&[1_902, 1_017, 612])),
            ],
        ),
        table(
            "deprivation",
            "Reach by deprivation decile (1 is the most deprived)",
            vec![column("Linked people", None)],
            deciles.chain([Row::new("Not recorded", people(&[14]))]).collect(),
        ),
    ]
}
