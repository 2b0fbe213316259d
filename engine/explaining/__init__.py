"""What a network computes, as formulas: derived from the operations of its program, so that they cannot be wrong."""
