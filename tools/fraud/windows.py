"""The fifteen features of models/card-fraud/features.json as the Fraud Detection Handbook makes them with pandas (chapter 3.5), timed.

Usage: windows.py LOG.csv. Prints rows, seconds and rows a second.
"""

import sys
import time

import pandas as pd

START = pd.Timestamp("2018-04-01")
DELAY = 7


def customer(rows: pd.DataFrame) -> pd.DataFrame:
    """How often a card was used within days, and the mean amount."""
    rows = rows.sort_values("TX_DATETIME")
    rows.index = rows.TX_DATETIME
    for days in (1, 7, 30):
        amounts = rows["TX_AMOUNT"].rolling(f"{days}D")
        count, total = amounts.count(), amounts.sum()
        rows[f"CUSTOMER_ID_NB_TX_{days}DAY_WINDOW"] = count
        rows[f"CUSTOMER_ID_AVG_AMOUNT_{days}DAY_WINDOW"] = total / count
    rows.index = rows.TRANSACTION_ID
    return rows


def terminal(rows: pd.DataFrame) -> pd.DataFrame:
    """How often somebody paid at a terminal within days, and the share of frauds, as known a week later."""
    rows = rows.sort_values("TX_DATETIME")
    rows.index = rows.TX_DATETIME
    delayed = rows["TX_FRAUD"].rolling(f"{DELAY}D")
    frauds, count = delayed.sum(), delayed.count()
    for days in (1, 7, 30):
        both = rows["TX_FRAUD"].rolling(f"{DELAY + days}D")
        many = both.count() - count
        rows[f"TERMINAL_ID_NB_TX_{days}DAY_WINDOW"] = many
        rows[f"TERMINAL_ID_RISK_{days}DAY_WINDOW"] = ((both.sum() - frauds) / many).fillna(0)
    rows.index = rows.TRANSACTION_ID
    return rows


def main() -> None:
    log = pd.read_csv(sys.argv[1])
    began = time.perf_counter()
    log["TX_DATETIME"] = START + pd.to_timedelta(log.TX_TIME_SECONDS, unit="s")
    log["TX_DURING_WEEKEND"] = (log.TX_DATETIME.dt.day_of_week >= 5).astype(int)
    log["TX_DURING_NIGHT"] = (log.TX_DATETIME.dt.hour <= 6).astype(int)
    parts = [customer(rows) for _, rows in log.groupby("CUSTOMER_ID")]
    log = pd.concat(parts).sort_values("TX_DATETIME").reset_index(drop=True)
    parts = [terminal(rows) for _, rows in log.groupby("TERMINAL_ID")]
    log = pd.concat(parts).sort_values("TX_DATETIME").reset_index(drop=True)
    seconds = time.perf_counter() - began
    print(f"rows={len(log)} seconds={seconds:.1f} rows_a_second={len(log) / seconds:.0f} pandas={pd.__version__}")


main()
