//! Terms text to agreement: the file's shape by serde, its meaning here.

use std::collections::BTreeSet;

use serde::Deserialize;
use toml::value::Datetime;

use super::{
    Agreement, AgreementError, Dataset, Disclosure, MeasureTerm, Party, PinnedStudy, Purpose, Role, UnhardenedClk,
};
use crate::code::{AgreementId, Code, DatasetId, PartyId, StudyId};
use crate::digest::{Digest, SchemaDigest, StudyDigest};
use crate::instrument::Instrument;
use crate::limits::{CODES_MAX, DATASETS_MAX, PARTIES_MAX, PEOPLE_MAX, STUDIES_MAX, TERMS_BYTES_MAX, VARIABLES_MAX};
use crate::variable::{Variable, VariableEntry, date_of};

const FORMAT: &str = "counterfoil-agreement-1";
/// Names of extract columns that are always there, which a variable may not take.
const RESERVED: [&str; 6] = ["person_ref", "clk", "event", "date", "measure", "score"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: String,
    id: AgreementId,
    version: u32,
    title: String,
    purposes: Vec<String>,
    starts_on: Datetime,
    ends_on: Datetime,
    linkage: Linkage,
    disclosure: DisclosureEntry,
    party: Vec<PartyEntry>,
    dataset: Vec<DatasetEntry>,
    #[serde(default)]
    study: Vec<StudyEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Linkage {
    schema_digest: SchemaDigest,
    key_epoch: u32,
    unhardened_clk: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DisclosureEntry {
    suppress_below: u64,
    rounding_base: u64,
    releases_max: u64,
    money_rounding_pounds: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PartyEntry {
    id: PartyId,
    name: String,
    roles: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DatasetEntry {
    id: DatasetId,
    custodian: PartyId,
    people_max: u64,
    #[serde(default)]
    people: Vec<VariableEntry>,
    events: Option<EventsEntry>,
    #[serde(default)]
    measures: Vec<MeasureEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EventsEntry {
    codes: Vec<Code>,
    #[serde(default)]
    variables: Vec<VariableEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MeasureEntry {
    code: Code,
    instrument: Option<Instrument>,
    min: i32,
    max: i32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StudyEntry {
    id: StudyId,
    digest: StudyDigest,
}

pub(super) fn parse(text: &str) -> Result<Agreement, AgreementError> {
    if text.len() > TERMS_BYTES_MAX {
        return Err(invalid("file", "is longer than 1 MiB"));
    }
    let file: File = toml::from_str(text).map_err(|error| AgreementError::Toml(error.to_string()))?;
    if file.format != FORMAT {
        return Err(invalid("format", format!("write format = \"{FORMAT}\"")));
    }
    if file.version == 0 {
        return Err(invalid("version", "counts from 1"));
    }
    let day = |place: &str, datetime: &Datetime| {
        date_of(datetime).ok_or_else(|| invalid(place, "is a day, such as 2026-01-31, without quotes or time"))
    };
    let (starts_on, ends_on) = (day("starts_on", &file.starts_on)?, day("ends_on", &file.ends_on)?);
    if starts_on > ends_on {
        return Err(invalid("ends_on", "is before starts_on"));
    }
    let parties = parties(file.party)?;
    let datasets = file.dataset.into_iter().map(|entry| dataset(entry, &parties)).collect::<Result<Vec<_>, _>>()?;
    each_once("dataset", &datasets, |dataset| &dataset.id, DATASETS_MAX)?;
    let studies: Vec<_> =
        file.study.into_iter().map(|entry| PinnedStudy { id: entry.id, digest: entry.digest }).collect();
    // Linking alone, to see how well it goes, needs no study: then nothing can be released.
    if !studies.is_empty() {
        each_once("study", &studies, |study| &study.id, STUDIES_MAX)?;
    }
    Ok(Agreement {
        id: file.id,
        version: file.version,
        title: file.title,
        purposes: purposes(&file.purposes)?,
        starts_on,
        ends_on,
        key_epoch: file.linkage.key_epoch,
        schema_digest: file.linkage.schema_digest,
        unhardened_clk: match file.linkage.unhardened_clk.as_str() {
            "refused" => UnhardenedClk::Refused,
            "allowed" => UnhardenedClk::Allowed,
            _ => return Err(invalid("linkage unhardened_clk", "is \"refused\" or \"allowed\"")),
        },
        parties,
        datasets,
        studies,
        disclosure: disclosure(&file.disclosure)?,
        terms_digest: Digest::of(text.as_bytes()),
    })
}

fn invalid(place: impl Into<String>, problem: impl Into<String>) -> AgreementError {
    AgreementError::Invalid { place: place.into(), problem: problem.into() }
}

fn each_once<T, K: Ord>(
    place: &str,
    items: &[T],
    key: impl for<'a> Fn(&'a T) -> &'a K,
    count_max: usize,
) -> Result<(), AgreementError> {
    let distinct: BTreeSet<_> = items.iter().map(key).collect();
    if items.is_empty() || items.len() > count_max || distinct.len() != items.len() {
        return Err(invalid(place, format!("there are 1 to {count_max}, each id once")));
    }
    Ok(())
}

fn purposes(names: &[String]) -> Result<Vec<Purpose>, AgreementError> {
    let purposes: Option<Vec<_>> = names
        .iter()
        .map(|name| match name.as_str() {
            "service-evaluation" => Some(Purpose::ServiceEvaluation),
            "outcome-payment" => Some(Purpose::OutcomePayment),
            "commissioning" => Some(Purpose::Commissioning),
            _ => None,
        })
        .collect();
    purposes.filter(|purposes| !purposes.is_empty()).ok_or_else(|| {
        invalid("purposes", "holds one or more of \"service-evaluation\", \"outcome-payment\", \"commissioning\"")
    })
}

fn parties(entries: Vec<PartyEntry>) -> Result<Vec<Party>, AgreementError> {
    let mut parties = Vec::with_capacity(entries.len());
    for entry in entries {
        let roles: Option<Vec<_>> = entry
            .roles
            .iter()
            .map(|name| match name.as_str() {
                "custodian" => Some(Role::Custodian),
                "linkage-unit" => Some(Role::LinkageUnit),
                "partner" => Some(Role::Partner),
                "auditor" => Some(Role::Auditor),
                _ => None,
            })
            .collect();
        let place = || format!("party {}", entry.id);
        let roles = roles.filter(|roles| !roles.is_empty()).ok_or_else(|| {
            invalid(place(), "roles holds \"custodian\", \"linkage-unit\", \"partner\" or \"auditor\"")
        })?;
        // Whoever holds both the key and the tokens could name every person in the extracts.
        if roles.contains(&Role::LinkageUnit) && roles.len() > 1 {
            return Err(invalid(place(), "the linkage unit has no other role"));
        }
        parties.push(Party { id: entry.id, name: entry.name, roles });
    }
    each_once("party", &parties, |party| &party.id, PARTIES_MAX)?;
    let units = parties.iter().filter(|party| party.roles.contains(&Role::LinkageUnit)).count();
    if units != 1 {
        return Err(invalid("party", "exactly one party is the linkage unit"));
    }
    Ok(parties)
}

fn dataset(entry: DatasetEntry, parties: &[Party]) -> Result<Dataset, AgreementError> {
    let place = format!("dataset {}", entry.id);
    let custodian = parties.iter().find(|party| party.id == entry.custodian);
    if !custodian.is_some_and(|party| party.roles.contains(&Role::Custodian)) {
        return Err(invalid(place, format!("custodian {} is no party with the role custodian", entry.custodian)));
    }
    if !(1..=PEOPLE_MAX).contains(&entry.people_max) {
        return Err(invalid(place, format!("people_max is 1 to {PEOPLE_MAX}")));
    }
    let people = variables(&place, entry.people)?;
    let (event_codes, events) = match entry.events {
        None => (Vec::new(), Vec::new()),
        Some(events) => {
            let distinct: BTreeSet<_> = events.codes.iter().collect();
            if distinct.is_empty() || distinct.len() != events.codes.len() || distinct.len() > CODES_MAX {
                return Err(invalid(place, format!("events.codes are 1 to {CODES_MAX}, each once")));
            }
            (events.codes, variables(&place, events.variables)?)
        }
    };
    let mut measures: Vec<MeasureTerm> = Vec::with_capacity(entry.measures.len());
    for MeasureEntry { code, instrument, min, max } in entry.measures {
        if min > max || measures.iter().any(|known| known.code == code) || measures.len() == CODES_MAX {
            return Err(invalid(place, format!("measure {code} is declared once, with min not above max")));
        }
        if let Some(of) = instrument.filter(|of| of.points() != (min..=max)) {
            let points = of.points();
            let (label, least, most) = (of.label(), points.start(), points.end());
            return Err(invalid(place, format!("measure {code}: a score of {label} has min = {least}, max = {most}")));
        }
        measures.push(MeasureTerm { code, instrument, min, max });
    }
    Ok(Dataset {
        id: entry.id,
        custodian: entry.custodian,
        people_max: entry.people_max,
        people,
        event_codes,
        events,
        measures,
    })
}

fn variables(place: &str, entries: Vec<VariableEntry>) -> Result<Vec<Variable>, AgreementError> {
    let mut variables: Vec<Variable> = Vec::with_capacity(entries.len());
    for entry in entries {
        let variable = entry.check().map_err(|problem| invalid(place, problem))?;
        if RESERVED.contains(&variable.name.as_str()) {
            return Err(invalid(place, format!("variable {}: the name is taken by a fixed column", variable.name)));
        }
        if variables.iter().any(|known| known.name == variable.name) || variables.len() == VARIABLES_MAX {
            return Err(invalid(place, format!("variable {}: {VARIABLES_MAX} at most, each once", variable.name)));
        }
        variables.push(variable);
    }
    Ok(variables)
}

fn disclosure(entry: &DisclosureEntry) -> Result<Disclosure, AgreementError> {
    // HES analysis guide, September 2018: 1-7 suppressed, the rest to the nearest 5. An agreement may only be stricter.
    if !(8..=1_000).contains(&entry.suppress_below) {
        return Err(invalid("disclosure suppress_below", "is 8 to 1000: counts of 1 to 7 never leave"));
    }
    if !(5..=100).contains(&entry.rounding_base) {
        return Err(invalid("disclosure rounding_base", "is 5 to 100"));
    }
    if entry.money_rounding_pounds.is_some_and(|pounds| !(100..=100_000).contains(&pounds)) {
        return Err(invalid("disclosure money_rounding_pounds", "is 100 to 100000, or left out if no money leaves"));
    }
    Ok(Disclosure {
        suppress_below: entry.suppress_below,
        rounding_base: entry.rounding_base,
        releases_max: entry.releases_max,
        money_rounding_pounds: entry.money_rounding_pounds,
    })
}
