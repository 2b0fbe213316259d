"""Own tables: CSV files."""

from __future__ import annotations

from typing import ClassVar

from engine.data.preview import BYTES, Preview, preview_text
from engine.data.source import FileSource
from engine.data.table import Table, read_table
from engine.data.table_source import TableSource
from engine.data.text_file import Encoding, HeaderChoice, read_file
from engine.declaration import field


class CsvFile(TableSource, FileSource, kind="csv", label="CSV file"):
    """A table of your own: one row per example, one column per feature, names in line 1.

    Number columns are inputs as they are; a text column becomes one column of zeros and ones per text; true and false
    become 1 and 0; dates become the days since the first one, and month and weekday. A column is a number column when
    at least 90 % of its values are numbers: text among them is reported as a mistake. A target of text, of truth
    values, or of whole numbers with few different values (two, or up to 20 that occur three times each on average) is
    classification, any other regression. Rows without a target are left out, and so are columns that cannot help:
    empty, constant, merely numbering the rows, or with more different texts than `categories`. Whatever was left out or
    filled is said in the notices. A first line of numbers over numbers is data: the columns are then named x1, x2, ….
    """

    prefix: ClassVar[str] = "csv"
    endings: ClassVar[tuple[str, ...]] = ("csv", "tsv", "tab", "txt")

    delimiter: str = field("", help="Character between cells, or tab. Empty: found out.")
    header: HeaderChoice = field("auto", help="Whether the first line holds the names; auto looks for numbers in it.")
    encoding: Encoding = field("auto", help="How letters are written; auto knows UTF-8, UTF-16 and Windows-1252.")

    def preview(self) -> Preview:
        """The first rows of the file."""
        head = read_file(self.path, at_most=BYTES)
        return preview_text(head, self.file.name, self.delimiter, self.header, self.encoding)

    def table(self) -> Table:
        """Read the file."""
        return read_table(read_file(self.path), self.file.name, self.delimiter, self.header, self.encoding)
