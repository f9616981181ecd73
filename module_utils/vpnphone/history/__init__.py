"""What became of findings from run to run, kept in one SQLite file beside the reports."""
