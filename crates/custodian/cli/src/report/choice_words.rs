//! Other choices in sentences.
//!
//! In: the choices of a release. Out: what each kind is for, whether any changes the result, and E-values in words.
//! Absent on purpose: a count of choices that agree as if it were proof: they share their people.
//!
//! E-values are those of `VanderWeele` and Ding (Annals of Internal Medicine 2017).

use counterfoil_release::{Decimal, ReleasedCell};

use super::effect_words::without_idle_zeros;
use super::view::{ChoiceRow, Choices, Estimate, Kind};
use super::words::{TOO_FEW, capitalised};

/// The name of a kind, and what it is for.
pub(super) fn about(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Planned => ("As planned", "The result, by which everything else on this page goes."),
        Kind::Placebo => (
            "A placebo date",
            "Pretends that everybody started earlier than they did, when there was nothing that could work. It should show no effect: an \
             effect there says that the comparison is not like for like.",
        ),
        Kind::OtherPeople => (
            "Compared with other people",
            "Is the result owed to whom participants are compared with? Comparable people found in another way.",
        ),
        Kind::WashIn => (
            "Without the first months",
            "A programme needs time to work: the first months after the start are left out.",
        ),
        Kind::LeftOut => (
            "Without some days",
            "Is the result owed to an unusual time? Its days are left out, for participants and comparison alike.",
        ),
        Kind::Model => (
            "Another model",
            "Few people can have very many events. A negative binomial model allows for counts that vary more than by chance.",
        ),
        Kind::Cut => (
            "Greatest amounts cut",
            "Few people can make up most of the money. Amounts above those of nearly everybody are cut down to theirs.",
        ),
        Kind::Drawn => (
            "Groups drawn again",
            "The interval made in another way: by drawing whole groups of people, such as those of one practice, many times again.",
        ),
        Kind::Parts => (
            "In two parts",
            "Whether people had any at all, and how much those with any had. Neither is another answer to the same question.",
        ),
    }
}

/// Whether any other choice changes the direction of a measure, or what its interval says of no change. None without other choices.
pub(super) fn verdict(choices: &Choices<'_>, main: &str) -> Option<String> {
    let (_, planned) = choices.of_measure(main).find(|(choice, _)| choice.kind == Kind::Planned)?;
    let others = choices.of_measure(main).filter(|(choice, _)| choice.kind.answers_the_same());
    let others: Vec<(&str, Estimate)> = others.map(|(choice, row)| (choice.name, row.against)).collect();
    if others.is_empty() {
        return None;
    }
    let Estimate::Known { value, .. } = planned.against else {
        return Some(format!("How {main} came out as planned cannot be told, and no other choice stands in for it."));
    };
    let named = |is: &dyn Fn(Estimate) -> bool| -> Vec<&str> {
        others.iter().filter(|(_, against)| is(*against)).map(|(name, _)| *name).collect()
    };
    let unknown = named(&|against| against.includes_none().is_none());
    let known = others.len() - unknown.len();
    let includes_none = planned.against.includes_none();
    let side = value.scaled().signum();
    let turned =
        named(&|against| matches!(against, Estimate::Known { value: other, .. } if other.scaled().signum() * side < 0));
    let otherwise = named(&|against| against.includes_none().is_some_and(|of| Some(of) != includes_none));
    let mut sentences = Vec::new();
    if known > 0 {
        sentences.push(format!("{main}: {}.", direction(&turned, known)));
        sentences.push(interval(includes_none == Some(true), &otherwise, known));
    }
    if !unknown.is_empty() {
        sentences.push(format!(
            "It cannot be told for {}: {}.",
            of_all(unknown.len(), others.len()),
            unknown.join("; ")
        ));
    }
    Some(sentences.join(" "))
}

fn direction(turned: &[&str], known: usize) -> String {
    if turned.is_empty() {
        return format!("the direction is the same in {}", all(known));
    }
    format!("the direction changes in {}: {}", of_all(turned.len(), known), turned.join("; "))
}

fn interval(planned_includes_none: bool, otherwise: &[&str], known: usize) -> String {
    let names = otherwise.join("; ");
    match (planned_includes_none, otherwise.is_empty()) {
        (false, true) => format!("The interval stays clear of no change as planned, and in {}.", all(known)),
        (false, false) => format!("The interval includes no change in {}: {names}.", of_all(otherwise.len(), known)),
        (true, true) => format!("The interval includes no change as planned, and in {}.", all(known)),
        (true, false) => format!(
            "As planned the interval includes no change; it does not in {}: {names}. That is no better a result than the planned one.",
            of_all(otherwise.len(), known)
        ),
    }
}

/// `all 5 other choices`.
fn all(choices: usize) -> String {
    match choices {
        1 => "the other choice".to_owned(),
        2 => "both other choices".to_owned(),
        choices => format!("all {choices} other choices"),
    }
}

/// `2 of 5 other choices`.
fn of_all(some: usize, choices: usize) -> String {
    if choices == 1 { "the other choice".to_owned() } else { format!("{some} of {choices} other choices") }
}

/// How many measures show an effect at the placebo date. None without a placebo, or where nothing can be told.
pub(super) fn placebos(choices: &Choices<'_>) -> Option<String> {
    let placebo = choices.choices.iter().find(|choice| choice.kind == Kind::Placebo)?;
    let told: Vec<(&str, bool)> =
        placebo.rows.iter().filter_map(|row| Some((row.measure, !row.against.includes_none()?))).collect();
    let shows: Vec<&str> = told.iter().filter(|(_, shows)| *shows).map(|(measure, _)| *measure).collect();
    let chance = "By chance alone one in twenty would.";
    match (told.len(), shows.len()) {
        (0, _) => Some("Of no measure can it be told.".to_owned()),
        (told, 0) => Some(format!(
            "There should be no effect, and none of the {told} measures of which it can be told shows one."
        )),
        (told, some) => Some(format!(
            "There should be no effect, and {some} of the {told} measures of which it can be told show one: {}. {chance}",
            shows.join("; ")
        )),
    }
}

/// How strong something unrecorded would have to be to explain an effect away. None where the release does not say.
pub(super) fn e_value(main: &str, row: &ChoiceRow<'_>) -> Option<String> {
    let value = match row.e_values[0] {
        ReleasedCell::Figure(value) => value,
        ReleasedCell::Suppressed => {
            return Some(format!(
                "{} how strong something unrecorded would have to be to explain the effect on {main} away.",
                capitalised(TOO_FEW)
            ));
        }
        _ => return None,
    };
    if !is_above_one(value) {
        return Some(format!("There is no effect on {main} that something unrecorded would have to explain."));
    }
    let limit = match row.e_values[1] {
        ReleasedCell::Figure(limit) if is_above_one(limit) => format!(
            " To make the interval include no change, a ratio of at least {} would do.",
            without_idle_zeros(limit)
        ),
        ReleasedCell::Figure(_) => {
            " The interval includes no change as it is: for that, nothing unrecorded is needed.".to_owned()
        }
        _ => String::new(),
    };
    Some(format!(
        "To explain the effect on {main} away, something that nobody recorded would have to go with both starting the programme and what \
         came after, each by a ratio of at least {}, over and above everything by which people were matched (E-value).{limit}",
        without_idle_zeros(value)
    ))
}

fn is_above_one(figure: Decimal) -> bool {
    figure.scaled() > 10_i64.pow(u32::from(figure.decimals()))
}

#[cfg(test)]
mod tests;
