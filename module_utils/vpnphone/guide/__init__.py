"""Procedures that a person does in CUCM, led through, watched and recorded (F-061, F-063)."""
