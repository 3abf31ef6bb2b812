//! Tables as HTML.
//!
//! In: released tables. Out: markup with captions and headed cells. Absent on purpose: leaving out any cell; what a picture shows, its
//! table has too.

use counterfoil_release::{ColumnKind, ReleasedTable};
use maud::{Markup, PreEscaped, html};

use super::chart::{self, Bars, Scale};
use super::scores;
use super::words::{is_uneven, shown_as, spaced};
use crate::error::StepError;

/// Columns up to which a table is no wider than it has to be.
const NARROW: usize = 2;
/// Columns from which on a table has smaller letters.
const WIDE: usize = 6;
/// And from which on yet smaller ones.
const WIDER: usize = 8;
/// Rows beyond which a table may go on on another page of paper.
const ROWS_TOGETHER: usize = 24;

/// A table that has no section of its own making: its bar chart, if one helps, its cells, and the bounds of a share of people.
pub(super) fn section(table: &ReleasedTable) -> Result<Markup, StepError> {
    let drawn = Bars::of(table).map(|bars| chart::draw(&bars).map(|svg| (svg, bars.scale))).transpose()?;
    let heading = section_id(table);
    Ok(html! {
        section aria-labelledby=(heading) {
            h2 id=(heading) { (table.title()) }
            p { (spaced(table.note())) }
            @if let Some((svg, scale)) = drawn {
                figure {
                    (PreEscaped(svg))
                    figcaption {
                        "The same numbers as in the table below."
                        @if scale == Scale::PerGroup { " Each group of bars has a scale of its own." }
                        @if is_uneven(table) { " The months before and after are not as many: a longer bar need not mean more a year." }
                    }
                }
            }
            (table_of(table))
            @if let Some(bounds) = scores::bounds(table) { (bounds) }
        }
    })
}

/// The name of the section of such a table.
pub(super) fn section_id(table: &ReleasedTable) -> String {
    format!("table-{}", table.id())
}

/// All cells of a table, as they were released.
pub(super) fn table_of(table: &ReleasedTable) -> Markup {
    table_with(table, table.columns().len(), str::to_owned)
}

/// The first columns of a table alone, with something added to the labels of its rows. A column is left out only where it says nothing.
pub(super) fn table_with(table: &ReleasedTable, columns: usize, label: impl Fn(&str) -> String) -> Markup {
    let heads = table.columns().iter().take(columns).map(counterfoil_release::Column::heading);
    let heads: Vec<String> = heads.collect();
    let kinds: Vec<ColumnKind> = table.columns().iter().take(columns).map(|column| column.kind).collect();
    let counts = kinds.iter().all(|kind| *kind == ColumnKind::Count);
    let rows = table
        .rows()
        .map(|(of, cells)| (label(of), cells.iter().zip(&kinds).map(|(cell, kind)| shown_as(*cell, *kind)).collect()));
    let what = if counts { "Counts of: " } else { "Figures of: " };
    let caption = format!("{what}{}{}", table.title(), suppressed(table.disclosure().suppressed));
    grid(&caption, &heads, &rows.collect::<Vec<_>>())
}

/// ` (2 are suppressed and shown as *)`
fn suppressed(cells: u64) -> String {
    match cells {
        0 => String::new(),
        1 => " (1 is suppressed and shown as *)".to_owned(),
        cells => format!(" ({cells} are suppressed and shown as *)"),
    }
}

/// Rows with a label and a cell a head.
pub(super) fn grid(caption: &str, heads: &[String], rows: &[(String, Vec<String>)]) -> Markup {
    let classes = [
        (heads.len() <= NARROW, "narrow"),
        (heads.len() >= WIDE, "wide"),
        (heads.len() >= WIDER, "wider"),
        (rows.len() > ROWS_TOGETHER, "long"),
    ];
    let classes: Vec<&str> = classes.into_iter().filter_map(|(is, class)| is.then_some(class)).collect();
    let class = (!classes.is_empty()).then(|| classes.join(" "));
    html! {
        div class="scroll" {
            table class=[class] {
                caption { (caption) }
                thead {
                    tr {
                        td {}
                        @for head in heads { th scope="col" { (spaced(head)) } }
                    }
                }
                tbody {
                    @for (label, cells) in rows {
                        tr {
                            th scope="row" { (spaced(label)) }
                            @for cell in cells { td { (cell) } }
                        }
                    }
                }
            }
        }
    }
}

/// Something long that is open on paper, and on a screen when asked for.
pub(super) fn details(summary: &str, content: &Markup) -> Markup {
    html! { details { summary { (summary) } (content) } }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
pub(super) mod tests {
    use counterfoil_model::Study;
    use counterfoil_release::ReleaseBody;

    use super::*;

    /// A study of A&E, falls and cost, with whatever else it says.
    pub(in crate::report) fn study(more: &str) -> Study {
        let head = r#"
format = "counterfoil-study-2"
id = "use"
title = "Use"
cohort = "programme"
usage = "records"
index_date = "start_date"
look_back_months = 24
dip_months = 3
follow_up_months = 24
lag_days = 0
measure = [
    { id = "ae", label = "A&E", events = ["ae"] },
    { id = "falls", label = "Falls", events = ["fall"] },
    { id = "cost", label = "Cost", events = ["ae"], total = { variable = "pence", unit = "pence", tariff = "t" } },
]
"#;
        Study::parse(&format!("{head}{more}")).unwrap()
    }

    /// What a comparison needs; more of it may follow.
    pub(in crate::report) const COMPARISON: &str = r#"
[comparison]
method = "stratified"
controls = 1
replacement = "without"
exact = ["sex"]
cluster = "practice"
draws = 2000
"#;

    /// A release with some tables.
    pub(in crate::report) fn body(tables: &str) -> ReleaseBody {
        let digest = "0".repeat(64);
        let text = format!(
            "{{\"format\":\"counterfoil-release-2\",\"agreement\":{{\"id\":\"nel\",\"version\":1,\"digest\":\"{digest}\"}},\
             \"study\":{{\"id\":\"use\",\"title\":\"Use\",\"digest\":\"{digest}\"}},\"run\":\"run-1\",\
             \"rules\":\"hes-2018 suppress_below=8 rounding_base=5 money_rounding_pounds=1000 dominance=p10,1k50,2k90 \
             figures=df10,values3,digits3\",\"tables\":[{tables}]}}\n"
        );
        counterfoil_release::parse_release(text.as_bytes()).unwrap()
    }

    /// A table; columns are `#` for a count, `%`, `/year` and `1` for figures of two decimals; cells are as released, without quotes.
    pub(in crate::report) fn table(id: &str, columns: &[(&str, &str)], rows: &[(&str, &[&str])]) -> String {
        let is_figure = |at: usize| columns[at].1 != "#";
        let column = |(label, kind): &(&str, &str)| match *kind {
            "#" => format!(r#"{{"label":"{label}","kind":"count"}}"#),
            kind => {
                let unit = match kind {
                    "%" => "percent",
                    "/year" => "per_person_year",
                    _ => "none",
                };
                format!(r#"{{"label":"{label}","kind":{{"figure":{{"decimals":2,"unit":"{unit}"}}}}}}"#)
            }
        };
        let cell = |(at, cell): (usize, &&str)| {
            if is_figure(at) || *cell == "*" { format!("\"{cell}\"") } else { (*cell).to_owned() }
        };
        let row = |(label, cells): &(&str, &[&str])| {
            let cells: Vec<String> = cells.iter().enumerate().map(cell).collect();
            format!(r#"{{"label":"{label}","cells":[{}]}}"#, cells.join(","))
        };
        let all: Vec<(usize, &str)> = rows.iter().flat_map(|(_, cells)| cells.iter().copied().enumerate()).collect();
        let count = |is: &dyn Fn(usize, &str) -> bool| all.iter().filter(|(at, cell)| is(*at, cell)).count();
        let suppressed = count(&|_, cell| cell == "*");
        let not_estimated = count(&|_, cell| cell == "n/a");
        let figures = count(&|at, cell| is_figure(at) && cell != "*" && cell != "n/a");
        let zero = count(&|at, cell| !is_figure(at) && cell == "0");
        format!(
            r#"{{"id":"{id}","title":"Title of {id}","note":"Note.","columns":[{}],"rows":[{}],"disclosure":{{"cells":{},"zero":{zero},"rounded":{},"figures":{figures},"not_estimated":{not_estimated},"suppressed":{suppressed}}}}}"#,
            columns.iter().map(column).collect::<Vec<_>>().join(","),
            rows.iter().map(row).collect::<Vec<_>>().join(","),
            all.len(),
            all.len() - suppressed - not_estimated - figures - zero,
        )
    }

    /// Without tags, with ordinary spaces.
    pub(in crate::report) fn text(html: &str) -> String {
        let parts = html.split('<').map(|part| part.split_once('>').map_or(part, |(_, after)| after));
        parts.collect::<String>().replace('\u{a0}', " ")
    }

    #[test]
    fn money_and_figures_have_their_units_and_a_chart_only_where_lengths_compare() {
        let rows = concat!(
            r#""rows":[{"label":"A","cells":[12000,"-0.50"]},{"label":"B","cells":["*","n/a"]}],"#,
            r#""disclosure":{"cells":4,"zero":0,"rounded":1,"figures":1,"not_estimated":1,"suppressed":1}}"#
        );
        let columns = concat!(
            r#"{"id":"effect","title":"Effect","note":"In words.","columns":[{"label":"Cost","kind":"money"},"#,
            r#"{"label":"Change","kind":{"figure":{"decimals":2,"unit":"per_person_year"}}}],"#
        );
        let mixed = body(&format!("{columns}{rows}"));
        let section = section(&mixed.tables()[0]).unwrap().into_string();
        for said in ["£12,000", "\u{2212}0.50", "n/a", "*", "Change (per person-year)", "Figures of: Effect"] {
            assert!(section.contains(said), "{said}: {section}");
        }
        assert!(!section.contains("<svg"));
    }

    #[test]
    fn bars_of_periods_of_different_length_say_so() {
        let said = |after: &str| {
            let columns = [("Events in the 12 months before", "#"), (after, "#")];
            let body = body(&table("use", &columns, &[("A", &["660", "745"])]));
            section(&body.tables()[0]).unwrap().into_string().contains("need not mean more a year")
        };
        assert_eq!([said("Events in the 24 months after"), said("Events in the 12 months after")], [true, false]);
    }

    #[test]
    fn money_alone_has_a_chart() {
        let money = body(concat!(
            r#"{"id":"cost","title":"Cost","note":"In words.","columns":[{"label":"Before","kind":"money"},{"label":"After","kind":"money"}],"#,
            r#""rows":[{"label":"A","cells":[12000,10000]}],"#,
            r#""disclosure":{"cells":2,"zero":0,"rounded":2,"figures":0,"not_estimated":0,"suppressed":0}}"#
        ));
        let section = section(&money.tables()[0]).unwrap().into_string();
        assert!(section.contains("<svg") && section.contains("£10,000"), "{section}");
    }
}
