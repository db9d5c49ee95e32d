"""Times TA-Lib's C library on the bars of benches/indicators.rs and prints ns per bar.

    python3 -m venv /tmp/talib && /tmp/talib/bin/pip install TA-Lib numpy
    cargo bench --bench indicators
    /tmp/talib/bin/python benches/talib_reference.py target/criterion

With the directory of criterion's results as argument, our figures and the ratio stand beside.
Run both in one session: the ratio is what counts, the nanoseconds are the machine's.
"""

import json
import pathlib
import sys
import time

import numpy
import talib

BARS = 100_000
LARGEST_BLOCK = 30 << 20


def random_walk():
    """The bars of benches/indicators.rs, number by number."""
    state = 20_261_122

    def uniform():
        nonlocal state
        state = (state * 6_364_136_223_846_793_005 + 1_442_695_040_888_963_407) % 2**64
        return (state >> 11) / 2**53

    rows = []
    last = 10_000.0
    for _ in range(BARS):
        first = last
        close = max((first + (uniform() - 0.5) * 300.0) // 1, 100.0)
        high = (max(first, close) + (uniform() * 100.0) // 1) / 100.0
        low = (min(first, close) - (uniform() * 50.0) // 1) / 100.0
        rows.append((high, low, close / 100.0, (uniform() * 1e6) // 1))
        last = close
    return (numpy.array(column) for column in zip(*rows))


def criterion_samples(directory, name):
    """(calls, nanoseconds) of each of criterion's samples."""
    sample = json.loads((directory / "indicators" / name / "new" / "sample.json").read_text())
    return list(zip(sample["iters"], sample["times"]))


def nanoseconds_per_bar(samples):
    """The fastest sample: on a shared machine every disturbance makes a sample slower."""
    return min(nanoseconds / calls for calls, nanoseconds in samples) / BARS


def measure(function, calls_per_sample):
    function()
    samples = []
    for calls in calls_per_sample:
        start = time.perf_counter_ns()
        for _ in range(calls):
            function()
        samples.append((calls, time.perf_counter_ns() - start))
    return samples


def main():
    # Raises glibc's threshold for giving memory back, as benches/indicators.rs does and says.
    block = numpy.ones(LARGEST_BLOCK, dtype=numpy.uint8)
    del block
    high, low, close, volume = random_walk()
    functions = {
        "SMA": lambda: talib.SMA(close, 20),
        "EMA": lambda: talib.EMA(close, 20),
        "WMA": lambda: talib.WMA(close, 20),
        "RSI": lambda: talib.RSI(close, 14),
        "MACD": lambda: talib.MACD(close, 12, 26, 9),
        "BB": lambda: talib.BBANDS(close, 20, 2.0, 2.0),
        "SUPERTREND": lambda: talib.SUPERTREND(high, low, close, 10, 3.0),
        "ATR": lambda: talib.ATR(high, low, close, 14),
        "OBV": lambda: talib.OBV(close, volume),
        # Our result holds the volumes as well as their average.
        "VOLUME": lambda: (volume.copy(), talib.SMA(volume, 20)),
        "STOCH": lambda: talib.STOCH(high, low, close, 14, 3, 0, 3, 0),
        "ADX": lambda: talib.ADX(high, low, close, 14),
        "CCI": lambda: talib.CCI(high, low, close, 20),
    }
    directory = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else None
    print(f"TA-Lib for Python {talib.__version__}, C library {talib.__ta_version__.decode()}")
    print("ns per bar               C library" + ("     ours   ratio" if directory else ""))
    for name, function in functions.items():
        ours = criterion_samples(directory, name) if directory else None
        # As many calls to a sample as criterion made, so that both sides are averaged alike.
        calls = [round(calls) for calls, _ in ours] if ours else [10] * 100
        theirs = nanoseconds_per_bar(measure(function, calls))
        line = f"{name:<25}{theirs:>9.2f}"
        if ours:
            ours = nanoseconds_per_bar(ours)
            line += f"{ours:>9.2f}{ours / theirs:>8.2f}"
        print(line)


if __name__ == "__main__":
    main()
