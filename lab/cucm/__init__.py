"""A simulated CUCM cluster: AXL, RisPort, certificate REST, platform CLI, and the files its nodes serve."""
