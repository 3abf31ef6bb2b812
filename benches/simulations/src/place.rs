//! A made-up place: a programme's participants, and everybody else.
//!
//! In: a law, sizes, a seed. Out: a [`Place`]. Absent on purpose: the participants whom a large programme would take out of the others.
//! The others are drawn as everybody is, because a programme takes few of a place (2,400 of 180,000 in the example of the shape of
//! Thrive.NEL); a simulation of 8,000 others would else make much of a thing that is nearly nothing.

use crate::people::{Law, Person, Practice, draw_other, draw_participant};
use crate::random::Random;

/// How many people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    /// Who started.
    pub participants: u32,
    /// Everybody else on the register.
    pub others: u32,
}

/// The place.
pub struct Place {
    /// Practices.
    pub practices: u32,
    /// Who started.
    pub participants: Vec<Person>,
    /// Everybody else.
    pub others: Vec<Person>,
    /// What every random choice followed from.
    pub seed: u64,
}

impl Place {
    /// Draws it.
    pub fn draw(law: &Law, sizes: Sizes, seed: u64) -> Self {
        let mut random = Random::new(seed, 1);
        let practices: Vec<_> = (0..law.practices).map(|_| Practice::draw(&mut random)).collect();
        let mut participants: Vec<_> =
            (0..sizes.participants).map(|_| draw_participant(law, &practices, &mut random)).collect();
        let mut random = Random::new(seed, 5);
        for person in &mut participants {
            person.contacts = random.poisson([3.0, 5.0, 8.0][person.turn]);
        }
        let mut random = Random::new(seed, 2);
        let others = (0..sizes.others).map(|_| draw_other(law, &practices, &mut random)).collect();
        Self { practices: law.practices, participants, others, seed }
    }

    /// Participants, then the others: the rows of the usage extract.
    pub fn everybody(&self) -> impl Iterator<Item = &Person> {
        self.participants.iter().chain(&self.others)
    }
}
