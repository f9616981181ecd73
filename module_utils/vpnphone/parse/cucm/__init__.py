"""Answers of a CUCM cluster to its state (state.build_cluster). Pure, but for saved.py: that reads and writes files."""
