//! Core's times.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// ISO 8601; without a zone it is UTC.
pub(crate) fn instant(text: &str) -> Option<Timestamp> {
    let zoneless = || text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    text.parse().ok().or_else(zoneless)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_without_a_zone_is_utc() {
        let zulu = instant("2026-01-02T03:04:05Z");
        assert!(zulu.is_some());
        assert_eq!(instant("2026-01-02T03:04:05"), zulu);
        assert_eq!(instant("2026-01-02T04:04:05.0+01:00"), zulu);
        assert_eq!(instant("soon"), None);
    }
}
