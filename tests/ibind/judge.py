"""Drives a served sandbox with PyPI's ibind 0.2.2, which nobody of this project wrote.

    judge.py URL CERTIFICATE

Prints a line for each thing that ibind was asked to do, with ok or FAIL, and ends with status 0 if
all of them are ok. The sandbox should run at some twenty simulated seconds in a second.
"""

import os
import sys
import time
from urllib.parse import urlparse

os.environ["IBIND_LOG_TO_CONSOLE"] = "false"
os.environ["IBIND_LOG_TO_FILE"] = "false"

from ibind import IbkrClient, IbkrWsClient, QueueSink, events  # noqa: E402
from ibind.client.ibkr_utils import OrderRequest, QuestionType  # noqa: E402
from ibind.ibkr_ws import ibkr_subscriptions as topics  # noqa: E402

ACCOUNT = "DU1000001"
AAPL = 265598
ANSWERS = {
    QuestionType.PRICE_PERCENTAGE_CONSTRAINT: True,
    QuestionType.ORDER_VALUE_LIMIT: True,
    QuestionType.STOP_ORDER_RISKS: True,
}

failures = []


def check(name, act):
    """Runs one check and prints its line."""
    try:
        act()
    except Exception as error:  # whatever ibind raises is a failure of this line only
        failures.append(name)
        print(f"FAIL  {name}: {type(error).__name__}: {str(error)[:300]}", flush=True)
    else:
        print(f"ok    {name}", flush=True)


def eventually(act, seconds=20.0):
    """Asks again until there is an answer that counts."""
    deadline = time.monotonic() + seconds
    while True:
        found = act()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError("nothing came in time")
        time.sleep(0.4)


def need(condition, told=""):
    if not condition:
        raise AssertionError(f"not as expected: {str(told)[:300]}")


class Judge:
    def __init__(self, url, certificate):
        place = urlparse(url)
        where = {"host": place.hostname, "port": str(place.port), "cacert": certificate}
        self.rest = IbkrClient(account_id=ACCOUNT, timeout=10, **where)
        self.sink = QueueSink()
        self.stream = IbkrWsClient(
            account_id=ACCOUNT, ibkr_client=self.rest, sink=self.sink, **where
        )
        self.price = None
        self.order_id = None

    def order(self, **changes):
        terms = {
            "conid": AAPL,
            "side": "BUY",
            "quantity": 3,
            "order_type": "LMT",
            "price": round(self.price * 0.95, 2),
            "acct_id": ACCOUNT,
            "tif": "GTC",
            "coid": "ibind-1",
        }
        terms.update(changes)
        return OrderRequest(**terms)

    def health(self):
        need(self.rest.check_health() is True)
        need(self.rest.check_auth_status() is True)

    def accounts(self):
        data = self.rest.receive_brokerage_accounts().data
        need(data["accounts"] == [ACCOUNT] and data["isPaper"] is True, data)
        need(self.rest.portfolio_accounts().data[0]["accountId"] == ACCOUNT)

    def stocks(self):
        need(self.rest.stock_conid_by_symbol("AAPL").data == {"AAPL": AAPL})

    def search(self):
        data = self.rest.search_contract_by_symbol("AAPL").data
        need(str(data[0]["conid"]) == str(AAPL), data)

    def rules(self):
        data = self.rest.search_contract_rules(str(AAPL), is_buy=True).data
        need("limit" in data["orderTypes"] and not data.get("error"), data)

    def schedule(self):
        data = self.rest.trading_schedule_by_symbol("STK", "AAPL").data
        need(data and data[0]["schedules"], data)

    def snapshot(self):
        def last():
            row = self.rest.live_marketdata_snapshot(str(AAPL), ["31", "55", "84"]).data[0]
            return row.get("31")

        text = eventually(last)
        self.price = float(str(text).lstrip("CH").replace(",", ""))

    def history(self):
        data = self.rest.marketdata_history_by_conid(str(AAPL), bar="1d", period="1m").data
        need(len(data["data"]) >= 15 and "t" in data["data"][0], data)

    def what_if(self):
        data = self.rest.whatif_order(self.order(coid="ibind-what-if")).data
        need("amount" in data and not data.get("error"), data)

    def place(self):
        data = self.rest.place_order(self.order(), ANSWERS).data
        self.order_id = str(data["order_id"])

    def live_orders(self):
        self.rest.live_orders(force=True)
        time.sleep(0.4)

        def found():
            rows = self.rest.live_orders().data["orders"]
            return [row for row in rows if str(row["orderId"]) == self.order_id]

        need(eventually(found)[0]["order_ref"] == "ibind-1")

    def filtered_orders(self):
        time.sleep(0.4)
        rows = self.rest.live_orders(filters=["submitted", "pre_submitted"]).data["orders"]
        need(any(str(row["orderId"]) == self.order_id for row in rows), rows)
        time.sleep(0.4)
        self.rest.live_orders(force=True)

    def order_status(self):
        data = self.rest.order_status(self.order_id).data
        need(data["order_status"] in ("Submitted", "PreSubmitted"), data)

    def modify(self):
        changed = self.order(price=round(self.price * 0.94, 2))
        self.rest.modify_order(self.order_id, changed, ANSWERS)
        data = self.rest.order_status(self.order_id).data
        need(float(data["limit_price"]) == round(self.price * 0.94, 2), data)

    def cancel(self):
        need("msg" in self.rest.cancel_order(self.order_id).data)
        status = eventually(
            lambda: self.rest.order_status(self.order_id).data["order_status"] == "Cancelled"
        )
        need(status)

    def buy(self):
        terms = {"order_type": "MKT", "price": None, "coid": "ibind-2", "tif": "DAY"}
        data = self.rest.place_order(self.order(**terms), ANSWERS).data
        bought = str(data["order_id"])
        eventually(lambda: self.rest.order_status(bought).data["order_status"] == "Filled", 60)

    def trades(self):
        def mine():
            rows = self.rest.trades(days="1").data
            return [row for row in rows if row.get("order_ref") == "ibind-2"]

        rows = eventually(mine)
        need(sum(float(row["size"]) for row in rows) == 3, rows)

    def positions(self):
        rows = self.rest.positions(ACCOUNT).data
        need([float(row["position"]) for row in rows if row["conid"] == AAPL] == [3.0], rows)

    def summary(self):
        data = self.rest.portfolio_summary(ACCOUNT).data
        need(float(data["netliquidation"]["amount"]) > 0, data)
        need("netLiquidationValue" in self.rest.account_summary(ACCOUNT).data)

    def ledger(self):
        data = self.rest.get_ledger(ACCOUNT).data
        need(float(data["BASE"]["cashbalance"]) < 100_000, data)

    def performance(self):
        data = self.rest.account_performance(ACCOUNT, "1D").data
        need(data["nav"]["data"][0]["id"] == ACCOUNT, data)

    def connect(self):
        need(self.stream.start())
        eventually(self.stream.is_authenticated, 30)

    def subscribed(self, subscription, event):
        """Subscribes, and waits for an event of the kind."""
        handle = self.stream.subscribe(subscription)
        need(handle.wait(20), handle)
        return self.told(event)

    def told(self, event):
        """The next event of a kind."""
        told = self.sink.get(event, block=True, timeout=20)
        need(told is not None, f"no {event.__name__} came")
        return told

    def market_data(self):
        told = self.subscribed(
            topics.MarketDataSubscription(conid=str(AAPL), fields=["31", "55", "7295"]),
            events.MarketData,
        )
        need(told.conid == str(AAPL) and told.data, told)

    def orders(self):
        self.stream.subscribe(topics.OrdersSubscription())
        time.sleep(1)
        self.rest.place_order(self.order(coid="ibind-3"), ANSWERS)
        told = self.told(events.Orders)
        need(any(row["order_ref"] == "ibind-3" for row in told.data["args"]), told)

    def pushed_trades(self):
        told = self.subscribed(
            topics.TradesSubscription(realtime_updates_only=False, days=1), events.Trades
        )
        need(any(row["order_ref"] == "ibind-2" for row in told.data["args"]), told)

    def profit_and_loss(self):
        told = self.subscribed(topics.PnlSubscription(), events.Pnl)
        need("nl" in told.data["args"][f"{ACCOUNT}.Core"], told)

    def account_summary(self):
        self.subscribed(
            topics.AccountSummarySubscription(account_id=ACCOUNT), events.AccountSummary
        )

    def account_ledger(self):
        self.subscribed(topics.AccountLedgerSubscription(account_id=ACCOUNT), events.AccountLedger)

    def tic(self):
        need(self.stream.tic())

    def unsubscribe(self):
        ledger = topics.AccountLedgerSubscription(account_id=ACCOUNT)
        need(self.stream.unsubscribe(ledger).wait(20))
        quotes = topics.MarketDataSubscription(conid=str(AAPL), fields=["31", "55", "7295"])
        need(self.stream.unsubscribe(quotes).wait(20))

    def run(self):
        for name in (
            "health",
            "accounts",
            "stocks",
            "search",
            "rules",
            "schedule",
            "snapshot",
            "history",
            "what_if",
            "place",
            "live_orders",
            "filtered_orders",
            "order_status",
            "modify",
            "cancel",
            "buy",
            "trades",
            "positions",
            "summary",
            "ledger",
            "performance",
            "connect",
            "market_data",
            "orders",
            "pushed_trades",
            "profit_and_loss",
            "account_summary",
            "account_ledger",
            "tic",
            "unsubscribe",
        ):
            check(name.replace("_", " "), getattr(self, name))
            time.sleep(0.3)
        check("disconnect", lambda: need(self.stream.shutdown()))


def main():
    judge = Judge(sys.argv[1], sys.argv[2])
    judge.run()
    print(f"{len(failures)} failed" if failures else "ibind is content", flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    # ibind's threads must not hold the verdict back.
    os._exit(status)
