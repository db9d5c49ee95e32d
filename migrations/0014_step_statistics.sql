-- Statistics of one step over a stretch of time are read from this index alone, without the rows and
-- what they hold.
CREATE INDEX workflow_lineage_by_step
    ON workflow_lineage (step_name, recorded_at, status, duration_us, execution_id);
