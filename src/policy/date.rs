//! A day, as rules write it.

use std::fmt;
use std::time::SystemTime;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A day of the Gregorian calendar, in UTC. Later days are greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: i32,
    month: u8,
    day: u8,
}

impl Date {
    /// The day on which a time falls.
    pub fn of(time: SystemTime) -> Date {
        let date = time::OffsetDateTime::from(time).date();
        Date { year: date.year(), month: u8::from(date.month()), day: date.day() }
    }

    /// Reads `2026-12-31`.
    pub fn parse(text: &str) -> Option<Date> {
        let mut parts = text.split('-');
        let mut number = |digits: usize| {
            let part = parts.next().filter(|part| part.len() == digits)?;
            part.bytes().all(|c| c.is_ascii_digit()).then(|| part.parse::<u16>().ok())?
        };
        let (year, month, day) = (number(4)?, number(2)?, number(2)?);
        if parts.next().is_some() {
            return None;
        }
        let month = time::Month::try_from(u8::try_from(month).ok()?).ok()?;
        let date = time::Date::from_calendar_date(i32::from(year), month, u8::try_from(day).ok()?).ok()?;
        Some(Date { year: date.year(), month: u8::from(date.month()), day: date.day() })
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// As TOML's own date, or as a text.
impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "expected a date, such as 2026-12-31")]
        enum Written {
            Date(toml::value::Datetime),
            Text(String),
        }
        let text = match Written::deserialize(deserializer)? {
            Written::Date(date) => date.to_string(),
            Written::Text(text) => text,
        };
        Date::parse(&text)
            .ok_or_else(|| de::Error::custom(format!("`{text}` is no date, such as 2026-12-31")))
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[test]
    fn dates_are_read_and_compared() {
        for (text, read) in [
            ("2026-12-31", true),
            ("2024-02-29", true),
            ("2026-02-29", false),
            ("2026-13-01", false),
            ("2026-1-01", false),
            ("2026-12-31-1", false),
            ("+026-12-31", false),
            ("", false),
        ] {
            assert_eq!(Date::parse(text).map(|date| date.to_string()), read.then(|| text.to_owned()));
        }
        let of = |text: &str| Date::parse(text).unwrap();
        assert!(of("2026-09-30") < of("2026-10-01"));
        assert_eq!(Date::of(UNIX_EPOCH + Duration::from_secs(1_798_675_200)), of("2026-12-31"));
        #[derive(Deserialize)]
        struct Until {
            until: Date,
        }
        for toml in ["until = 2026-12-31", "until = \"2026-12-31\""] {
            assert_eq!(toml::from_str::<Until>(toml).unwrap().until, of("2026-12-31"));
        }
        assert!(toml::from_str::<Until>("until = 2026-12-31T10:00:00Z").is_err());
    }
}
