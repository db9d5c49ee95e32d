"""Writes values.csv, a made-up account beside a made-up index, and expected.csv, what others compute from it.

    python3 -m venv /tmp/portfolio
    /tmp/portfolio/bin/pip install empyrical-reloaded==0.7.1 pyxirr==0.10.8 pandas==3.1.1 numpy==2.4.6
    /tmp/portfolio/bin/python reference.py
"""

import csv
import datetime
import importlib.metadata

import empyrical
import pandas
import pyxirr

DAYS = 300

state = 20_261_123


def uniform():
    """A number from 0 to 1, the same on every machine."""
    global state
    state = (state * 6_364_136_223_846_793_005 + 1_442_695_040_888_963_407) % 2**64
    return (state >> 11) / 2**53


def weekdays(first, count):
    day = first
    while count:
        if day.weekday() < 5:
            yield day
            count -= 1
        day += datetime.timedelta(days=1)


rows = []
value, index = 100_000.0, 1_300.0
for number, day in enumerate(weekdays(datetime.date(2012, 1, 2), DAYS)):
    if number:
        market = (uniform() + uniform() + uniform() - 1.48) * 0.02
        own = (uniform() + uniform() + uniform() - 1.5) * 0.015
        value *= 1 + 0.6 * market + own
        index *= 1 + market
    rows.append((day.isoformat(), f"{value:.2f}", f"{index:.2f}"))

with open("values.csv", "w", newline="") as file:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["date", "value", "benchmark"])
    writer.writerows(rows)

dates = pandas.to_datetime([row[0] for row in rows])
returns = pandas.Series([float(row[1]) for row in rows], dates).pct_change().dropna()
market = pandas.Series([float(row[2]) for row in rows], dates).pct_change().dropna()

# Money paid in and drawn out, and what the account is worth at the end.
flows = [
    (datetime.date(2012, 1, 2), -100_000.0),
    (datetime.date(2012, 4, 2), -20_000.0),
    (datetime.date(2012, 9, 3), 5_000.0),
    (datetime.date(2013, 2, 22), 131_234.56),
]

expected = {
    "total_return": empyrical.cum_returns_final(returns),
    "annual_return": empyrical.annual_return(returns),
    "annual_volatility": empyrical.annual_volatility(returns),
    "sharpe": empyrical.sharpe_ratio(returns),
    "sortino": empyrical.sortino_ratio(returns),
    "maximum_drawdown": empyrical.max_drawdown(returns),
    "calmar": empyrical.calmar_ratio(returns),
    "alpha": empyrical.alpha(returns, market),
    "beta": empyrical.beta(returns, market),
    "benchmark_return": empyrical.cum_returns_final(market),
    "money_weighted_return": pyxirr.xirr(flows),
}

with open("expected.csv", "w", newline="") as file:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["name", "value"])
    for name, number in expected.items():
        writer.writerow([name, f"{number:.12g}"])

for package in ["empyrical-reloaded", "pyxirr", "pandas", "numpy"]:
    print(package, importlib.metadata.version(package))
