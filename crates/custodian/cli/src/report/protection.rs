//! How numbers are to be read, how people are protected, and what that took from each table.
//!
//! In: a release's rules and tables. Out: sections. Absent on purpose: by which rule a cell went, which would tell of its size.

use counterfoil_release::{ColumnKind, ReleaseBody, ReleasedTable};
use maud::{Markup, html};

use super::tables::grid;
use super::words;
use crate::show::thousands;

fn has(body: &ReleaseBody, is: impl Fn(ColumnKind) -> bool) -> bool {
    body.tables().iter().flat_map(ReleasedTable::columns).any(|column| is(column.kind))
}

/// How to read the tables.
pub(super) fn reading(body: &ReleaseBody) -> Markup {
    let rules = body.rules();
    let money = rules.money_rounding_pounds().filter(|_| has(body, |kind| kind == ColumnKind::Money));
    html! {
        section aria-labelledby="reading" {
            h2 id="reading" { "How to read the tables" }
            ul {
                li {
                    "A star " span class="star" { "*" } " means: from 1 to " (rules.suppress_below() - 1)
                    ", or a count from which such a small one could be worked out. It may be any number: do not read it as none."
                }
                li {
                    "Every other count is to the nearest " (rules.rounding_base()) ", each by itself and totals too, so the parts of a "
                    "table need not add up to its total. 0 is none."
                }
                li { "Percentages of people are made from these rounded counts." }
                @if let Some(pounds) = money {
                    li {
                        "Money is to the nearest " (words::in_pounds(pounds)) ". A star there means money of fewer than "
                        (rules.suppress_below()) " people, or mostly of one or two."
                    }
                }
                @if has(body, is_figure) {
                    li {
                        "Figures that are no counts, such as those of a comparison, are as coarse as the people behind them are few. A "
                        "star there means that they rest on too few people, n/a that there is no such figure, as where there is nothing to compare with."
                    }
                }
            }
        }
    }
}

fn is_figure(kind: ColumnKind) -> bool {
    matches!(kind, ColumnKind::Figure(_))
}

/// How people are protected.
pub(super) fn section(body: &ReleaseBody) -> Markup {
    let rules = body.rules();
    html! {
        section aria-labelledby="protection" {
            h2 id="protection" { "How people are protected" }
            p {
                "Names, NHS numbers, dates of birth and addresses stayed with the organisations that hold them. Each made keyed tokens "
                "from them, with a key that the linkage unit does not have, and sent tokens and agreed variables only. The unit "
                "linked tokens with tokens and counted. No record of a person left it: what left it is the numbers on this page, "
                "after counts of 1 to " (rules.suppress_below() - 1) " were suppressed and all others rounded to the nearest "
                (rules.rounding_base()) "."
                @if has(body, |kind| kind != ColumnKind::Count) {
                    " Money that is mostly one or two people's was suppressed too, and figures that rest on few people."
                }
            }
            p { "The rules in full, as the release states them: " code { (rules.to_string()) } "." }
            (log(body))
        }
    }
}

/// What the rules did to each table: the disclosure log.
fn log(body: &ReleaseBody) -> Markup {
    let figures = has(body, is_figure);
    let mut heads = vec!["Cells", "None", "Rounded"];
    if figures {
        heads.extend(["Figures", "n/a"]);
    }
    heads.push("Suppressed (*)");
    let row = |table: &ReleasedTable| {
        let counts = table.disclosure();
        let all = counts.zero + counts.rounded + counts.figures + counts.not_estimated + counts.suppressed;
        let mut cells = vec![all, counts.zero, counts.rounded];
        if figures {
            cells.extend([counts.figures, counts.not_estimated]);
        }
        cells.push(counts.suppressed);
        (table.title().to_owned(), cells.into_iter().map(thousands).collect())
    };
    let heads: Vec<String> = heads.into_iter().map(str::to_owned).collect();
    grid(
        "Disclosure log: what the rules made of the cells of each table",
        &heads,
        &body.tables().iter().map(row).collect::<Vec<_>>(),
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::super::tables::tests::body;
    use super::*;

    #[test]
    fn money_and_figures_are_explained_where_there_are_any() {
        let mixed = body(concat!(
            r#"{"id":"effect","title":"Effect","note":"In words.","columns":[{"label":"Cost","kind":"money"},"#,
            r#"{"label":"Change","kind":{"figure":{"decimals":2,"unit":"per_person_year"}}}],"#,
            r#""rows":[{"label":"A","cells":[12000,"-0.50"]},{"label":"B","cells":["*","n/a"]}],"#,
            r#""disclosure":{"cells":4,"zero":0,"rounded":1,"figures":1,"not_estimated":1,"suppressed":1}}"#
        ));
        let page = reading(&mixed).into_string() + &section(&mixed).into_string();
        for said in [
            "Money is to the nearest £1,000.",
            "n/a that there is no such figure",
            "mostly one or two people's",
            "digits3</code>",
        ] {
            assert!(page.contains(said), "{said}: {page}");
        }
        let row = "<th scope=\"row\">Effect</th><td>4</td><td>0</td><td>1</td><td>1</td><td>1</td><td>1</td>";
        assert!(page.contains(row), "{page}");
    }

    #[test]
    fn a_release_of_counts_alone_speaks_of_nothing_else() {
        let counts = body(concat!(
            r#"{"id":"flow","title":"Flow","note":"In words.","columns":[{"label":"People","kind":"count"}],"#,
            r#""rows":[{"label":"A","cells":[10]}],"#,
            r#""disclosure":{"cells":1,"zero":0,"rounded":1,"figures":0,"not_estimated":0,"suppressed":0}}"#
        ));
        let page = reading(&counts).into_string() + &section(&counts).into_string();
        assert!(!page.contains("Money") && !page.contains("n/a") && !page.contains("Figures"), "{page}");
        assert!(page.contains("<th scope=\"row\">Flow</th><td>1</td><td>0</td><td>1</td><td>0</td>"), "{page}");
    }
}
