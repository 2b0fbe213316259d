"""The problems of the design: what keeps it from training, and what is probably not meant, with one-click fixes."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QScrollArea, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from engine.fixes import Fix
from engine.plan import Problem
from gui.document import Document
from gui.theme import current_theme, theme_notifier
from gui.widgets.basic import Button, Label, keeps_space
from gui.widgets.icons import pixmap

ROWS_AT_MOST = 30
"""More problems are counted only: whoever has so many mends the first ones first."""
FIXES_AT_MOST = 3
_FRAME = 28
"""Points that border and padding of a button take from its text."""
_GLYPHS = {"error": "problems/error", "warning": "problems/warning"}


class FixButton(Button):
    """A button that shortens its text where there is no room for it; name and tooltip have it in full."""

    def __init__(self) -> None:
        super().__init__("")
        self._full = ""
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def set_fix(self, text: str, keys: str) -> None:
        """Show this text; the tooltip names the keys."""
        self._full = text
        self.setAccessibleName(text)
        self.setToolTip(f"{text}{keys}. Undo takes it back.")
        self.updateGeometry()
        self._fit()

    def _fit(self) -> None:
        room = max(self.width() - _FRAME, 20)
        self.setText(self.fontMetrics().elidedText(self._full, Qt.TextElideMode.ElideRight, room).replace("&", "&&"))

    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().horizontalAdvance(self._full) + _FRAME + 2, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(48, super().sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()


class ProblemRow(QWidget):
    """One problem: its sentence and a button for each fix. Enter takes the first."""

    chosen = Signal()
    fix_chosen = Signal(object)
    step_wanted = Signal(int)
    """−1 or 1: the focus wants to the row before or behind."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.problem = Problem("")
        self.fixes: list[Fix] = []
        self.buttons: list[FixButton] = []
        self._icon = QLabel()
        self._icon.setFixedSize(16, 18)
        self.message = Label("", wrap=True)
        self._column = QVBoxLayout()
        self._column.setSpacing(4)
        self._column.addWidget(self.message)
        self._fixes = QVBoxLayout()
        self._fixes.setSpacing(4)
        self._column.addLayout(self._fixes)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 6, 8, 6)
        row.setSpacing(8)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(self._column, 1)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def show_problem(self, problem: Problem, fixes: list[Fix]) -> None:
        """Show this one."""
        self.problem, self.fixes = problem, fixes[:FIXES_AT_MOST]
        theme = current_theme()
        color = theme.error if problem.severity == "error" else theme.warning
        self._icon.setPixmap(pixmap(_GLYPHS[problem.severity], 16, color, self.devicePixelRatioF()))
        self.message.setText(problem.message)
        while len(self.buttons) < len(self.fixes):
            button = FixButton()
            button.clicked.connect(partial(self._on_button_clicked, len(self.buttons)))
            self._fixes.addWidget(button)
            self.buttons.append(button)
        for index, button in enumerate(self.buttons):
            button.setVisible(index < len(self.fixes))
            if index < len(self.fixes):
                button.set_fix(self.fixes[index].text, "" if index else " (Enter)")
        hint = f" Enter: {self.fixes[0].text}." if self.fixes else ""
        self.setToolTip("Click to show the layer." if problem.node else "")
        self.setAccessibleName(f"{problem.severity.capitalize()}: {problem.message}{hint}")
        self.setCursor(Qt.CursorShape.PointingHandCursor if problem.node else Qt.CursorShape.ArrowCursor)

    def _on_button_clicked(self, index: int) -> None:
        if index < len(self.fixes):
            self.fix_chosen.emit(self.fixes[index])

    def event(self, event: QEvent) -> bool:
        return keeps_space(event) or super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self.chosen.emit()
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.fixes:
            self.fix_chosen.emit(self.fixes[0])
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.chosen.emit()
        elif event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.step_wanted.emit(1 if event.key() == Qt.Key.Key_Down else -1)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        if not (self.hasFocus() or self.underMouse()):
            return
        theme = current_theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(QColor(theme.accent_soft if self.hasFocus() else theme.hover))
        painter.setPen(QPen(QColor(theme.focus), 1) if self.hasFocus() else Qt.PenStyle.NoPen)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(2.5, 1.5, -2.5, -1.5), 5, 5)


class ProblemsPanel(QWidget):
    """Lists errors, then warnings; without any it shows the totals of the network."""

    node_requested = Signal(str)
    """A problem of this node was chosen."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._rows: list[ProblemRow] = []
        self._dirty = True
        self._calm = calm = QWidget(self)
        self._heading = Label("No problems", "heading")
        self._totals = Label("", "muted", wrap=True)
        box = QVBoxLayout(calm)
        box.setContentsMargins(12, 8, 12, 8)
        box.setSpacing(4)
        box.addWidget(self._heading)
        box.addWidget(self._totals)
        box.addStretch(1)
        content = QWidget()
        content.setAccessibleName("Problems")
        self._column = QVBoxLayout(content)
        self._column.setContentsMargins(4, 4, 4, 4)
        self._column.setSpacing(2)
        self._more = Label("", "muted", wrap=True)
        self._more.setContentsMargins(8, 4, 8, 4)
        self._column.addWidget(self._more)
        self._column.addStretch(1)
        self._scroll = QScrollArea(self)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(content)
        content.setAutoFillBackground(False)
        self._scroll.viewport().setAutoFillBackground(False)
        self._stack = QStackedWidget(self)
        self._stack.addWidget(calm)
        self._stack.addWidget(self._scroll)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._stack)
        self._timer = QTimer(self, singleShot=True, interval=0)
        self._timer.timeout.connect(self._on_timer_timeout)
        document.checks.changed.connect(self._on_checks_changed)
        document.design_replaced.connect(self._on_checks_changed)
        theme_notifier.theme_changed.connect(self._on_checks_changed)

    def problems(self) -> list[Problem]:
        """What is listed, errors first."""
        return list(self._document.checks.problems)

    def rows(self) -> list[ProblemRow]:
        """The rows that are shown."""
        self.refresh()
        return self._rows[: min(len(self.problems()), ROWS_AT_MOST)]

    def summary(self) -> str:
        """One line, for a title or status bar: "2 errors, 1 warning"."""
        checks = self._document.checks
        counts = ((len(checks.errors), "error"), (len(checks.warnings), "warning"))
        parts = [f"{count} {word}{'s' if count > 1 else ''}" for count, word in counts if count]
        return ", ".join(parts) or "No problems"

    def refresh(self) -> None:
        """Show the problems as they are now; done by itself while the panel is to be seen."""
        if not self._dirty:
            return
        self._dirty = False
        checks, plan = self._document.checks, self._document.plan
        shown = checks.problems[:ROWS_AT_MOST]
        while len(self._rows) < len(shown):
            self._add_row()
        for row, problem in zip(self._rows, shown, strict=False):
            row.show_problem(problem, checks.fixes(problem))
        for index, row in enumerate(self._rows):
            row.setVisible(index < len(shown))
        hidden = len(checks.problems) - len(shown)
        self._more.setVisible(hidden > 0)
        self._more.setText(f"And {hidden} more. They show as the first ones are mended.")
        self._totals.setText(
            f"{plan.parameter_count:,} parameters, {plan.multiplications:,} multiplications per example"
        )
        self._stack.setCurrentWidget(self._scroll if shown else self._calm)

    def _add_row(self) -> None:
        row = ProblemRow()
        row.chosen.connect(partial(self._on_row_chosen, row))
        row.fix_chosen.connect(self._document.checks.mend)
        row.step_wanted.connect(partial(self._on_row_step_wanted, row))
        self._column.insertWidget(len(self._rows), row)
        self._rows.append(row)

    def _on_checks_changed(self) -> None:
        self._dirty = True
        if self.isVisible():
            self._timer.start()

    def _on_timer_timeout(self) -> None:
        if self.isVisible():
            self.refresh()

    def _on_row_chosen(self, row: ProblemRow) -> None:
        if row.problem.node:
            self.node_requested.emit(row.problem.node)

    def _on_row_step_wanted(self, row: ProblemRow, step: int) -> None:
        index = self._rows.index(row) + step
        if 0 <= index < len(self.problems()) and index < len(self._rows):
            self._rows[index].setFocus(Qt.FocusReason.TabFocusReason)
            self._scroll.ensureWidgetVisible(self._rows[index])

    def sizeHint(self) -> QSize:
        return QSize(280, 200)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()
