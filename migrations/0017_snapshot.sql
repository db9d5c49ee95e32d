-- 1: the close was missed, and the value was made good later from fills and closing prices.
ALTER TABLE portfolio_snapshot
    ADD COLUMN is_rebuilt INTEGER NOT NULL DEFAULT 0 CHECK (is_rebuilt IN (0, 1));
