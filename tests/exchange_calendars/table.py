"""Writes src/calendar/exchanges.csv from PyPI exchange_calendars.

    python -m venv venv && venv/bin/pip install exchange_calendars==4.13.2
    venv/bin/python tests/exchange_calendars/table.py > src/calendar/exchanges.csv

One row for each weekday on which an exchange is closed, and for each day with other hours than
usual. When the package reaches another year, raise LAST here and the years in
src/calendar/exchange.rs.
"""

import re

import exchange_calendars
import pandas

FIRST, LAST = "2016-01-01", "2027-12-31"

EXCHANGES = {
    "LSE": "XLON",
    "TSE": "XTKS",
    "TSX": "XTSE",
    "HKEX": "XHKG",
    "XETRA": "XETR",
    "EURONEXT": "XPAR",
}

# Days for which the package has no name.
NAMES = {
    ("LSE", "2020-05-08"): "Early May Bank Holiday",
    ("LSE", "2022-06-02"): "Spring Bank Holiday",
    ("LSE", "2022-06-03"): "Platinum Jubilee",
    ("LSE", "2022-09-19"): "state funeral of Elizabeth II",
    ("LSE", "2023-05-08"): "coronation of Charles III",
    ("TSE", "2019-04-30"): "accession of the Emperor",
    ("TSE", "2019-05-01"): "accession of the Emperor",
    ("TSE", "2019-05-02"): "accession of the Emperor",
    ("TSE", "2019-10-22"): "enthronement of the Emperor",
    ("TSE", "2020-10-01"): "failure of the trading system",
    ("TSE", "2026-09-22"): "Citizens' Holiday",
    ("HKEX", "2016-08-02"): "typhoon Nida",
    ("HKEX", "2016-10-21"): "typhoon Haima",
    ("HKEX", "2017-08-23"): "typhoon Hato",
    ("HKEX", "2020-10-13"): "typhoon Nangka",
    ("HKEX", "2021-10-13"): "typhoon Kompasu",
    ("HKEX", "2023-07-17"): "typhoon Talim",
    ("HKEX", "2024-09-06"): "typhoon Yagi",
    ("XETRA", "2017-10-31"): "Reformation Day",
}

UNNAMED = {
    ("TSE", 3): "Vernal Equinox Day",
    ("TSE", 9): "Autumnal Equinox Day",
    ("HKEX", 1): "Lunar New Year",
    ("HKEX", 2): "Lunar New Year",
}


def reason(exchange, day, names):
    name = NAMES.get((exchange, day.isoformat())) or names.get(day)
    if name is None:
        name = UNNAMED.get((exchange, day.month), "public holiday")
    name = re.sub(r" \(.*\)$", "", name)
    return re.sub(r"^Weekend (.*)$", r"\1 (observed)", name)


def clock(instant, zone):
    return instant.tz_convert(zone).strftime("%H:%M")


def rows(exchange, code):
    calendar = exchange_calendars.get_calendar(code, start=FIRST, end=LAST)
    named = calendar.regular_holidays.holidays(FIRST, LAST, return_name=True)
    names = {day.date(): name for day, name in named.items()}
    sessions = {day.date(): row for day, row in calendar.schedule.iterrows()}
    usual = {}
    for day, row in sorted(sessions.items()):
        hours = (clock(row["open"], calendar.tz), clock(row["close"], calendar.tz))
        usual.setdefault(hours, []).append(day)
    # Hours that hold for more than a year are the exchange's own and stand in the program.
    regular = {hours for hours, days in usual.items() if len(days) > 250}
    for day in (stamp.date() for stamp in pandas.date_range(FIRST, LAST)):
        if day not in sessions:
            if day.weekday() < 5:
                yield f"{exchange},{day},closed,{reason(exchange, day, names)}"
            continue
        assert day.weekday() < 5, f"{exchange} trades on the weekend of {day}"
        row = sessions[day]
        hours = (clock(row["open"], calendar.tz), clock(row["close"], calendar.tz))
        if hours not in regular:
            yield f"{exchange},{day},{hours[0]}-{hours[1]},short day"


def main():
    print("exchange,date,session,reason")
    for exchange, code in EXCHANGES.items():
        for row in rows(exchange, code):
            print(row)


if __name__ == "__main__":
    main()
