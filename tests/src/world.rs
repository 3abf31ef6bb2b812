//! A small place and its parties, as they are when both extracts have been made and nothing has been sent.
//!
//! | folder | whose | what |
//! |---|---|---|
//! | `place/` | the two custodians' | their own CSV files, and the truth |
//! | `agreement/`, `other/` | everybody's | two agreements of one unit |
//! | `keys/` | each party's own | sealed identities, the sealed key, the unit's log key |
//! | `certificates/` | each party's own | certificates for the connection |
//! | `extracts/` | the two custodians' | what is to be submitted |

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use counterfoil_audit::NoteKey;
use counterfoil_cli::Passphrase;
use counterfoil_cli::steps::Connect;
use counterfoil_daemon::{LogKey, sign_agreement};
use counterfoil_model::{AgreementId, Code, LinkageSchema, PartyId, Study};
use counterfoil_synth::{ErrorRates, PlaceSettings, write_place};
use counterfoil_wire::party_uri;
use tempfile::TempDir;
use zeroize::Zeroizing;

use crate::certificates::write_certificates;
use crate::context::OutsideWorld;
use crate::steps;

/// The agreement of the journey.
pub const AGREEMENT: &str = "test-place";
/// Another agreement of the same unit, with parties of its own.
pub const OTHER_AGREEMENT: &str = "other-place";
/// The linkage unit.
pub const UNIT: &str = "linkage-unit";
/// The custodian of the usage dataset.
pub const NHS: &str = "nhs-team";
/// The custodian of the cohort dataset.
pub const PROGRAMME: &str = "programme-team";
/// The partner.
pub const PARTNER: &str = "partner";
/// The auditor.
pub const AUDITOR: &str = "auditor";
/// Custodian, partner and auditor of the other agreement.
pub const OUTSIDER: &str = "outsider";

const SCHEMA: &str = include_str!("../texts/schema.toml");
const TERMS: &str = include_str!("../texts/agreement.toml");
const STUDIES: [(&str, &str); 2] =
    [("use", include_str!("../texts/studies/use.toml")), ("who", include_str!("../texts/studies/who.toml"))];
/// The study of money, where there is one.
const WORTH: (&str, &str) = ("worth", include_str!("../texts/studies/worth.toml"));
/// The tariff of its money.
pub const TARIFF: &str = "nhsps-2024-25";
const PARTIES: [(&str, &str); 5] = [
    (NHS, "\"custodian\""),
    (PROGRAMME, "\"custodian\""),
    (UNIT, "\"linkage-unit\""),
    (PARTNER, "\"partner\""),
    (AUDITOR, "\"auditor\""),
];
const OTHER_PARTIES: [(&str, &str); 2] =
    [(OUTSIDER, "\"custodian\", \"partner\", \"auditor\""), (UNIT, "\"linkage-unit\"")];

/// What place to make.
pub struct WorldPlan {
    /// The synthetic place.
    pub settings: PlaceSettings,
    /// A change to the custodians' files before they are read.
    pub alter: fn(&Path),
    /// Whether the study `worth` is agreed too, which counts money at [`TARIFF`]: the usage extract is priced at it then.
    pub money: bool,
}

impl WorldPlan {
    /// A place in which nobody made a mistake in writing, so that true pairs and links are the same.
    pub fn without_mistakes(seed: u64) -> Self {
        let settings = PlaceSettings {
            programme_errors: ErrorRates::none(),
            nhs_errors: ErrorRates::none(),
            rows_without_identifiers: 0,
            ..PlaceSettings::small(seed)
        };
        Self { settings, alter: |_| {}, money: false }
    }
}

/// The folder of everything.
pub struct World {
    dir: TempDir,
    /// The first bytes that were drawn for the key of the agreement: the key itself.
    pub key_bytes: Vec<u8>,
    money: bool,
}

impl World {
    /// Makes a place, its parties, their agreements, the key and both extracts.
    ///
    /// # Panics
    /// When a step fails.
    pub fn make(base: &Path, plan: &WorldPlan) -> Self {
        std::fs::create_dir_all(base).expect("a folder");
        sweep(base);
        let name = format!("world-{}-", std::process::id());
        let dir = tempfile::Builder::new().prefix(&name).tempdir_in(base).expect("a folder");
        let mut world = Self { dir, key_bytes: Vec::new(), money: plan.money };
        write_place(&plan.settings, &world.place(), &mut |_, _, _| {}).expect("a place");
        (plan.alter)(&world.place());
        world.make_parties();
        world.make_agreement(AGREEMENT, &PARTIES, (NHS, PROGRAMME));
        world.make_agreement(OTHER_AGREEMENT, &OTHER_PARTIES, (OUTSIDER, OUTSIDER));
        let mut outside = OutsideWorld::new(100);
        steps::key_new(&world, &mut outside, &world.key()).expect("a key");
        world.key_bytes.clone_from(&outside.given()[0]);
        for dataset in ["nhs-usage", "programme"] {
            let args = steps::pseudonymise_args(&world, dataset);
            steps::pseudonymise(&args, 200).expect("an extract");
        }
        world
    }

    /// The place without mistakes that all tests of one program share, each with a unit of its own.
    pub fn shared(base: &Path) -> &'static Self {
        static SHARED: OnceLock<World> = OnceLock::new();
        SHARED.get_or_init(|| Self::make(base, &WorldPlan::without_mistakes(1)))
    }

    /// The folder of everything.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// The custodians' own files and the truth.
    pub fn place(&self) -> PathBuf {
        self.dir().join("place")
    }

    /// The agreement's folder.
    pub fn agreement(&self) -> PathBuf {
        self.dir().join("agreement")
    }

    /// The other agreement's folder.
    pub fn other_agreement(&self) -> PathBuf {
        self.dir().join("other")
    }

    /// The sealed pseudonymisation key.
    pub fn key(&self) -> PathBuf {
        self.dir().join("keys/pseudonymisation.key")
    }

    /// The unit's key.
    pub fn log_key(&self) -> PathBuf {
        self.dir().join("keys/unit.log-key.pem")
    }

    /// The tariff at which a dataset's extract is priced.
    ///
    /// # Panics
    /// Never: it is a code.
    pub fn tariff(&self, dataset: &str) -> Option<Code> {
        let priced = self.money && dataset == "nhs-usage";
        priced.then(|| Code::parse(TARIFF).expect("a tariff's name"))
    }

    /// A party's sealed identity.
    pub fn identity(&self, party: &str) -> PathBuf {
        self.dir().join(format!("keys/{party}.identity"))
    }

    /// The folder of certificates.
    pub fn certificates(&self) -> PathBuf {
        self.dir().join("certificates")
    }

    /// An extract.
    pub fn extract(&self, dataset: &str) -> PathBuf {
        self.dir().join("extracts").join(dataset)
    }

    /// A new empty folder in this one.
    ///
    /// # Panics
    /// When it cannot be made.
    pub fn scratch(&self) -> PathBuf {
        let folder = tempfile::Builder::new().prefix("scratch-").tempdir_in(self.dir());
        folder.expect("a folder").keep()
    }

    /// How a caller connects to a unit at an address.
    pub fn connect(&self, address: impl std::fmt::Display, caller: &str) -> Connect {
        let certificates = self.certificates();
        Connect {
            unit: format!("https://{address}"),
            ca: certificates.join("ca.pem"),
            certificate: certificates.join(format!("{caller}.pem")),
            certificate_key: certificates.join(format!("{caller}.key.pem")),
            server_name: Some("localhost".to_owned()),
        }
    }

    fn make_parties(&mut self) {
        std::fs::create_dir_all(self.dir().join("keys")).expect("a folder");
        for (seed, party) in (1..).zip([NHS, PROGRAMME, PARTNER, AUDITOR, OUTSIDER]) {
            steps::identity_new(self, party, seed).expect("an identity");
        }
        LogKey::create(&self.log_key(), &party_id(UNIT)).expect("a log key");
        let one = |party: &'static str| (party, vec![party_uri(&party_id(party))]);
        let mut callers: Vec<_> = [NHS, PROGRAMME, UNIT, PARTNER, AUDITOR, OUTSIDER].map(one).into();
        callers.push(("two-names", vec![party_uri(&party_id(NHS)), party_uri(&party_id(PARTNER))]));
        callers.push(("no-name", Vec::new()));
        write_certificates(&self.certificates(), &callers);
        // Another authority that calls its certificate by the custodian's name.
        write_certificates(&self.dir().join("strangers"), &[one(NHS)]);
        for file in ["nhs-team.pem", "nhs-team.key.pem"] {
            let place = self.certificates().join(file.replace(NHS, "stranger"));
            std::fs::copy(self.dir().join("strangers").join(file), place).expect("copied");
        }
    }

    fn make_agreement(&self, id: &str, parties: &[(&str, &str)], (nhs, programme): (&str, &str)) {
        let folder = self.dir().join(if id == AGREEMENT { "agreement" } else { "other" });
        std::fs::create_dir_all(folder.join("studies")).expect("a folder");
        let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).expect("written");
        write("schema.toml", SCHEMA);
        let mut terms = TERMS.replace("{id}", id).replace("{nhs}", nhs).replace("{programme}", programme);
        let schema = LinkageSchema::parse(SCHEMA).expect("a schema");
        terms = terms.replace("{schema}", &schema.digest().to_string());
        for (study, text) in STUDIES {
            write(&format!("studies/{study}.toml"), text);
            let digest = Study::parse(text).expect("a study").digest;
            terms = terms.replace(&format!("{{{study}}}"), &digest.to_string());
        }
        if self.money {
            let (study, text) = WORTH;
            write(&format!("studies/{study}.toml"), text);
            let digest = Study::parse(text).expect("a study").digest;
            terms = format!("{terms}[[study]]\nid = \"{study}\"\ndigest = \"{digest}\"\n");
            terms = terms.replace("rounding_base = 5\n", "rounding_base = 5\nmoney_rounding_pounds = 100\n");
        }
        let entry = |(party, roles): &(&str, &str)| {
            format!("[[party]]\nid = \"{party}\"\nname = \"The {party}\"\nroles = [{roles}]\n")
        };
        terms = terms.replace("{parties}", &parties.iter().map(entry).collect::<String>());
        write("agreement.toml", &terms);

        let log_key = LogKey::read(&self.log_key(), &party_id(UNIT)).expect("a log key");
        let key_of = |(party, _): &(&str, &str)| -> NoteKey {
            if *party == UNIT { log_key.public().clone() } else { steps::public_key(self, party) }
        };
        steps::agreement_propose(&folder, parties.iter().map(key_of).collect()).expect("proposed");
        for (party, _) in parties.iter().filter(|(party, _)| *party != UNIT) {
            steps::agreement_sign(&folder, &self.identity(party)).expect("signed");
        }
        sign_agreement(&folder, &log_key).expect("signed by the unit");
    }
}

/// Removes the folders of programs that have ended: a folder that tests share outlives their program.
fn sweep(base: &Path) {
    if !Path::new("/proc/self").exists() {
        return;
    }
    for entry in std::fs::read_dir(base).expect("a readable folder").map_while(Result::ok) {
        let name = entry.file_name().to_string_lossy().into_owned();
        let process = name.strip_prefix("world-").and_then(|name| name.split('-').next());
        if process.is_some_and(|process| !Path::new("/proc").join(process).exists()) {
            // Another program may be sweeping too.
            let _gone = std::fs::remove_dir_all(entry.path());
        }
    }
}

/// The one passphrase of the tests.
///
/// # Panics
/// Never: it is long enough.
pub fn passphrase() -> Passphrase {
    passphrase_of("correct horse battery")
}

/// Another passphrase.
///
/// # Panics
/// When it is too short.
pub fn passphrase_of(text: &str) -> Passphrase {
    Passphrase::parse(Zeroizing::new(text.to_owned())).expect("long enough")
}

/// A party's name.
///
/// # Panics
/// When it is none.
pub fn party_id(text: &str) -> PartyId {
    PartyId::parse(text).expect("a party's name")
}

/// An agreement's name.
///
/// # Panics
/// When it is none.
pub fn agreement_id(text: &str) -> AgreementId {
    AgreementId::parse(text).expect("an agreement's name")
}
