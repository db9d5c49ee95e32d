"""Writes further.csv: reference values of the further indicators on the first rows of aapl.csv.

Values come from TA-Lib's C library through its Python package, and, where that package has no such
function, from pandas by the formula that stands here. Run from this folder:

    python3 -m venv /tmp/reference
    /tmp/reference/bin/pip install TA-Lib==0.8.2 numpy==2.4.6 pandas==3.1.1
    /tmp/reference/bin/python further.py
"""

import numpy as np
import pandas as pd
import talib

ROWS = 320

bars = pd.read_csv("aapl.csv", dtype={"date": str})[:ROWS]
o, h, l, c, v = (
    bars[name].to_numpy(dtype=float) for name in ["open", "high", "low", "close", "volume"]
)
high, low, close, volume = (pd.Series(column) for column in (h, l, c, v))


def middle(period):
    return (high.rolling(period).max() + low.rolling(period).min()) / 2


columns = {
    "dema_20": talib.DEMA(c, 20),
    "tema_20": talib.TEMA(c, 20),
    "trima_20": talib.TRIMA(c, 20),
    "kama_10": talib.KAMA(c, 10),
    "hma_16": talib.HMA(c, 16),
    "zlema_20": talib.ZLEMA(c, 20),
    "t3_5_0.7": talib.T3(c, 5, 0.7),
    "linearreg_14": talib.LINEARREG(c, 14),
    "linearreg_slope_14": talib.LINEARREG_SLOPE(c, 14),
    "psar_0.02_0.2": talib.SAR(h, l, 0.02, 0.2),
    "plus_di_14": talib.PLUS_DI(h, l, c, 14),
    "minus_di_14": talib.MINUS_DI(h, l, c, 14),
    "willr_14": talib.WILLR(h, l, c, 14),
    "roc_10": talib.ROC(c, 10),
    "mom_10": talib.MOM(c, 10),
    "cmo_14": talib.CMO(c, 14),
    "ultosc_7_14_28": talib.ULTOSC(h, l, c, 7, 14, 28),
    "trix_15": talib.TRIX(c, 15),
    "ppo_12_26": talib.PPO(c, 12, 26, talib.MA_Type.EMA),
    "ao_5_34": talib.AO(h, l, 5, 34),
    "tsi_25_13": talib.TSI(c, 25, 13),
    "coppock_10_11_14": talib.COPPOCK(c, 10, 11, 14),
    "natr_14": talib.NATR(h, l, c, 14),
    "stddev_20": talib.STDDEV(c, 20, 1.0),
    "vwma_20": talib.VWMA(c, v, 20),
    "mfi_14": talib.MFI(h, l, c, v, 14),
    "ad": talib.AD(h, l, c, v),
    "adosc_3_10": talib.ADOSC(h, l, c, v, 3, 10),
    "cmf_20": talib.CMF(h, l, c, v, 20),
    "efi_13": talib.EFI(c, v, 13),
}
columns["aroon_down_25"], columns["aroon_up_25"] = talib.AROON(h, l, 25)
columns["vortex_plus_14"], columns["vortex_minus_14"] = talib.VORTEX(h, l, c, 14)
columns["stochrsi_k"], columns["stochrsi_d"] = talib.STOCHRSI(c, 14, 14, 3, talib.MA_Type.SMA)
columns["kc_upper"], columns["kc_middle"], columns["kc_lower"] = talib.KC(h, l, c, 20, 10, 2.0)
columns["donchian_upper"], columns["donchian_middle"], columns["donchian_lower"] = talib.DONCHIAN(
    h, l, 20
)

# By formula, with pandas.
typical = (high + low + close) / 3
columns["vwap_20"] = (typical * volume).rolling(20).sum() / volume.rolling(20).sum()
conversion, base = middle(9), middle(26)
span_a, span_b = ((conversion + base) / 2).shift(26), middle(52).shift(26)
is_whole = span_b.notna()
columns["ichimoku_conversion"] = conversion.where(is_whole)
columns["ichimoku_base"] = base.where(is_whole)
columns["ichimoku_span_a"] = span_a.where(is_whole)
columns["ichimoku_span_b"] = span_b
mean, deviation = close.rolling(20).mean(), close.rolling(20).std(ddof=0)
columns["bbw_20_2"] = 4 * deviation / mean * 100
columns["percentb_20_2"] = (close - (mean - 2 * deviation)) / (4 * deviation)
before = close.shift(1)
true_range = np.maximum(high, before) - np.minimum(low, before)
reach = high.rolling(14).max() - low.rolling(14).min()
columns["chop_14"] = 100 * np.log10(true_range.rolling(14).sum() / reach) / np.log10(14)

table = pd.DataFrame({"date": bars["date"], **columns})
table.to_csv("further.csv", index=False, float_format="%.12g")
print(f"TA-Lib {talib.__version__} (C library {talib.__ta_version__.decode()}), pandas {pd.__version__}")
