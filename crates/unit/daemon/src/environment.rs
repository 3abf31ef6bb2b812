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
}

/// The day of a time, in UTC: an agreement's term begins and ends for all parties at once.
pub(crate) fn day_of(seconds: u64) -> Date {
    let timestamp = i64::try_from(seconds).ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    timestamp.unwrap_or(Timestamp::MAX).to_zoned(TimeZone::UTC).date()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_change_at_midnight_utc() {
        // date -u -d @1798761599 and the second after it.
        assert_eq!(day_of(1_798_761_599), Date::constant(2026, 12, 31));
        assert_eq!(day_of(1_798_761_600), Date::constant(2027, 1, 1));
        assert_eq!(day_of(0), Date::constant(1970, 1, 1));
        assert_eq!(day_of(u64::MAX).year(), 9999);
    }
}
