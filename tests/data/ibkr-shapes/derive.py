"""Writes the shapes of recorded IBKR replies: each key's path with the JSON types it was seen with.

    python3 derive.py RECORDINGS_DIRECTORY

No value of a recording is written, and keys that are values themselves (account ids, symbols, days,
order ids) become '*'. See README.md beside this file.
"""

import json
import re
import sys
from pathlib import Path

recordings = Path(sys.argv[1])
here = Path(__file__).parent

# shape: [(recording, how many levels of keys above the reply are values, path to wrap it in)]
SOURCES = {
    "auth-status": [("ibkr-conduit/Session/GET-auth-status.json", 0, ""), ("ibind/auth_status.json", 0, "")],
    "ssodh-init": [("ibkr-conduit/Session/POST-ssodh-init.json", 0, "")],
    "tickle": [("ibkr-conduit/Session/POST-tickle.json", 0, ""), ("ibind/tickle.json", 0, "")],
    "iserver-accounts": [("ibkr-conduit/Accounts/GET-iserver-accounts.json", 0, "")],
    "secdef-search": [("ibkr-conduit/Contracts/GET-secdef-search.json", 0, "")],
    "trsrv-stocks": [("ibkr-conduit/Contracts/GET-trsrv-stocks.json", 0, ""), ("ibind/stocks.json", 0, "")],
    "contract-info-and-rules": [("ibkr-conduit/Contracts/GET-contract-info-and-rules.json", 0, "")],
    "marketdata-snapshot": [("ibkr-conduit/MarketData/GET-snapshot.json", 0, ""), ("ibkr_client_portal/get_market_data.json", 0, "")],
    "marketdata-history": [("ibkr-conduit/MarketData/GET-history.json", 0, ""), ("ibind/history.json", 1, "")],
    "live-orders": [("ibkr-conduit/Orders/GET-live-orders.json", 0, ""), ("ibind/live_orders.json", 0, ".orders")],
    "order-status": [("ibind/order_status.json", 1, "")],
    "order-question": [("ibkr-conduit/Orders/POST-place-order-confirmation.json", 0, "")],
    "order-accepted": [("ibkr-conduit/Orders/POST-reply-submitted.json", 0, "")],
    "order-cancel": [("ibkr-conduit/Orders/DELETE-cancel-order.json", 0, "")],
    "order-preview": [("ibkr-conduit/Orders/POST-whatif-order.json", 0, "")],
    "brokerage-summary": [("ibkr-conduit/Accounts/GET-account-summary.json", 0, "")],
    "trading-schedule": [("ibkr-conduit/Contracts/GET-trading-schedule.json", 0, "")],
    "marketdata-unsubscribe": [("ibkr-conduit/MarketData/POST-unsubscribe.json", 0, "")],
    "performance": [("ibkr-conduit/Portfolio/POST-pa-performance.json", 0, "")],
    "portfolio-accounts": [("ibkr-conduit/Portfolio/GET-portfolio-accounts.json", 0, ""), ("ibind/accounts.json", 0, "")],
    "portfolio-positions": [("ibkr-conduit/Portfolio/GET-portfolio-positions-page0.json", 0, ""), ("ibind/positions.json", 0, "")],
    "portfolio-ledger": [("ibkr-conduit/Portfolio/GET-portfolio-ledger.json", 0, ""), ("ibind/ledger.json", 0, "")],
}


def type_of(value):
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    return {str: "string", list: "array", dict: "object"}[type(value)]


def key_of(shape, path, key):
    is_value = re.fullmatch(r"U\d+|D[UF]?\w*_ID\w*|\d{8}", key) or (shape == "trsrv-stocks" and path == "")
    return "*" if is_value else key


def walk(shape, path, value, found):
    if path:
        found.setdefault(path, set()).add(type_of(value))
    if isinstance(value, dict):
        for key, inner in value.items():
            walk(shape, f"{path}.{key_of(shape, path, key)}", inner, found)
    elif isinstance(value, list):
        for inner in value:
            walk(shape, f"{path}[]", inner, found)


for shape, sources in SOURCES.items():
    found = {}
    for name, levels, prefix in sources:
        content = json.loads((recordings / name).read_text())
        if name.startswith("ibkr-conduit"):
            content = content["Response"]["Body"]
        replies = [content]
        for _ in range(levels):
            replies = [inner for reply in replies for inner in reply.values()]
        for reply in replies:
            walk(shape, prefix, reply, found)
    lines = [f"{path} {' '.join(sorted(types))}\n" for path, types in sorted(found.items())]
    (here / f"{shape}.txt").write_text("".join(lines))
