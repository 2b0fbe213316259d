"""The start page: templates as pictures, recent designs, what was recovered, and the way to one's own data."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QRect, QSettings, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMainWindow, QStatusBar, QToolBar, QVBoxLayout, QWidget

from engine.design import Design
from engine.templates import load_template, template_names
from gui import project_files
from gui.panels.page import Page
from gui.widgets.basic import Button, CheckBox, ElidedLabel, Label, Section, ToolButton
from gui.window.cards import Card, CardGrid
from gui.window.pictures import Pictures
from gui.window.recovery_files import Recovered

AT_START = "window/start_page"
SIDE = 200


def shown_at_start() -> bool:
    """Whether the user wants the start page first."""
    return str(QSettings().value(AT_START, "false")).lower() == "true"


class StartPage(QFrame):
    """Lies over canvas and panels until something is chosen or it is closed; what is below goes on."""

    new_requested = Signal()
    open_requested = Signal()
    data_requested = Signal()
    tour_requested = Signal()
    template_chosen = Signal(str)
    file_chosen = Signal(str)
    recover_requested = Signal(object)
    discard_requested = Signal(object)
    closed = Signal()

    def __init__(self, window: QMainWindow):
        super().__init__(window)
        self._window = window
        self._recovered: list[Recovered] = []
        self.pictures = Pictures(self)
        self.setObjectName("start_page")
        self.setProperty("role", "startPage")
        self.setAccessibleName("Start page")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        head = QHBoxLayout()
        titles = QVBoxLayout()
        titles.setSpacing(2)
        titles.addWidget(Label("Netloom", "figure"))
        titles.addWidget(Label("Draw a neural network, train it live, see why it learns.", "muted"))
        head.addLayout(titles, 1)
        self.close_button = ToolButton("close", "Back to the canvas (Esc)")
        head.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        side = QVBoxLayout()
        side.setSpacing(8)
        self.new_button = Button("New design", "new", "Start with an empty canvas")
        self.open_button = Button("Open…", "open", "Open a design or project file")
        self.data_button = Button("Your own data…", "table", "Choose a table or an array, and get a network for it")
        self.tour_button = Button("Take the tour", "info", "Five steps through the window")
        for button in (self.new_button, self.open_button, self.data_button, self.tour_button):
            button.setProperty("role", "entry")
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            side.addWidget(button)
        side.addStretch(1)
        self.at_start = CheckBox("Show when Netloom starts")
        self.at_start.setChecked(shown_at_start())
        side.addWidget(self.at_start)
        self.page = Page("Start page")
        self.page.column.setContentsMargins(0, 0, 12, 12)
        self.page.verticalScrollBar().rangeChanged.disconnect()
        self.recovered = Section("Recovered")
        self.recent = Section("Recent designs")
        self.recent_cards = CardGrid("Recent designs")
        self.recent.body.addWidget(self.recent_cards)
        self.templates = Section("Templates")
        self.template_cards = CardGrid("Templates")
        self.templates.body.addWidget(self.template_cards)
        self.page.add(self.recovered, self.recent, self.templates)
        self.page.column.setSpacing(24)
        self.page.column.addStretch(1)
        body = QHBoxLayout()
        body.setSpacing(32)
        holder = QWidget()
        holder.setFixedWidth(SIDE)
        holder.setLayout(side)
        side.setContentsMargins(0, 0, 0, 0)
        body.addWidget(holder)
        body.addWidget(self.page, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(40, 28, 28, 28)
        column.setSpacing(24)
        column.addLayout(head)
        column.addLayout(body, 1)
        self.new_button.clicked.connect(self.new_requested)
        self.open_button.clicked.connect(self.open_requested)
        self.data_button.clicked.connect(self.data_requested)
        self.tour_button.clicked.connect(self.tour_requested)
        self.close_button.clicked.connect(self.close_page)
        self.at_start.toggled.connect(self._on_at_start_toggled)
        window.installEventFilter(self)
        self.hide()

    def open_page(self, recovered: list[Recovered]) -> None:
        """Show it."""
        self.set_recovered(recovered)
        self._fill_recent()
        if not self.template_cards.cards:
            self._fill_templates()
        self._place()
        self.show()
        self.raise_()
        (self.recent_cards.cards or self.template_cards.cards)[0].setFocus()

    def close_page(self) -> None:
        """Back to what is below."""
        if self.isVisible():
            self.hide()
            self.closed.emit()

    def set_recovered(self, recovered: list[Recovered]) -> None:
        """List the recovery files."""
        self._recovered = list(recovered)
        body = self.recovered.body
        while body.count():
            item = body.takeAt(0)
            widget = item.widget() if item else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for item in recovered:
            body.addWidget(self._recovered_row(item))
        self.recovered.setVisible(bool(recovered))

    def _recovered_row(self, item: Recovered) -> QWidget:
        frame = QFrame()
        frame.setProperty("role", "card")
        row = QHBoxLayout(frame)
        row.setContentsMargins(12, 8, 8, 8)
        texts = QVBoxLayout()
        texts.setSpacing(2)
        texts.addWidget(Label(item.name if item.project else "Damaged recovery file", "heading"))
        where = str(item.path) if item.path else "never saved"
        note = item.sentence or f"As it was at {item.when}; {where}"
        texts.addWidget(Label(note, "small", wrap=True) if item.sentence else ElidedLabel(note, "small"))
        row.addLayout(texts, 1)
        if item.project is not None:
            recover = Button("Recover")
            recover.setProperty("role", "primary")
            recover.setAccessibleName(f"Recover {item.name}")
            recover.clicked.connect(lambda: self.recover_requested.emit(item))
            row.addWidget(recover)
        discard = Button("Discard")
        discard.setAccessibleName(f"Discard {item.name}")
        discard.clicked.connect(lambda: self.discard_requested.emit(item))
        row.addWidget(discard)
        return frame

    def _fill_recent(self) -> None:
        cards = []
        for path in project_files.recent():
            if not path.is_file():
                continue
            card = Card(path.stem, str(path.parent), str(path))
            card.clicked.connect(lambda _checked=False, path=path: self.file_chosen.emit(str(path)))
            cards.append(card)
            self.pictures.want_file(card, path)
        self.recent_cards.set_cards(cards)
        self.recent.setVisible(bool(cards))

    def _fill_templates(self) -> None:
        cards = []
        for name in template_names():
            design = load_template(name)
            card = Card(design.name, design.description.split(". ")[0].rstrip("."), design.description)
            card.clicked.connect(lambda _checked=False, name=name: self.template_chosen.emit(name))
            cards.append(card)
            self.pictures.want_template(card, name)
        self.template_cards.set_cards(cards)

    def _place(self) -> None:
        """Over everything between the toolbar and the status bar."""
        window = self._window
        top = max((bar.geometry().bottom() + 1 for bar in window.findChildren(QToolBar) if bar.isVisible()), default=0)
        top = max(top, window.menuBar().geometry().bottom() + 1)
        status = window.findChild(QStatusBar)
        bottom = status.geometry().top() if status is not None and status.isVisible() else window.height()
        self.setGeometry(QRect(0, top, window.width(), max(bottom - top, 0)))

    def _on_at_start_toggled(self, on: bool) -> None:
        QSettings().setValue(AT_START, "true" if on else "false")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest) and self.isVisible():
            self._place()
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        here = self.focusWidget()
        if event.key() == Qt.Key.Key_Escape:
            self.close_page()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(here, Button):
            here.click()
        else:
            super().keyPressEvent(event)

    def focusNextPrevChild(self, next: bool) -> bool:
        # Tab stays on the page: what lies below it is not seen.
        chain = [w for w in self.findChildren(QWidget) if w.isVisible() and w.focusPolicy() & Qt.FocusPolicy.TabFocus]
        if not chain:
            return False
        here = self.focusWidget()
        index = chain.index(here) if here in chain else -1
        target = chain[(index + (1 if next else -1)) % len(chain)]
        target.setFocus(Qt.FocusReason.TabFocusReason if next else Qt.FocusReason.BacktabFocusReason)
        if self.page.content.isAncestorOf(target):
            self.page.ensureWidgetVisible(target)
        return True


def own_data_design(path: Path) -> Design:
    """A small network to begin with for a data file; it is fitted to the data when that is there."""
    return load_template("moons").with_changes(name=path.stem, description="")
