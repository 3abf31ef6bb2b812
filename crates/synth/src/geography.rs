//! Postcodes, the deprivation decile of each, and the practice its people are registered with.
//!
//! In: the number of people, the postcode areas. Out: a list of postcodes. Practices follow geography, and so does deprivation: the first
//! of the closed list serve the most deprived streets, the last the least. Absent on purpose: real places; the areas' letters are real,
//! the rest is counted out, and the practice codes come from an unused stretch.

use crate::random::Random;

const PEOPLE_PER_POSTCODE: u32 = 40;
/// About the size of a lower-layer super output area, the unit deprivation is measured on.
const PEOPLE_PER_CLUSTER: u32 = 1_600;
const PEOPLE_PER_PRACTICE: u32 = 8_000;
/// Ten clusters of forty postcodes use up the letters of a sector; half of that leaves room for rounding.
pub(crate) const PEOPLE_PER_SECTOR_MAX: u32 = 8_000;
/// Postcodes, per 10,000, whose people are registered not with the nearest practice but with the next.
const NEXT_PRACTICE_PER_10K: u32 = 2_500;
/// Share of clusters by deprivation decile, per cent: a place with a third of its people in the most deprived tenth of the country.
const DECILE_PERCENT: [u32; 10] = [30, 10, 9, 10, 8, 8, 8, 7, 6, 4];
/// Letters of an inward code: never C I K M O V.
const UNIT: &[u8; 20] = b"ABDEFGHJLNPQRSTUWXYZ";

/// Every practice of a place, as `nhs/people.csv` writes it in `practice`: the code of the Organisation Data Service in lower case. The list
/// is the same whatever the size of the place, so that an agreement can name it.
pub const PRACTICES: [&str; 30] = [
    "b89001", "b89002", "b89003", "b89004", "b89005", "b89006", "b89007", "b89008", "b89009", "b89010", "b89011",
    "b89012", "b89013", "b89014", "b89015", "b89016", "b89017", "b89018", "b89019", "b89020", "b89021", "b89022",
    "b89023", "b89024", "b89025", "b89026", "b89027", "b89028", "b89029", "b89030",
];
pub(crate) const PRACTICE_COUNT: u32 = 30;

/// A postcode and what follows from living there.
#[derive(Debug, Clone)]
pub(crate) struct Postcode {
    pub(crate) text: String,
    /// 1 is the most deprived.
    pub(crate) imd_decile: u8,
    /// Place of the practice in its area's list.
    pub(crate) practice: u32,
    /// The practice's code, in upper case.
    pub(crate) practice_code: String,
}

/// Postcode districts, and how many practices serve them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Area<'a> {
    pub(crate) districts: &'a [Districts<'a>],
    pub(crate) practices: Practices,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Practices {
    /// Those of [`PRACTICES`].
    Listed,
    /// As many as the people need.
    Counted,
}

/// A run of postcode districts: `letters` and the numbers `first..first + count`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Districts<'a> {
    pub(crate) letters: &'a str,
    pub(crate) first: u32,
    pub(crate) count: u32,
}

/// The place itself.
pub(crate) const PLACE: Area<'static> =
    Area { districts: &[Districts { letters: "DN", first: 31, count: 11 }], practices: Practices::Listed };

/// Where participants from outside the place live.
pub(crate) const ELSEWHERE: Area<'static> = Area {
    districts: &[Districts { letters: "HU", first: 1, count: 9 }, Districts { letters: "LN", first: 1, count: 8 }],
    practices: Practices::Counted,
};

/// A larger country, for files that compare two custodians at large.
pub(crate) const COUNTRY: Area<'static> = Area { districts: COUNTRY_DISTRICTS, practices: Practices::Counted };

const COUNTRY_DISTRICTS: &[Districts<'_>] = &[
    Districts { letters: "B", first: 1, count: 20 },
    Districts { letters: "BD", first: 1, count: 20 },
    Districts { letters: "CF", first: 1, count: 20 },
    Districts { letters: "DN", first: 1, count: 20 },
    Districts { letters: "EH", first: 1, count: 20 },
    Districts { letters: "G", first: 1, count: 20 },
    Districts { letters: "HU", first: 1, count: 17 },
    Districts { letters: "L", first: 1, count: 20 },
    Districts { letters: "LS", first: 1, count: 20 },
    Districts { letters: "M", first: 1, count: 20 },
    Districts { letters: "NE", first: 1, count: 20 },
    Districts { letters: "S", first: 1, count: 20 },
    Districts { letters: "SE", first: 1, count: 20 },
    Districts { letters: "SW", first: 2, count: 18 },
];

/// Postcodes for `people`, clusters of them in order of deprivation, neighbouring clusters in neighbouring sectors.
pub(crate) fn build_postcodes(people: u32, area: Area<'_>, random: &mut Random) -> Vec<Postcode> {
    let clusters = (people / PEOPLE_PER_CLUSTER).max(10);
    let per_cluster = (people / PEOPLE_PER_POSTCODE / clusters).clamp(5, 60);
    let sectors: Vec<(&str, u32, u32)> = area
        .districts
        .iter()
        .flat_map(|run| (run.first..run.first + run.count).map(move |district| (run.letters, district)))
        .flat_map(|(letters, district)| (0..10).map(move |sector| (letters, district, sector)))
        .collect();
    let sector_count = u32::try_from(sectors.len()).expect("there are fewer than 2^32 sectors");
    // Clusters share a sector when there are more of them than sectors: each then has units of its own.
    let clusters_per_sector = clusters.div_ceil(sector_count);
    let mut postcodes = Vec::new();
    for cluster in 0..clusters {
        let (letters, district, sector) = sectors[(cluster / clusters_per_sector) as usize];
        for place in 0..per_cluster {
            let unit =
                ((cluster % clusters_per_sector) * per_cluster + place) * 183 + cluster / clusters_per_sector * 7;
            let next = u32::from(random.hit(NEXT_PRACTICE_PER_10K));
            let (practice, practice_code) = match area.practices {
                Practices::Listed => {
                    let nearest = (cluster * per_cluster + place) * PRACTICE_COUNT / (clusters * per_cluster);
                    let practice = (nearest + next).min(PRACTICE_COUNT - 1);
                    (practice, PRACTICES[practice as usize].to_ascii_uppercase())
                }
                Practices::Counted => {
                    let practices = (people / PEOPLE_PER_PRACTICE).max(5);
                    let practice = (cluster * practices / clusters + next) % practices;
                    (practice, format!("{}89{practice:03}", if letters == "DN" { 'B' } else { 'N' }))
                }
            };
            postcodes.push(Postcode {
                text: format!("{letters}{district} {sector}{}", unit_letters(unit)),
                imd_decile: decile(cluster, clusters),
                practice,
                practice_code,
            });
        }
    }
    postcodes
}

fn decile(cluster: u32, clusters: u32) -> u8 {
    let percent = (cluster * 100 + 50) / clusters;
    let mut up_to = 0;
    for (decile, share) in (1_u8..).zip(DECILE_PERCENT) {
        up_to += share;
        if percent < up_to {
            return decile;
        }
    }
    10
}

/// 183 has no factor in common with 400, so the first 400 multiples give 400 pairs of letters.
fn unit_letters(unit: u32) -> String {
    let unit = unit % 400;
    [unit / 20, unit % 20].iter().map(|place| char::from(UNIT[*place as usize])).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::nhs_number::PEOPLE_MAX;
    use crate::random::Stream;

    #[test]
    fn every_postcode_occurs_once_whatever_the_size() {
        for (people, area) in
            [(200, PLACE), (180_000, PLACE), (PEOPLE_MAX, PLACE), (PEOPLE_MAX, COUNTRY), (50, ELSEWHERE)]
        {
            let postcodes = build_postcodes(people, area, &mut Random::new(1, Stream::Geography));
            let distinct: BTreeSet<&str> = postcodes.iter().map(|postcode| postcode.text.as_str()).collect();
            assert_eq!(distinct.len(), postcodes.len(), "for {people} people");
            assert!(postcodes.len() * 60 >= people as usize, "too few postcodes for {people} people");
        }
    }

    #[test]
    fn about_a_third_of_the_place_is_in_the_first_decile_and_every_decile_occurs() {
        let postcodes = build_postcodes(180_000, PLACE, &mut Random::new(1, Stream::Geography));
        let first = postcodes.iter().filter(|postcode| postcode.imd_decile == 1).count();
        assert!((27..=33).contains(&(first * 100 / postcodes.len())));
        let deciles: BTreeSet<u8> = postcodes.iter().map(|postcode| postcode.imd_decile).collect();
        assert_eq!(deciles, (1..=10).collect());
    }

    #[test]
    fn every_practice_of_the_list_has_postcodes_and_the_first_serve_the_deprived() {
        for people in [6_000, 180_000, PEOPLE_MAX] {
            let postcodes = build_postcodes(people, PLACE, &mut Random::new(1, Stream::Geography));
            let used: BTreeSet<String> =
                postcodes.iter().map(|postcode| postcode.practice_code.to_ascii_lowercase()).collect();
            assert_eq!(used, PRACTICES.iter().map(ToString::to_string).collect(), "for {people} people");
            assert_eq!(PRACTICES.len(), PRACTICE_COUNT as usize);
            let deciles = |practice: u32| {
                let of = postcodes.iter().filter(move |postcode| postcode.practice == practice);
                of.map(|postcode| u32::from(postcode.imd_decile)).collect::<Vec<_>>()
            };
            assert!(deciles(0).iter().all(|decile| *decile == 1), "for {people} people");
            assert!(deciles(29).iter().all(|decile| *decile >= 8), "for {people} people: {:?}", deciles(29));
        }
    }
}
