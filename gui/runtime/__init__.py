"""What runs beside the window: the trainer thread with its mailbox, and background tasks."""
