//! How well people were linked. Figures by hand: the share, then the least of 1, 2, 5, 10, 20, 50 ... hundredths that is at least three
//! times the share in hundredths, and one more, over the people of the smallest group.

use super::*;

const COMPLETE: (&str, &str) = ("2022-01-01", "2023-12-31");
const FEMALE: Option<u16> = Some(0);
const MALE: Option<u16> = Some(1);
const OTHER: Option<u16> = Some(2);

/// People of a sex: how many are linked, with which probability, and how many are not; and what is missed of each.
struct OneSex {
    sex: Option<u16>,
    linked: &'static [(u64, u32)],
    linked_missed: u32,
    unlinked: u64,
    unlinked_missed: u32,
}

const fn of_sex(sex: Option<u16>, linked: &'static [(u64, u32)], unlinked: (u64, u32)) -> OneSex {
    OneSex { sex, linked, linked_missed: 0, unlinked: unlinked.0, unlinked_missed: unlinked.1 }
}

/// A world with these people, and what its linkage's model says.
struct Linked {
    world: World,
    probabilities_ppm: Vec<u32>,
    missed_ppm: Vec<u32>,
}

impl Linked {
    fn of(people: &[OneSex]) -> Self {
        let mut made =
            Self { world: World::of(STUDY, &[], COMPLETE), probabilities_ppm: Vec::new(), missed_ppm: Vec::new() };
        for of in people {
            for (count, probability) in of.linked {
                for _ in 0..*count {
                    made.add(&Person { sex: of.sex, ..linked("2023-01-01") }, of.linked_missed);
                    made.probabilities_ppm.push(*probability);
                }
            }
            for _ in 0..of.unlinked {
                made.add(&Person { sex: of.sex, ..Person::default() }, of.unlinked_missed);
            }
        }
        made
    }

    fn add(&mut self, person: &Person, missed: u32) {
        self.world.add(self.missed_ppm.len() as u64, person);
        self.missed_ppm.push(missed);
    }

    fn tables(&self) -> Result<Vec<Table>, OutcomesError<Infallible>> {
        let quality =
            LinkQuality::Expected { probabilities_ppm: &self.probabilities_ppm, missed_ppm: &self.missed_ppm };
        tabulate(&Inputs { quality, ..self.world.inputs() }, |_| Ok(()), |_| Ok(()))
    }

    fn released(&self) -> ReleaseBody {
        released(self.tables().unwrap(), &self.world.agreement, &self.world.study)
    }
}

fn shown(cell: &ReleasedCell) -> String {
    match cell {
        ReleasedCell::Count(count) => count.to_string(),
        ReleasedCell::Figure(figure) => figure.to_string(),
        ReleasedCell::NotEstimated => "n/a".to_owned(),
        ReleasedCell::Suppressed => "*".to_owned(),
        ReleasedCell::Money(_) => panic!("no money is in these tables"),
    }
}

/// Rows of a table, a label and its cells each.
fn rows(body: &ReleaseBody, table: &str) -> Vec<String> {
    let one = |(label, cells): (&str, &[ReleasedCell])| {
        let cells: Vec<_> = cells.iter().map(shown).collect();
        format!("{label} | {}", cells.join(" "))
    };
    body.table(table).unwrap().rows().map(one).collect()
}

#[test]
fn groups_have_what_the_model_expects_of_them() {
    let people = [
        of_sex(FEMALE, &[(30, 999_500), (10, 980_000)], (20, 250_000)),
        of_sex(MALE, &[(40, 900_000)], (10, 500_000)),
        OneSex { linked_missed: 10_000, ..of_sex(OTHER, &[(20, 999_000)], (0, 0)) },
    ];
    let body = Linked::of(&people).released();
    assert_eq!(
        rows(&body, "linkage"),
        [
            // Wrong: (30 x .0005 + 10 x .02 + 40 x .1 + 20 x .001) / 100, 4.2 % of 100. Missed: (20 x .25 + 10 x .5 + 20 x .01) / 130,
            // 7.85 %, of 30 not linked.
            "Everybody | 130 100 4.20 8.00 n/a",
            // .54 % of 40; 5 of 60, 20 not linked. 40 of 100 less 20 of 30, over the root of (.24 + .2222) / 2: -.555, where 10 of the
            // not linked are not female.
            "Sex: female | 60 40 0.55 8.00 -0.50",
            // 5 of 50, 10 not linked. 40 of 100 less 10 of 30: .139.
            "Sex: male | 50 40 10.00 10.00 0.00",
            // .1 % of 20; 1 %, of 20 people. 20 of 100 less none of 30, over the root of .16 / 2: .707.
            "Sex: other | 20 20 0.10 1.00 0.80",
            "Sex: Not recorded | 0 0 * * *",
        ]
    );
    let columns = body.table("linkage").unwrap().columns();
    assert_eq!(
        columns.iter().map(counterfoil_release::Column::heading).collect::<Vec<_>>(),
        [
            "People in the extract",
            "Of those, linked",
            "Linked that are expected to be wrong (%)",
            "People expected to be missed (%)",
            "Standardised difference of linked and not linked",
        ]
    );
    let note = body.table("linkage").unwrap().note();
    assert!(note.contains("not been checked against the truth") && note.contains("docs/linkage-quality.md"), "{note}");
    assert_eq!(
        rows(&body, "sureness"),
        [
            // (30 x .0005 + 20 x .001) / 50 is .07 %.
            "99.9 % or surer | 50 0.07",
            "99 to 99.9 % | 0 *",
            // Of 10 a mean has nine degrees of freedom, which are too few.
            "95 to 99 % | 10 *",
            "Less than 95 % | 40 10.00",
        ]
    );
}

#[test]
fn a_band_begins_at_its_probability() {
    let people = [
        of_sex(FEMALE, &[(20, 1_000_000), (10, 999_000), (20, 998_999), (20, 990_000)], (0, 0)),
        of_sex(MALE, &[(20, 989_999), (30, 950_000), (50, 949_999), (10, 0)], (0, 0)),
    ];
    assert_eq!(
        rows(&Linked::of(&people).released(), "sureness"),
        // 10 x .001 of 30; 20 x .001001 + 20 x .01, of 40; 20 x .010001 + 30 x .05, of 50; 50 x .050001 + 10, of 60.
        ["99.9 % or surer | 30 0.03", "99 to 99.9 % | 40 0.55", "95 to 99 % | 50 3.50", "Less than 95 % | 60 20.00"]
    );
}

#[test]
fn where_every_link_is_certain_nothing_is_wrong_or_missed() {
    let people = [of_sex(FEMALE, &[(20, 1)], (20, 1)), of_sex(MALE, &[(30, 1)], (30, 1))];
    let world = Linked::of(&people).world;
    let body = world.released();
    assert_eq!(
        rows(&body, "linkage"),
        [
            "Everybody | 100 50 0.00 0.00 n/a",
            "Sex: female | 40 20 0.00 0.00 0.00",
            "Sex: male | 60 30 0.00 0.00 0.00",
            "Sex: other | 0 0 * * *",
            "Sex: Not recorded | 0 0 * * *",
        ]
    );
    assert_eq!(rows(&body, "sureness")[0], "99.9 % or surer | 50 0.00");
    let nobody = World::of(STUDY, &[], COMPLETE).released();
    assert_eq!(rows(&nobody, "linkage")[0], "Everybody | 0 0 * * n/a");
}

#[test]
fn nothing_is_said_of_few() {
    // Seven of a sex; three of another who are not linked.
    let people = [
        of_sex(FEMALE, &[(40, 990_000)], (20, 250_000)),
        of_sex(MALE, &[(47, 990_000)], (3, 900_000)),
        of_sex(OTHER, &[(7, 500_000)], (0, 0)),
    ];
    let body = Linked::of(&people).released();
    let rows_of = rows(&body, "linkage");
    assert_eq!(rows_of[3], "Sex: other | * * * * *");
    // The three are a complement; links of the others are many.
    assert!(rows_of[2].starts_with("Sex: male | 50 * 1.0") && rows_of[2].ends_with(" * *"), "{rows_of:?}");
    assert_eq!(rows(&body, "sureness")[3], "Less than 95 % | * *");
    let by_sex: Vec<_> = body.table("sex").unwrap().rows().map(|(_, cells)| cells[0]).collect();
    let by_linkage: Vec<_> = body.table("linkage").unwrap().rows().skip(1).map(|(_, cells)| cells[0]).collect();
    assert_eq!(by_sex, by_linkage, "what one table hides the other does not show");
}

/// Of five who were not linked, nobody learns which group they are not in.
#[test]
fn nothing_is_said_of_whom_few_are_missing() {
    let people = [of_sex(FEMALE, &[(40, 990_000)], (5, 250_000)), of_sex(MALE, &[(50, 990_000)], (0, 0))];
    let body = Linked::of(&people).released();
    for row in rows(&body, "linkage") {
        let cells: Vec<_> = row.rsplit(" | ").next().unwrap().split(' ').collect();
        assert_eq!((cells[0], cells[3]), ("*", "*"), "{row}");
        assert!(["*", "n/a"].contains(&cells[4]), "{row}");
    }
}

/// A count of nobody may be hidden as a part of a sum: no figure beside it tells it from a small one.
#[test]
fn no_figure_tells_nobody_from_few() {
    let mut drawn = 1_u64;
    let mut below = |bound: u64| {
        drawn = drawn.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (drawn >> 33) % bound
    };
    let mut hidden = 0;
    for _ in 0..60 {
        let mut made = Linked::of(&[]);
        let mut people_of = [0_u64; 4];
        for (sex, people) in [FEMALE, MALE, OTHER, None].into_iter().zip(&mut people_of) {
            let most = [1, 9, 40][usize::try_from(below(3)).unwrap()];
            let (linked_people, unlinked) = (below(most), below(most));
            *people = linked_people + unlinked;
            for _ in 0..linked_people {
                made.add(&Person { sex, ..linked("2023-01-01") }, 0);
                made.probabilities_ppm.push(990_000);
            }
            for _ in 0..unlinked {
                made.add(&Person { sex, ..Person::default() }, 100_000);
            }
        }
        let body = made.released();
        let rows = body.table("linkage").unwrap().rows().skip(1);
        for ((label, cells), people) in rows.zip(people_of) {
            assert!(!cells[2..].contains(&ReleasedCell::NotEstimated), "{label} of {people_of:?}");
            if people < 8 {
                assert_eq!(cells[2..], [ReleasedCell::Suppressed; 3], "{label} of {people_of:?}");
            }
            hidden += u64::from(people == 0 && cells[0] == ReleasedCell::Suppressed);
        }
    }
    assert!(hidden > 0, "a case worth trying: nobody, hidden by a sum");
}

#[test]
fn quality_of_other_links_is_refused() {
    let made = || Linked::of(&[of_sex(FEMALE, &[(20, 990_000)], (20, 0))]);
    assert!(made().tables().is_ok());
    let changes: [fn(&mut Linked); 5] = [
        |made| made.probabilities_ppm.truncate(19),
        |made| made.missed_ppm.push(0),
        |made| made.missed_ppm.truncate(20),
        |made| made.probabilities_ppm[3] = 1_000_001,
        |made| made.missed_ppm[3] = 1_000_001,
    ];
    for (at, change) in changes.into_iter().enumerate() {
        let mut made = made();
        change(&mut made);
        assert!(matches!(made.tables().err(), Some(OutcomesError::LinkOutside)), "{at}");
    }
}

/// Two breakdowns with one label would be rows with one heading.
#[test]
fn headings_that_cannot_be_told_apart_are_refused() {
    let another = |label: &str, dataset: &str, variable: &str| {
        let study = format!(
            "{STUDY}[[breakdown]]\nid = \"more\"\nlabel = \"{label}\"\ndataset = \"{dataset}\"\nvariable = \"{variable}\"\n"
        );
        Agreement::parse(&terms(&study)).unwrap().check_study(&Study::parse(&study).unwrap())
    };
    another("Sex again", "programme", "sex").unwrap();
    // The usage extract's own are not in the table.
    another("Sex", "nhs-usage", "hundred").unwrap();
    let error = another("Sex", "programme", "sex").unwrap_err().to_string();
    assert!(error.contains("linkage") && error.contains("one heading"), "{error}");
}
