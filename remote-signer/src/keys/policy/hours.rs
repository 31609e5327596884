//! Windows of the week.
//!
//! ```abnf
//! window = days SP time "-" time         ; the end is not part of it
//! days   = day [ "-" day ]               ; mon-fri; a range may go over the end of the week
//! day    = "mon" / "tue" / "wed" / "thu" / "fri" / "sat" / "sun"
//! time   = 2DIGIT ":" 2DIGIT             ; 00:00 to 24:00, UTC
//! ```

use core::fmt;
use core::str::FromStr;

use crate::clock::UnixMillis;

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

const MINUTE_MS: i64 = 60_000;
const DAY_MINUTES: u16 = 24 * 60;

/// A time of the day, on some days of the week, in UTC.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Window {
    /// Indices into `DAYS`; the last one may be before the first.
    first_day: u8,
    last_day: u8,
    /// Minutes since midnight.
    from: u16,
    /// The first minute behind it.
    to: u16,
}

/// A text that is no window.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "`{0}` is not a window: write it as `mon-fri 08:00-18:00`, in UTC, with an end behind the beginning; one that goes \
     over midnight is two"
)]
pub struct WindowError(String);

impl Window {
    /// Whether `now` is in it.
    #[must_use]
    pub fn contains(&self, now: UnixMillis) -> bool {
        let minutes = now.get().div_euclid(MINUTE_MS);
        let (day, minute) = (minutes.div_euclid(DAY_MINUTES.into()), minutes.rem_euclid(DAY_MINUTES.into()));
        // 1970-01-01 was a Thursday.
        let day = (day + 3).rem_euclid(7);
        let (first, last) = (i64::from(self.first_day), i64::from(self.last_day));
        let is_day = if first <= last { first <= day && day <= last } else { day >= first || day <= last };
        is_day && (i64::from(self.from)..i64::from(self.to)).contains(&minute)
    }

    fn read(text: &str) -> Option<Self> {
        let (days, times) = text.split_once(' ')?;
        let (first, last) = days.split_once('-').unwrap_or((days, days));
        let (from, to) = times.split_once('-')?;
        let window = Self { first_day: day(first)?, last_day: day(last)?, from: time(from)?, to: time(to)? };
        (window.from < window.to).then_some(window)
    }
}

fn day(text: &str) -> Option<u8> {
    DAYS.iter().position(|day| *day == text).and_then(|index| u8::try_from(index).ok())
}

fn time(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let number = |text: &str| {
        let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u16>().ok().filter(|_| digits)
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    let time = hours * 60 + minutes;
    (minutes < 60 && time <= DAY_MINUTES).then_some(time)
}

impl FromStr for Window {
    type Err = WindowError;

    fn from_str(text: &str) -> Result<Self, WindowError> {
        Self::read(text).ok_or_else(|| WindowError(text.to_owned()))
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |day: u8| DAYS.get(usize::from(day)).copied().unwrap_or_default();
        f.write_str(name(self.first_day))?;
        if self.first_day != self.last_day {
            write!(f, "-{}", name(self.last_day))?;
        }
        let (from, to) = (self.from, self.to);
        write!(f, " {:02}:{:02}-{:02}:{:02}", from / 60, from % 60, to / 60, to % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::Window;
    use crate::clock::UnixMillis;

    fn at(text: &str) -> UnixMillis {
        text.parse().unwrap()
    }

    #[test]
    fn the_beginning_is_in_it_and_the_end_is_not() {
        let window: Window = "mon-fri 08:00-18:00".parse().unwrap();
        // 2026-11-20 is a Friday.
        for (time, inside) in [
            ("2026-11-20T07:59:59.999Z", false),
            ("2026-11-20T08:00:00Z", true),
            ("2026-11-20T17:59:59.999Z", true),
            ("2026-11-20T18:00:00Z", false),
            ("2026-11-21T12:00:00Z", false),
            ("2026-11-22T12:00:00Z", false),
            ("2026-11-23T12:00:00Z", true),
            ("1970-01-01T08:00:00Z", true),
            ("1969-12-31T08:00:00Z", true),
            ("1969-12-28T08:00:00Z", false),
        ] {
            assert_eq!(window.contains(at(time)), inside, "{time}");
        }
    }

    #[test]
    fn days_may_go_over_the_end_of_the_week_and_a_day_to_its_end() {
        let window: Window = "sat-mon 00:00-24:00".parse().unwrap();
        for (time, inside) in [
            ("2026-11-20T23:59:59.999Z", false),
            ("2026-11-21T00:00:00Z", true),
            ("2026-11-22T23:59:59.999Z", true),
            ("2026-11-23T23:59:59.999Z", true),
            ("2026-11-24T00:00:00Z", false),
        ] {
            assert_eq!(window.contains(at(time)), inside, "{time}");
        }
        let one: Window = "sun 23:00-24:00".parse().unwrap();
        assert!(one.contains(at("2026-11-22T23:30:00Z")) && !one.contains(at("2026-11-23T23:30:00Z")));
    }

    #[test]
    fn texts_go_there_and_back_and_others_are_none() {
        for text in ["mon-fri 08:00-18:00", "sun 00:00-24:00", "fri-tue 23:59-24:00"] {
            assert_eq!(text.parse::<Window>().unwrap().to_string(), text);
        }
        for bad in [
            "",
            "mon",
            "mon 8:00-18:00",
            "mon 08:00",
            "mon 08:60-18:00",
            "mon 08:00-24:01",
            "mon 18:00-08:00",
            "mon 08:00-08:00",
            "Mon 08:00-18:00",
            "monday 08:00-18:00",
            "mon,tue 08:00-18:00",
            "mon 08:00-18:00 UTC",
            "mon +8:00-18:00",
        ] {
            assert!(bad.parse::<Window>().is_err(), "{bad}");
        }
    }
}
