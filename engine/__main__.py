"""`python -m engine`: the command line without the window."""

import sys

from engine.command_line import app

if __name__ == "__main__":
    app(sys.argv[1:] or ["--help"], prog_name="netloom")
