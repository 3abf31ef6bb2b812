//! The front door for those who embed the library: the pure crates, and both wings in one process for evaluation.
//!
//! | module | what |
//! |---|---|
//! | [`model`] | agreements, linkage schemas, studies, tokens, rows: parsed at the door, valid by type |
//! | [`pseudonym`] | a custodian's CSV files to rows of an extract; the one crate that sees identifiers and the key |
//! | [`extract`] | an extract on disk: Parquet tables and a signed manifest |
//! | [`linkage`] | extract and extract to links |
//! | [`similarity`] | every pair of CLKs above a similarity, without blocking |
//! | [`outcomes`] | links and events to tables of counts |
//! | [`release`] | tables to what may leave |
//! | [`audit`] | the verifiable log |
//! | [`evaluate`] | a linkage schema tried on two files, with precision and recall where the truth is known |
//!
//! Absent on purpose: the wire, the daemon and the commands. In production the two wings run on different machines, and
//! no program has this crate and a real key; the daemon and the `counterfoil` command do not depend on it.
//!
//! Two small files linked in one process, as two custodians and a linkage unit would link them:
//!
//! ```
//! use counterfoil::linkage::link;
//! use counterfoil::model::{AgreementId, EncodedPeople, LinkageSchema};
//! use counterfoil::pseudonym::intake::{Collected, PeopleIntake, read_people};
//! use counterfoil::pseudonym::{Encoder, LocalIdKey, PseudonymisationKey};
//!
//! let schema = LinkageSchema::parse(
//!     r#"
//!     format = "counterfoil-linkage-schema-2"
//!     id = "two-small-files"
//!     field = [
//!         { name = "nhs_number", rule = "nhs_number_v1" },
//!         { name = "family_name", rule = "family_name_v1" },
//!         { name = "date_of_birth", rule = "date_of_birth_v1" },
//!     ]
//!     match_key = [
//!         { name = "nhs_birth", parts = ["nhs_number", "date_of_birth"] },
//!         { name = "sound_birth", parts = ["family_name.soundex", "date_of_birth"] },
//!     ]
//!     decision = { link_probability_min_permille = 500, false_links_max_permille = 5, relationship = "one-to-one", runner_up_margin_bits = 2, group_pairs_max = 1000000 }
//!
//!     [columns.programme]
//!     local_id = "participant"
//!     nhs_number = "NHS no."
//!     family_name = "Surname"
//!     date_of_birth = { header = "DOB", date = "day-month-year" }
//!
//!     [columns.hospital]
//!     local_id = "patient"
//!     nhs_number = "nhs_number"
//!     family_name = "family_name"
//!     date_of_birth = { header = "birth", date = "iso" }
//!     "#,
//! )?;
//! let programme = "participant,NHS no.,Surname,DOB\n1,999 000 0018,O'Neill,03/04/1950\n2,,Smyth,05/06/1961\n";
//! let hospital = "patient,nhs_number,family_name,birth\n7,,Smith,1961-06-05\n8,9990000018,ONEILL,1950-04-03\n";
//!
//! // In production the bytes come from the operating system, and one custodian seals the key for the other.
//! let mut fill = |bytes: &mut [u8]| bytes.fill(7);
//! let key = PseudonymisationKey::generate(&mut fill);
//! let encoder = Encoder::new(&key, &AgreementId::parse("two-small-files")?, 1, &schema);
//!
//! let mut encode = |text: &str, dataset: &str| -> Result<EncodedPeople, Box<dyn std::error::Error>> {
//!     let intake = PeopleIntake {
//!         file: dataset,
//!         columns: schema.columns().of(dataset).ok_or("the schema has columns for both")?,
//!         variables: &[],
//!         encoder: &encoder,
//!         local_ids: &LocalIdKey::generate(&mut fill),
//!         today: jiff::civil::date(2026, 11, 21),
//!     };
//!     let mut collected = Collected::default();
//!     read_people(text.as_bytes(), &intake, &mut collected)?;
//!     let mut people = EncodedPeople::new(&schema, 0);
//!     collected.rows.iter().for_each(|(row, _line)| people.push(row));
//!     Ok(people)
//! };
//! let (left, right) = (encode(programme, "programme")?, encode(hospital, "hospital")?);
//!
//! // From here on there are only tokens.
//! let linkage = link(&schema, &left, &right, &|_progress| {})?;
//! let rows: Vec<_> = linkage.links.iter().map(|link| (link.left, link.right)).collect();
//! assert_eq!(rows, [(0, 1), (1, 0)]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub use counterfoil_model as model;

pub use counterfoil_pseudonym as pseudonym;

pub use counterfoil_extract as extract;

pub use counterfoil_linkage as linkage;

pub use counterfoil_similarity as similarity;

pub use counterfoil_outcomes as outcomes;

pub use counterfoil_release as release;

pub use counterfoil_audit as audit;

pub mod evaluate;
