"""The log doctor: from the logs of both sides to one cause, with the lines that prove it."""
