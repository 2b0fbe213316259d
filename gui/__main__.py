"""`python -m gui` is `netloom`."""

from gui.launch import main

main()
