"""The evidence of a remediation run: what was sent, what it changed in the verdicts, and what is left to a person."""
