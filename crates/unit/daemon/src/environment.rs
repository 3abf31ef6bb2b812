//! Time and randomness, which come in as arguments.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// A clock.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// A source of secure random bytes: fills what it is given.
pub type RandomBytes = Arc<dyn Fn(&mut [u8]) + Send + Sync>;

/// The clock and the source of random bytes.
#[derive(Clone)]
pub struct Environment {
    /// The time now.
    pub now: Clock,
    /// Fills bytes with secure randomness.
    pub fill: RandomBytes,
}

impl Environment {
    /// The operating system's clock and random bytes.
    pub fn of_the_system() -> Self {
        use ring::rand::{SecureRandom, SystemRandom};
        Self {
            now: Arc::new(Timestamp::now),
            fill: Arc::new(|bytes| {
                SystemRandom::new().fill(bytes).expect("the operating system gives random bytes");
            }),
        }
    }

    /// Seconds since 1970-01-01 UTC.
    pub(crate) fn seconds(&self) -> u64 {
        u64::try_from((self.now)().as_second()).unwrap_or(0)
    }

    /// Today, in UTC: an agreement's term begins and ends for all parties at once.
    pub(crate) fn today(&self) -> Date {
        (self.now)().to_zoned(TimeZone::UTC).date()
    }
}
