//! Scores of each instrument, at and beyond the ends of its range: what is beyond never gets into an extract.

use super::*;

#[test]
fn each_instruments_range_is_held_where_scores_come_in() {
    let fixture = fixture(SCHEMA);
    let measures = Instrument::ALL.map(|instrument| MeasureTerm {
        code: code(&instrument.id().replace('-', "_")),
        instrument: Some(instrument),
        min: *instrument.points().start(),
        max: *instrument.points().end(),
    });
    let dataset = Dataset { measures: measures.to_vec(), ..dataset() };
    let intake = MeasureIntake { file: "measures.csv", dataset: &dataset, local_ids: &fixture.local_ids };
    // As published: the first and the last score of each, in the order of the list.
    let ends = [(8, 40), (1, 5), (14, 70), (7, 35), (0, 10), (0, 10), (0, 10), (0, 10), (0, 100), (0, 6)];
    let mut file = "local_id,measure,date,score\n".to_owned();
    let mut kept = Vec::new();
    for (position, (term, (min, max))) in (0u16..).zip(measures.iter().zip(ends)) {
        for score in [min - 1, min, max, max + 1] {
            writeln!(file, "a,{},2024-01-01,{score}", term.code).unwrap();
        }
        kept.extend([(position, min), (position, max)]);
    }
    let mut sink = Collected::default();
    let summary = read_measures(file.as_bytes(), &intake, &mut sink).unwrap();
    assert_eq!(sink.rows.iter().map(|(row, _)| (row.measure, row.score)).collect::<Vec<_>>(), kept);
    // Of every four lines from line 2 on, the first and the last.
    let left_out: Vec<String> =
        (0..10).flat_map(|of| [2 + 4 * of, 5 + 4 * of]).map(|line| format!("{line} row row-score")).collect();
    assert_eq!(problems(&sink.problems), left_out);
    assert_eq!((summary.rows, summary.kept), (40, 20));
}
