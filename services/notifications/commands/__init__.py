"""What notifications does: one change a file, inside the unit of work of whoever asks for it."""
