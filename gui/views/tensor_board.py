"""The cards of a layer, a tensor above its gradient, in as many columns as there is room for."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QScrollArea, QWidget

from gui.views.tensor_answer import Answer, Card, Examples, Watch, watch_of
from gui.views.tensor_card import SMALLEST, TensorCard
from gui.views.tensor_recorder import Recorder
from gui.views.tensor_text import explanation

GAP = 8
LARGEST = (640, 460)


def columns_of(cards: tuple[Card, ...]) -> list[list[Card]]:
    """The columns, from top to bottom: each pair is one; of tensors without a gradient, each two."""
    pairs: dict[int, list[Card]] = {}
    for card in cards:
        pairs.setdefault(card.column, []).append(card)
    columns: list[list[Card]] = []
    single: list[Card] | None = None
    for pair in pairs.values():
        if len(pair) == 2:
            columns.append(pair)
        elif single is None:
            single = list(pair)
            columns.append(single)
        else:
            single += pair
            single = None
    return columns


class TensorBoard(QScrollArea):
    """Scrolls over the cards; cards are kept from one update to the next."""

    pointed = Signal(str, QPoint)
    """Text for what is pointed at, and where in this widget; "" for nothing."""
    watch_toggled = Signal(object, bool)
    """A `Watch`, and whether it is wanted."""

    def __init__(self, recorder: Recorder) -> None:
        """An empty board that marks what the recorder watches."""
        super().__init__()
        self._recorder = recorder
        self.holder = QWidget()
        """All cards, also those that are scrolled out of sight."""
        self._places: list[tuple[int, int]] = []
        """Column and row of each card in use."""
        self._examples = Examples()
        self._answer: Answer | None = None
        self._title = ""
        self.cards: list[TensorCard] = []
        self.setWidget(self.holder)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName("Tensors of the layer")
        recorder.changed.connect(self._on_recorder_changed)

    @property
    def shown(self) -> list[TensorCard]:
        """The cards in use."""
        return self.cards[: len(self._places)]

    def show_answer(self, answer: Answer, title: str, examples: Examples) -> None:
        """Show the tensors of a layer.

        Args:
            answer: What was computed.
            title: Of the layer.
            examples: What it was computed with.
        """
        self._answer, self._title, self._examples = answer, title, examples
        columns = columns_of(answer.cards)
        places = [(x, y) for x, column in enumerate(columns) for y in range(len(column))]
        cards = [card for column in columns for card in column]
        while len(self.cards) < len(cards):
            self._make()
        for widget, card in zip(self.cards, cards, strict=False):
            watched = self._recorder.is_watching(self._watch(card))
            widget.show_card(card, explanation(card, examples), watched=watched)
        if places != self._places:
            self._places = places
            self._arrange()

    def repaint_now(self) -> None:
        """Paint what is seen at once instead of later: the time it takes then counts for how often it is done."""
        self.holder.repaint(self.holder.visibleRegion())

    def _watch(self, card: Card) -> Watch:
        assert self._answer is not None
        return watch_of(card.tensor, self._answer.node, self._title, self._examples)

    def _make(self) -> None:
        card = TensorCard(self.holder)
        card.pointed.connect(self._on_card_pointed)
        card.watch_toggled.connect(self._on_card_watch_toggled)
        self.cards.append(card)

    def _arrange(self) -> None:
        """Sizes that fill the room; below the smallest the board scrolls."""
        if not self._places:
            return
        columns = self._places[-1][0] + 1
        rows = max(y for _, y in self._places) + 1
        room = self.maximumViewportSize()
        across = max(1, min(columns, (room.width() - GAP) // (SMALLEST[0] + GAP)))
        lines = -(-columns // across)
        across = -(-columns // lines)  # as many in each line
        scrolls = lines * rows * (SMALLEST[1] + GAP) + GAP > room.height()
        width = room.width() - (self.verticalScrollBar().sizeHint().width() if scrolls else 0)
        wide = min(max((width - GAP) // across - GAP, SMALLEST[0]), LARGEST[0])
        high = min(max((room.height() - GAP) // (rows * lines) - GAP, SMALLEST[1]), LARGEST[1], int(1.5 * wide))
        if scrolls and rows > 1:  # a whole pair is seen at once where that is possible
            high = max(SMALLEST[1], min((room.height() - GAP) // rows - GAP, LARGEST[1], int(1.1 * wide)))
        for card, (x, y) in zip(self.cards, self._places, strict=False):
            line, column = divmod(x, across)
            left = GAP + column * (wide + GAP)
            card.setGeometry(left, GAP + (line * rows + y) * (high + GAP), wide, high)
            card.show()
        for card in self.cards[len(self._places) :]:
            card.hide()
        self.holder.resize(max(GAP + across * (wide + GAP), width), GAP + lines * rows * (high + GAP))

    def _on_card_pointed(self, text: str, place: QPoint) -> None:
        card = self.sender()
        if isinstance(card, TensorCard):
            if text and card.hasFocus() and not card.underMouse():
                self.ensureWidgetVisible(card, GAP, GAP)
            self.pointed.emit(text, card.mapTo(self, place))

    def _on_card_watch_toggled(self, wanted: bool) -> None:
        card = self.sender()
        if isinstance(card, TensorCard) and card.card is not None:
            self.watch_toggled.emit(self._watch(card.card), wanted)

    def _on_recorder_changed(self) -> None:
        if self._answer is not None:
            for widget in self.shown:
                if widget.card is not None:
                    widget.eye.setChecked(self._recorder.is_watching(self._watch(widget.card)))

    # Qt

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()
