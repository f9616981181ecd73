"""What is run by hand and by make: the audit with a lab, generated pages, releases."""
