//! When the New York Stock Exchange is closed or closes at 13:00 (NYSE Rule 7.2 and the
//! exchange's own announcements of extraordinary closings).

use jiff::civil::{Date, Weekday, date};

/// Days that no rule foresees.
const EXTRAORDINARY: [(i16, i8, i8, &str); 10] = [
    (2001, 9, 11, "the attacks of 11 September 2001"),
    (2001, 9, 12, "the attacks of 11 September 2001"),
    (2001, 9, 13, "the attacks of 11 September 2001"),
    (2001, 9, 14, "the attacks of 11 September 2001"),
    (2004, 6, 11, "day of mourning for Ronald Reagan"),
    (2007, 1, 2, "day of mourning for Gerald Ford"),
    (2012, 10, 29, "hurricane Sandy"),
    (2012, 10, 30, "hurricane Sandy"),
    (2018, 12, 5, "day of mourning for George H. W. Bush"),
    (2025, 1, 9, "day of mourning for Jimmy Carter"),
];

/// The name of a day on which no exchange of ours trades in any week.
pub(super) fn weekend(day: Date) -> Option<&'static str> {
    match day.weekday() {
        Weekday::Saturday => Some("Saturday"),
        Weekday::Sunday => Some("Sunday"),
        _ => None,
    }
}

/// Why New York is closed on a weekday; nothing on a trading day.
pub(super) fn closed_because(day: Date) -> Option<&'static str> {
    extraordinary(day).or_else(|| holiday(day))
}

/// Whether trading ends at 13:00; asked only of trading days.
pub(super) fn closes_early(day: Date) -> bool {
    let (year, weekday) = (day.year(), day.weekday());
    let is_day_after_thanksgiving =
        day.month() == 11 && weekday == Weekday::Friday && (23..=29).contains(&day.day());
    let is_christmas_eve = day.month() == 12 && day.day() == 24;
    // Before 2013 the short day fell on the Friday after a Thursday holiday, if there was one.
    let is_independence_eve =
        day.month() == 7 && day.day() == 3 && (year >= 2013 || weekday != Weekday::Wednesday);
    is_day_after_thanksgiving
        || is_christmas_eve
        || is_independence_eve
        || day == date(2002, 7, 5)
        || day == date(2003, 12, 26)
}

fn extraordinary(day: Date) -> Option<&'static str> {
    EXTRAORDINARY
        .iter()
        .find(|(year, month, of_month, _)| {
            (day.year(), day.month(), day.day()) == (*year, *month, *of_month)
        })
        .map(|(_, _, _, reason)| *reason)
}

fn holiday(day: Date) -> Option<&'static str> {
    let (year, month, of_month) = (day.year(), day.month(), day.day());
    let is_nth = |weekday, nth: i8| day.weekday() == weekday && (of_month - 1) / 7 + 1 == nth;
    match month {
        // A New Year's Day on a Saturday is not made up for: the Friday ends the accounting year.
        1 if of_month == 1 => Some("New Year's Day"),
        1 if of_month == 2 && day.weekday() == Weekday::Monday => Some("New Year's Day (observed)"),
        1 if is_nth(Weekday::Monday, 3) => Some("Martin Luther King Jr. Day"),
        2 if is_nth(Weekday::Monday, 3) => Some("Washington's Birthday"),
        3 | 4 if is_good_friday(day) => Some("Good Friday"),
        5 if day.weekday() == Weekday::Monday && of_month >= 25 => Some("Memorial Day"),
        6 if year >= 2022 => observed(day, 19, "Juneteenth", "Juneteenth (observed)"),
        7 => observed(day, 4, "Independence Day", "Independence Day (observed)"),
        9 if is_nth(Weekday::Monday, 1) => Some("Labor Day"),
        11 if is_nth(Weekday::Thursday, 4) => Some("Thanksgiving Day"),
        12 => observed(day, 25, "Christmas Day", "Christmas Day (observed)"),
        _ => None,
    }
}

/// A holiday of a fixed date: kept on the Friday before a Saturday and the Monday after a Sunday.
fn observed(
    day: Date,
    of_month: i8,
    name: &'static str,
    moved_name: &'static str,
) -> Option<&'static str> {
    let is_moved = (day.weekday() == Weekday::Friday && day.day() == of_month - 1)
        || (day.weekday() == Weekday::Monday && day.day() == of_month + 1);
    match (day.day() == of_month, is_moved) {
        (true, _) => Some(name),
        (false, true) => Some(moved_name),
        (false, false) => None,
    }
}

/// Two days before Easter, by the algorithm of Lilius and Clavius as Knuth gives it (*The Art of
/// Computer Programming*, volume 1, section 1.3.2, exercise 14).
fn is_good_friday(day: Date) -> bool {
    let year = i32::from(day.year());
    let golden_number = year % 19 + 1;
    let century = year / 100 + 1;
    let leap_years_left_out = 3 * century / 4 - 12;
    let lunar_correction = (8 * century + 5) / 25 - 5;
    let sunday = 5 * year / 4 - leap_years_left_out - 10;
    let mut epact =
        (11 * golden_number + 20 + lunar_correction - leap_years_left_out).rem_euclid(30);
    if (epact == 25 && golden_number > 11) || epact == 24 {
        epact += 1;
    }
    // The full moon and Easter are counted in days of March.
    let full_moon = if epact > 23 { 74 - epact } else { 44 - epact };
    let easter = full_moon + 7 - (sunday + full_moon) % 7;
    let in_march = i32::from(day.day()) + if day.month() == 4 { 31 } else { 0 };
    in_march == easter - 2
}
