"""The examples that the network gets wrong, or all, as pictures or rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QModelIndex
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget

from gui.views.draw_bars import TOP, ChanceBars
from gui.views.engine import ViewEngine
from gui.views.result_bars import Verdict
from gui.views.result_gallery import Gallery
from gui.views.result_list import Listing, Wish, listing
from gui.views.result_table import RowsTable
from gui.views.result_view import QuietCombo, ResultView
from gui.widgets.basic import Button, ElidedLabel
from gui.widgets.export import Table

MORE = 500
"""Examples shown at first, and with each press of the button."""
MOST_CLASSES = 50
"""Classes whose probabilities are exported, one column each."""
BARS, BARS_FROM = 190, 420
"""Width of the bars of the example looked at, and of a view that has room for them."""


class ExamplesView(ResultView):
    """Examples sorted by the confidence of the wrong answer; the one clicked is the one looked at everywhere."""

    name = "examples"
    title = "Examples"
    help = "The examples that the network gets wrong, the surest mistakes first; click one to look at it."

    def build_picture(self) -> None:
        self._listing: Listing | None = None
        self._most, self._filling = MORE, False
        self.which = QuietCombo("Examples", "Which examples are listed")
        self.which.activated.connect(self._on_which_activated)
        self.tools.addWidget(self.which)
        self.caption = ElidedLabel("", "heading")
        self.more = Button(f"Show {MORE} more", tooltip="List more of these examples")
        self.more.clicked.connect(self._on_more_clicked)
        head = QHBoxLayout()
        head.setContentsMargins(12, 0, 12, 8)
        head.addWidget(self.caption, 1)
        head.addWidget(self.more)
        self.body.addLayout(head)
        self.gallery = Gallery("Examples as pictures: arrows go from one to the next")
        self.rows = RowsTable("Examples as rows: arrows go from one to the next")
        self._stack = QStackedWidget()
        self._stack.addWidget(self.rows)
        self._stack.addWidget(self.gallery)
        self.bars = ChanceBars(all_up_to=TOP)
        self.bars.setFixedWidth(BARS)
        self.bars.setToolTip("The likeliest classes of the example looked at; the true one is green")
        self.bars.hide()
        middle = QHBoxLayout()
        middle.setContentsMargins(0, 0, 12, 0)
        middle.setSpacing(12)
        middle.addWidget(self._stack, 1)
        middle.addWidget(self.bars)
        self.body.addLayout(middle, 1)
        self.gallery.selectionModel().currentChanged.connect(self._on_current_changed)
        self.rows.selectionModel().currentChanged.connect(self._on_current_changed)
        self.context.example_changed.connect(self._on_context_example_changed)
        self._every = False
        self._show_choices()

    def problem_changed(self) -> None:
        self._most = MORE
        self._show_choices()

    def result_question(self) -> Any:
        self._show_choices()
        state = self.state
        return Wish(state.part, state.index, state.used_threshold, self._every, state.cell, self._most)

    @staticmethod
    def compute(engine: ViewEngine, question: Any) -> Listing:
        return listing(engine, question)

    def show_answer(self, answer: Listing) -> None:
        again = self._listing is None or self._listing.header != answer.header
        self._listing, self._filling = answer, True
        self.caption.set_full_text(answer.caption)
        self.more.setVisible(answer.shown < len(answer.order))
        if answer.pixels is not None:
            self.gallery.gallery_model.fill(answer.pixels, answer.titles, answer.wrong)
        else:
            left = answer.words if len(answer.guess) else (0,)
            self.rows.rows_model.fill(answer.header, answer.rows, left=left)
            if again:
                self.rows.fit_columns(widest=160)
        self._stack.setCurrentIndex(0 if answer.pixels is None else 1)
        self._filling = False
        self._mark_current()
        if not len(answer.order):
            self.say(answer.caption)

    def table(self) -> Table | None:
        listed = self._listing
        if listed is None:
            return None
        found, order = listed.outcome, listed.order
        answer, places = found.answer, (found.places[order] + 1).tolist()
        if answer.kind == "values":
            columns = (places, found.truth[order].tolist(), found.values[order].tolist())
            header = ["example", f"true {answer.title}", f"predicted {answer.title}"]
            return Table(header, list(zip(*columns, strict=True)))
        names = np.asarray(answer.class_names, dtype=object)
        columns = [places, names[found.truth[order]].tolist(), names[listed.guess[order]].tolist()]
        header = ["example", f"true {answer.title}", f"predicted {answer.title}"]
        if answer.scored:
            header.append("score")
            columns.append(found.raw[order, answer.component].tolist())
        elif len(names) <= MOST_CLASSES:
            header += [f"P({name})" for name in names]
            columns += [found.values[order, k].tolist() for k in range(len(names))]
        return Table(header, list(zip(*columns, strict=True)))

    # What is listed

    def _show_choices(self) -> None:
        answer, cell = self.state.answer, self.state.cell
        texts = ["Wrong examples", "All examples"]
        if answer is not None and answer.kind == "values":
            texts = ["All examples"]
        elif answer is not None and cell is not None and max(cell) < len(answer.class_names):
            i, j = (answer.class_names[k] for k in cell)
            texts.append(f"'{i}', recognized" if cell[0] == cell[1] else f"'{i}' taken for '{j}'")
        self.which.set_texts(texts, 2 if len(texts) == 3 else min(int(self._every), len(texts) - 1))

    def _on_which_activated(self, index: int) -> None:
        if index == 2 or self.which.count() == 1:
            return
        self._every, self._most = index == 1, MORE
        if self.state.cell is None:
            self.refresh()
        else:
            self.state.choose_cell(None)

    def _on_more_clicked(self) -> None:
        self._most += MORE
        self.refresh()

    # The example looked at

    def _mark_current(self) -> None:
        """Mark the example that is looked at, if it is listed; nothing else is told of it."""
        listed, (part, place) = self._listing, self.context.example
        if listed is None:
            return
        at = np.flatnonzero(listed.places == place) if listed.outcome.part == part else np.zeros(0, int)
        model = self.rows.rows_model if listed.pixels is None else self.gallery.gallery_model
        view = self.rows if listed.pixels is None else self.gallery
        index = model.index(int(at[0]), 0) if len(at) else QModelIndex()
        if index != view.currentIndex():
            self._filling = True
            view.setCurrentIndex(index)
            self._filling = False
        self._show_bars()

    def _show_bars(self) -> None:
        """The likeliest classes of the example that is looked at."""
        listed, (part, place) = self._listing, self.context.example
        found = listed.outcome if listed is not None else None
        at = np.flatnonzero(found.places == place) if found is not None and found.part == part else np.zeros(0, int)
        classes = found is not None and found.answer.kind == "classes"
        self.bars.setVisible(classes and len(at) > 0 and self.width() >= BARS_FROM)
        if found is None or listed is None or not classes or not len(at):
            return
        k, answer = int(at[0]), found.answer
        score = float(found.raw[k, answer.component]) if answer.scored else float("nan")
        self.bars.note = f"example {place + 1:,}"
        self.bars.show_verdict(Verdict(answer, found.values[k], score, int(listed.guess[k])), int(found.truth[k]))

    def _on_current_changed(self, current: QModelIndex, _previous: QModelIndex) -> None:
        listed = self._listing
        if self._filling or listed is None or not 0 <= current.row() < listed.shown:
            return
        self.context.show_example(listed.outcome.part, int(listed.places[current.row()]))

    def _on_context_example_changed(self) -> None:
        self._mark_current()

    # Qt

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_bars()
