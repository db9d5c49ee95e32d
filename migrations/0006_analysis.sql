-- The language model that analyses in the place of the strategy's own analyst.
ALTER TABLE execution ADD COLUMN model TEXT;
