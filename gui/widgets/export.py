"""Pictures and numbers of a view as files or on the clipboard."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from PySide6.QtCore import QBuffer, QIODevice, QPoint, QRect
from PySide6.QtGui import QGuiApplication, QPainter, QPixmap
from PySide6.QtWidgets import QFileDialog, QMenu, QMessageBox, QToolButton, QWidget

from engine.files_disk import FileError, write_atomically
from gui.widgets.basic import ToolButton

SCALE = 2.0
"""Pixels of an exported picture for each point, so that it is sharp in print."""


@dataclass(frozen=True, slots=True)
class Table:
    """The numbers behind a picture, for a CSV file."""

    header: Sequence[str]
    rows: Sequence[Sequence[Any]]

    def to_csv(self) -> str:
        """The text of a CSV file, with a line of names."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(self.header)
        writer.writerows(self.rows)
        return text.getvalue()


def picture_of(widget: QWidget) -> QPixmap:
    """A widget as it looks now."""
    pixmap = QPixmap(widget.size() * SCALE)
    pixmap.setDevicePixelRatio(SCALE)
    pixmap.fill(widget.palette().window().color())
    widget.render(pixmap)
    return pixmap


def svg_of(widget: QWidget) -> bytes:
    """A widget as it looks now, as the text of an SVG file."""
    from PySide6.QtSvg import QSvgGenerator

    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator(QSvgGenerator.SvgVersion.Svg11)  # which can clip, unlike Tiny 1.2
    generator.setOutputDevice(buffer)
    generator.setSize(widget.size())
    generator.setViewBox(QRect(0, 0, widget.width(), widget.height()))
    generator.setTitle(widget.accessibleName() or "Netloom")
    painter = QPainter(generator)  # pyright: ignore[reportArgumentType, reportCallIssue]  it is a paint device
    widget.render(painter, QPoint())
    painter.end()
    return bytes(buffer.data().data())


def save_picture(widget: QWidget, path: Path) -> None:
    """Write a widget as it looks now to a PNG or SVG file. Raises FileError."""
    if path.suffix.lower() == ".svg":
        data = svg_of(widget)
    else:
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        picture_of(widget).save(buffer, "PNG")  # type: ignore[call-overload]
        data = bytes(buffer.data().data())
    write_bytes(path, data)


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file in one move. Raises FileError."""

    def write(stream: IO[bytes]) -> None:
        stream.write(data)

    write_atomically(path, write)


class ExportButton(ToolButton):
    """A button with a menu: save or copy the picture and the numbers of a view."""

    def __init__(
        self,
        name: str,
        picture: Callable[[], QWidget],
        table: Callable[[], Table | None],
        parent: QWidget | None = None,
    ) -> None:
        """A button for one view.

        Args:
            name: What it shows, for the names of files.
            picture: The widget whose picture is meant.
            table: Its numbers, or None where there are none now.
            parent: Owner.
        """
        super().__init__("export", f"Save or copy the picture and the numbers: {name}", parent)
        self._name = name
        self._picture = picture
        self._table = table
        menu = QMenu(self)
        self.actions_by_name = {
            "save_picture": menu.addAction("Save picture…", self._on_save_picture_triggered),
            "copy_picture": menu.addAction("Copy picture", self._on_copy_picture_triggered),
            "save_numbers": menu.addAction("Save numbers…", self._on_save_numbers_triggered),
            "copy_numbers": menu.addAction("Copy numbers", self._on_copy_numbers_triggered),
        }
        menu.insertSeparator(self.actions_by_name["save_numbers"])
        menu.aboutToShow.connect(self._on_menu_about_to_show)
        self.setMenu(menu)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)

    def _save(self, kinds: str, ending: str, write: Callable[[Path], None]) -> None:
        start = str(Path.home() / f"{self._name}{ending}")
        text, _ = QFileDialog.getSaveFileName(self.window(), f"Save {self._name}", start, kinds)
        if not text:
            return
        path = Path(text) if Path(text).suffix else Path(text + ending)
        try:
            write(path)
        except FileError as error:
            QMessageBox.warning(self.window(), "Netloom", str(error))

    def _on_menu_about_to_show(self) -> None:
        there = self._table() is not None
        for name in ("save_numbers", "copy_numbers"):
            self.actions_by_name[name].setEnabled(there)

    def _on_save_picture_triggered(self) -> None:
        self._save("PNG (*.png);;SVG (*.svg)", ".png", lambda path: save_picture(self._picture(), path))

    def _on_copy_picture_triggered(self) -> None:
        QGuiApplication.clipboard().setPixmap(picture_of(self._picture()))

    def _on_save_numbers_triggered(self) -> None:
        table = self._table()
        if table is not None:
            data = table.to_csv().encode("utf-8")
            self._save("CSV (*.csv)", ".csv", lambda path: write_bytes(path, data))

    def _on_copy_numbers_triggered(self) -> None:
        table = self._table()
        if table is not None:
            QGuiApplication.clipboard().setText(table.to_csv())
