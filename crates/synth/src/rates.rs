//! How often each kind of mistake is made when a person is written down.
//!
//! In: nothing. Out: `ErrorRates`, whose field names are also the keys of the counts in a summary. Absent on purpose: what each mistake
//! does to a record; that is `clerk`.

/// Rates are counted in ten-thousandths of the records.
pub(crate) const PER: u32 = 10_000;

macro_rules! error_rates {
    ($($(#[$doc:meta])* $name:ident = $programme:literal,)+) => {
        /// Rates of mistakes, each per 10,000 records.
        ///
        /// The list follows what linkage studies of English health records report: missing and wrong NHS numbers, typing errors,
        /// nicknames, changed family names, moves, swapped or mistyped dates, placeholders.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct ErrorRates {
            $($(#[$doc])* pub $name: u32,)+
        }

        impl ErrorRates {
            /// The rates of a programme's own register, typed in by link workers.
            pub fn programme() -> Self {
                Self { $($name: $programme,)+ }
            }

            /// No mistakes at all.
            pub fn none() -> Self {
                Self { $($name: 0,)+ }
            }

            /// Every rate multiplied by `percent` / 100, rounded down and never above certainty.
            pub fn scaled_percent(&self, percent: u32) -> Self {
                Self { $($name: scale(self.$name, percent),)+ }
            }

            /// Every rate with its name, in the order of declaration.
            pub fn named(&self) -> Vec<(&'static str, u32)> {
                vec![$((stringify!($name), self.$name),)+]
            }
        }
    };
}

error_rates! {
    /// NHS number left blank.
    nhs_number_missing = 1_200,
    /// One digit of the NHS number wrong, or two neighbours transposed.
    nhs_number_digit = 100,
    /// A made-up number (all nines or all zeros) typed to get past the form.
    nhs_number_placeholder = 30,
    /// NHS number written in groups of three, three and four.
    nhs_number_spaced = 800,
    /// A short or pet form, where the given name has one.
    nickname = 600,
    /// One typing error in the given name.
    given_name_typo = 300,
    /// Given name left blank.
    given_name_missing = 50,
    /// A title before the given name.
    given_name_title = 60,
    /// Another family name: women of twenty and over.
    family_name_changed = 400,
    /// A second family name added.
    family_name_doubled = 100,
    /// One typing error in the family name.
    family_name_typo = 300,
    /// Apostrophe, hyphen, space or diacritic written otherwise, where the name has one.
    special_character = 3_000,
    /// Upper case, lower case or stray spaces.
    name_style = 500,
    /// Given and family name in each other's place.
    names_swapped = 50,
    /// `UNKNOWN` for the family name.
    name_placeholder = 6,
    /// Day and month swapped, where both ways are dates.
    birth_day_month_swap = 100,
    /// Year, month or day mistyped; the result need not be a date.
    birth_digit = 150,
    /// Year wrong by one or by ten.
    birth_year_off = 50,
    /// 1 January of the right year.
    birth_first_january = 30,
    /// 1 January 1900.
    birth_default = 12,
    /// Date of birth left blank.
    birth_missing = 50,
    /// A former address: another postcode, and the practice that goes with it.
    moved = 1_000,
    /// One typing error in the postcode.
    postcode_typo = 200,
    /// Postcode in lower case or without its space.
    postcode_style = 500,
    /// ZZ99 3VZ, no fixed abode.
    postcode_no_fixed_abode = 10,
    /// Postcode left blank.
    postcode_missing = 200,
    /// Practice left blank.
    gp_practice_missing = 300,
    /// The other sex.
    sex_flipped = 50,
    /// Sex left blank or not specified.
    sex_missing = 100,
}

fn scale(rate: u32, percent: u32) -> u32 {
    let scaled = u64::from(rate) * u64::from(percent) / 100;
    u32::try_from(scaled).unwrap_or(PER).min(PER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scaling_rounds_down_and_stops_at_certainty() {
        let rates = ErrorRates::programme().scaled_percent(35);
        assert_eq!(rates.nhs_number_missing, 420, "1,200 x 0.35");
        assert_eq!(rates.birth_year_off, 17, "50 x 0.35 = 17.5");
        let certain = ErrorRates::programme().scaled_percent(u32::MAX);
        assert!(certain.named().iter().all(|(_, rate)| *rate == PER));
        assert_eq!(ErrorRates::programme().scaled_percent(0), ErrorRates::none());
    }
}
