// The append-only truth about a run.
