"""What belongs to a whole window, beside its panels: plots, recovery, start page, command palette, tour, shortcuts."""
