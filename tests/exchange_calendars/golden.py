"""Writes the golden table of planned runs: tests/data/schedule/golden.csv and edges.csv.

    python -m venv venv && venv/bin/pip install exchange_calendars==4.13.2 croniter==7.0.0 tzdata
    venv/bin/python tests/exchange_calendars/golden.py

Twelve schedules on eight exchanges over ten years. None of our code has a part in it: trading days
and hours come from exchange_calendars, the times of a cron expression on a clock without changes
from croniter, and time zones from zoneinfo. What remains here is our own specification, written
down a second time: what a change of clocks does to a time of day, and which times fall out.

golden.csv has, for each schedule, exchange and year, how many times are planned, how many of them
are runs, and a hash over all of them with their verdicts. edges.csv has every planned time in full
for each day on which the clocks change, each holiday and each short day of the year EDGES; of the
schedules that come many times a day, only where the clocks change.
"""

import bisect
import datetime as dt
import hashlib
import pathlib
from zoneinfo import ZoneInfo

import exchange_calendars
from croniter import croniter

YEARS = range(2017, 2027)
EDGES = 2024
OUTPUT = pathlib.Path(__file__).parent.parent / "data" / "schedule"
UTC = dt.timezone.utc
MINUTE = dt.timedelta(minutes=1)
DAY = dt.timedelta(days=1)

EXCHANGES = {
    "NYSE": "XNYS",
    "NASDAQ": "XNAS",
    "LSE": "XLON",
    "TSE": "XTKS",
    "TSX": "XTSE",
    "HKEX": "XHKG",
    "XETRA": "XETR",
    "EURONEXT": "XPAR",
}

# Name, rule, time zone (the exchange's where none is named), hours.
SCHEDULES = [
    ("after_close", "0 18 * * MON-FRI", None, "trading_day"),
    ("at_nine", "0 9 * * MON-FRI", None, "trading_day"),
    ("hourly", "0 * * * *", None, "trading"),
    ("afternoon", "45 14 * * *", None, "trading_day"),
    ("in_the_gap", "30 2 * * *", None, "trading_day"),
    ("in_the_fold", "30 1 * * *", None, "trading_day"),
    ("half_hours_at_night", "*/30 1-3 * * *", None, "trading_day"),
    ("from_new_york", "30 9 * * MON-FRI", "America/New_York", "trading"),
    ("from_sydney", "15 2 * * *", "Australia/Sydney", "trading_day"),
    ("days_or_weekdays", "30 15 10 1,15 * FRI", None, "trading_day"),
    ("before_close", -15, "close", "trading_day"),
    ("after_open", 30, "open", "trading_day"),
]

MANY_A_DAY = ("hourly", "half_hours_at_night")


class Exchange:
    def __init__(self, code):
        calendar = exchange_calendars.get_calendar(code, start="2016-01-01", end="2027-12-31")
        self.zone = ZoneInfo(str(calendar.tz))
        self.sessions = {}
        for day, row in calendar.schedule.iterrows():
            times = [row[name] for name in ("open", "close", "break_start", "break_end")]
            times = [None if t is None or t != t else t.to_pydatetime() for t in times]
            self.sessions[day.date()] = times

    def full_hours(self, day):
        """Hours of an ordinary day, with the break of an ordinary day."""
        candidates = [
            (abs((other - day).days), other)
            for other in (day + DAY * n for n in range(-9, 10))
            if other in self.sessions
        ]
        hours = {}
        for distance, other in candidates:
            opening, close, start, end = self.sessions[other]
            key = tuple(
                None if t is None else t.astimezone(self.zone).time()
                for t in (opening, close, start, end)
            )
            hours[key] = hours.get(key, 0) + 1
        # On the nine days before the hours change for good, the closest day of that majority.
        return max(hours, key=lambda key: hours[key])

    def verdict(self, at, relative, trading_only):
        day = at.astimezone(self.zone).date()
        if day not in self.sessions:
            return "holiday"
        opening, close, start, end = self.sessions[day]
        trades = opening <= at < close and not (start is not None and start <= at < end)
        if relative or trades:
            return "run"
        local = at.astimezone(self.zone).time()
        full_open, full_close, full_start, full_end = self.full_hours(day)
        is_short = close.astimezone(self.zone).time() < full_close and self.is_short(day)
        lunch = full_start is not None and full_start <= local < full_end
        if is_short and at >= close and full_open <= local < full_close and not lunch:
            return "outside_hours"
        return "outside_hours" if trading_only else "run"

    def is_short(self, day):
        """Closes earlier than the sessions on both sides of it that are no short days."""
        close = self.sessions[day][1].astimezone(self.zone).time()
        days = sorted(self.sessions)
        place = bisect.bisect_left(days, day)
        near = days[max(0, place - 8) : place]
        return any(self.sessions[d][1].astimezone(self.zone).time() > close for d in near)


def is_fixed(expression):
    """A single second, minute and hour: a time of day that is moved rather than left out."""
    fields = expression.split()
    return all(field.isdigit() for field in fields[: len(fields) - 3])


def cron_times(expression, zone, first, last):
    """Planned times from first until before last, on the clock of a zone."""
    fields = len(expression.split())
    wall = dt.datetime.combine(first - 2 * DAY, dt.time()) - dt.timedelta(seconds=1)
    end = dt.datetime.combine(last + 2 * DAY, dt.time())
    times = croniter(expression, wall, second_at_beginning=fields == 6)
    fixed = is_fixed(expression)
    found = set()
    while (wall := times.get_next(dt.datetime)) < end:
        early = wall.replace(tzinfo=zone, fold=0)
        late = wall.replace(tzinfo=zone, fold=1)
        if early.utcoffset() == late.utcoffset():
            found.add(early.astimezone(UTC))
        elif early.utcoffset() > late.utcoffset():
            # The hour comes twice.
            found.add(early.astimezone(UTC))
            if not fixed:
                found.add(late.astimezone(UTC))
        elif fixed:
            # The hour is skipped: the first instant after it.
            found.add(change_before(late.astimezone(UTC) + DAY, zone))
    return sorted(found)


def change_before(at, zone):
    """The last change of clocks in the two days before."""
    after = at.astimezone(zone).utcoffset()
    step = at
    while step.astimezone(zone).utcoffset() == after:
        step -= MINUTE
    return step + MINUTE


def planned(name, rule, where, exchange):
    first, last = dt.date(YEARS[0], 1, 1), dt.date(YEARS[-1], 12, 31)
    if isinstance(rule, int):
        for opening, close, _, _ in exchange.sessions.values():
            yield (opening if where == "open" else close) + rule * MINUTE
        return
    zone = exchange.zone if where is None else ZoneInfo(where)
    yield from cron_times(rule, zone, first, last)


def line(at, verdict):
    return f"{at.strftime('%Y-%m-%dT%H:%M:%SZ')},{verdict}"


def edge_days(exchange, zone, only_changes):
    """The days in EDGES on which something is out of the ordinary."""
    days = set()
    day = dt.date(EDGES, 1, 1)
    while day.year == EDGES:
        noon = dt.datetime.combine(day, dt.time(12), zone)
        changes = noon.utcoffset() != (noon - DAY).utcoffset()
        closed = day.weekday() < 5 and day not in exchange.sessions
        short = day in exchange.sessions and exchange.is_short(day)
        if changes or (not only_changes and (closed or short)):
            days.add(day)
        day += DAY
    return days


def main():
    OUTPUT.mkdir(parents=True, exist_ok=True)
    exchanges = {name: Exchange(code) for name, code in EXCHANGES.items()}
    golden = ["schedule,exchange,year,planned,runs,sha256"]
    edges = ["schedule,exchange,planned_at,verdict"]
    for name, rule, where, hours in SCHEDULES:
        relative = isinstance(rule, int)
        for title, exchange in exchanges.items():
            zone = exchange.zone if relative or where is None else ZoneInfo(where)
            days = edge_days(exchange, zone, name in MANY_A_DAY)
            years = {year: [] for year in YEARS}
            for at in planned(name, rule, where, exchange):
                if at.year in years:
                    verdict = exchange.verdict(at, relative, hours == "trading")
                    years[at.year].append(line(at, verdict))
                    if at.astimezone(exchange.zone).date() in days:
                        edges.append(f"{name},{title},{line(at, verdict)}")
            for year, lines in years.items():
                digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()
                runs = sum(1 for each in lines if each.endswith(",run"))
                golden.append(f"{name},{title},{year},{len(lines)},{runs},{digest}")
    (OUTPUT / "golden.csv").write_text("\n".join(golden) + "\n")
    (OUTPUT / "edges.csv").write_text("\n".join(edges) + "\n")


if __name__ == "__main__":
    main()
