"""What changes a device: lock, send, judge, read back, undo. The plan says what; nothing here decides that."""
