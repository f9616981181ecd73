"""What switches an ASA to its new certificate and back. renewal/switch_*.py says what; nothing here decides that."""
