"""A table pasted from a spreadsheet, kept in the design itself."""

from __future__ import annotations

from typing import ClassVar

from engine.data.errors import DataError
from engine.data.preview import Preview, preview_text
from engine.data.table import Table, read_table
from engine.data.table_source import TableSource
from engine.data.text_file import HeaderChoice
from engine.declaration import field

NAME = "pasted table"

LONGEST = 500_000
"""Characters that a design carries along at most."""


class PastedTable(TableSource, kind="pasted", category="Own files"):
    """A small table pasted from a spreadsheet or a text; it is saved in the design, so no file is needed.

    It is read as a CSV file is. At most 500,000 characters; a larger table belongs in a file.
    """

    prefix: ClassVar[str] = "pasted"
    subject: ClassVar[str] = "text"

    text: str = field(
        "", hidden=True, help="The cells: one line per row, tabs, commas or semicolons between the cells."
    )
    delimiter: str = field("", help="Character between cells, or tab. Empty: found out.")
    header: HeaderChoice = field("auto", help="Whether the first line holds the names; auto looks for numbers in it.")

    def preview(self) -> Preview:
        """The first rows of the text."""
        return preview_text(self.text.encode(errors="replace"), NAME, self.delimiter, self.header, "utf-8")

    def table(self) -> Table:
        """Read the text."""
        if not self.text.strip():
            raise DataError("Nothing was pasted. Copy the cells of a table, with the line of names, and paste them.")
        self.check_length()
        return read_table(self.text.encode(errors="replace"), NAME, self.delimiter, self.header, "utf-8")

    def check_length(self) -> None:
        """Raise DataError when the text is too long to be kept in a design."""
        if len(self.text) > LONGEST:
            raise DataError(
                f"The pasted table has {len(self.text):,} characters, and a design carries at most {LONGEST:,}. Save "
                "it as a CSV file and open that."
            )
