"""Speed and truth, measured: `make bench` and `make truth`. No test asserts a time; these print figures."""
