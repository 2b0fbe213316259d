"""The problems of the design: what keeps it from training, and what is probably not meant."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QLabel, QListWidget, QListWidgetItem, QStackedWidget, QVBoxLayout, QWidget

from engine.plan import Problem
from gui.document import Document
from gui.theme import current_theme, theme_notifier
from gui.widgets.icons import icon

_NODE = int(Qt.ItemDataRole.UserRole)
_GLYPHS = {"error": "problems/error", "warning": "problems/warning"}


class ProblemsPanel(QWidget):
    """Lists errors, then warnings; without any it shows the totals of the network."""

    node_requested = Signal(str)
    """A problem of this node was chosen."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.list = QListWidget(self)
        self.list.setAccessibleName("Problems")
        self.list.setWordWrap(True)
        self.list.setTextElideMode(Qt.TextElideMode.ElideNone)
        self.list.setIconSize(QSize(16, 16))
        self.list.setSpacing(2)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setResizeMode(QListWidget.ResizeMode.Adjust)
        self._calm = calm = QWidget(self)
        self._heading = QLabel("No problems", calm)
        self._heading.setProperty("role", "heading")
        self._totals = QLabel(calm)
        self._totals.setProperty("role", "muted")
        self._totals.setWordWrap(True)
        box = QVBoxLayout(calm)
        box.setContentsMargins(12, 8, 12, 8)
        box.setSpacing(4)
        box.addWidget(self._heading)
        box.addWidget(self._totals)
        box.addStretch(1)
        self._stack = QStackedWidget(self)
        self._stack.addWidget(calm)
        self._stack.addWidget(self.list)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._stack)
        self.list.itemClicked.connect(self._on_list_item_chosen)
        self.list.itemActivated.connect(self._on_list_item_chosen)
        document.plan_changed.connect(self._on_document_plan_changed)
        document.design_replaced.connect(self._on_document_plan_changed)
        theme_notifier.theme_changed.connect(self._on_document_plan_changed)
        self._on_document_plan_changed()

    def problems(self) -> list[Problem]:
        """What is listed, errors first."""
        plan = self._document.plan
        return [*plan.problems, *plan.warnings]

    def summary(self) -> str:
        """One line, for a title or status bar: "2 errors, 1 warning"."""
        plan = self._document.plan
        counts = ((len(plan.problems), "error"), (len(plan.warnings), "warning"))
        parts = [f"{count} {word}{'s' if count > 1 else ''}" for count, word in counts if count]
        return ", ".join(parts) or "No problems"

    def _on_document_plan_changed(self) -> None:
        theme, plan, problems = current_theme(), self._document.plan, self.problems()
        colors = {"error": theme.error, "warning": theme.warning}
        self.list.clear()
        for problem in problems:
            item = QListWidgetItem(icon(_GLYPHS[problem.severity], colors[problem.severity]), problem.message)
            item.setData(_NODE, problem.node)
            where = "Click to show the layer." if problem.node else ""
            item.setToolTip(f"{problem.message}\n{where}".strip())
            item.setData(int(Qt.ItemDataRole.AccessibleTextRole), f"{problem.severity.capitalize()}: {problem.message}")
            self.list.addItem(item)
        self._totals.setText(
            f"{plan.parameter_count:,} parameters, {plan.multiplications:,} multiplications per example"
        )
        self._stack.setCurrentWidget(self.list if problems else self._calm)

    def _on_list_item_chosen(self, item: QListWidgetItem) -> None:
        if item.data(_NODE):
            self.node_requested.emit(item.data(_NODE))
