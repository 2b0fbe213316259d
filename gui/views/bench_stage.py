"""The picture of the convolution bench: image, kernel and output side by side, and the sum written out below."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from engine.convolution_bench import Pooled
from gui.plots.style import Overlay
from gui.theme import theme_notifier
from gui.views.bench_grid import NumberGrid, Sheet
from gui.views.bench_kernel import KernelTable
from gui.views.bench_player import BenchPlayer
from gui.views.bench_state import Bench
from gui.views.bench_words import channel_name, place_text, size_of, size_texts, sum_lines
from gui.widgets.basic import ElidedLabel, Label

NARROW = 480
"""Width below which the kernel is narrow, too."""
POOLINGS = {"max": "max", "average": "mean"}


class BenchStage(QWidget):
    """Shows a bench and where its player is."""

    def __init__(self, bench: Bench, player: BenchPlayer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bench, self._player = bench, player
        self.setAccessibleName("Convolution bench")
        self.image = NumberGrid("Image: arrows move the window, Space plays")
        self.output = NumberGrid("Output: arrows move the window, Space plays")
        self.kernel = KernelTable()
        self.sign = Label("", "title")
        self.signs = Label("∗", "title"), Label("=", "title")
        self.captions = [ElidedLabel("", "muted") for _ in range(3)]
        self.formula = ElidedLabel("", "small")
        self.formula.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.place = ElidedLabel("", "heading")
        self.sum = Label("", wrap=True)
        self.sum.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.sum.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.notice = Label("", "muted", wrap=True)
        self.notice.hide()
        self._lay_out()
        self._overlay = Overlay(self, framed=True)
        self.image.pointed.connect(self._on_image_pointed)
        self.output.pointed.connect(self._on_output_pointed)
        theme_notifier.theme_changed.connect(self._overlay.restyle)

    def _lay_out(self) -> None:
        kernel = QWidget()
        middle = QVBoxLayout(kernel)
        middle.setContentsMargins(0, 0, 0, 0)
        middle.addStretch(1)
        middle.addWidget(self.kernel, 0, Qt.AlignmentFlag.AlignHCenter)
        middle.addWidget(self.sign, 0, Qt.AlignmentFlag.AlignHCenter)
        middle.addStretch(1)
        self._kernel = kernel
        pictures = QHBoxLayout()
        pictures.setSpacing(8)
        for place, (caption, widget, stretch) in enumerate(
            zip(self.captions, (self.image, kernel, self.output), (5, 0, 4), strict=True)
        ):
            caption.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            column = QVBoxLayout()
            column.setSpacing(4)
            column.addWidget(caption)
            column.addWidget(widget, 1)
            if place:
                pictures.addWidget(self.signs[place - 1], 0, Qt.AlignmentFlag.AlignVCenter)
            pictures.addLayout(column, stretch)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        scroll.setAccessibleName("The products and their sum")
        scroll.setWidget(self.sum)
        self._scroll = scroll
        head = QHBoxLayout()
        head.setSpacing(16)
        head.addWidget(self.place, 2)
        head.addWidget(self.formula, 5)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addLayout(head)
        words.addWidget(scroll)
        words.addWidget(self.notice)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 0, 8, 8)
        column.setSpacing(4)
        column.addLayout(pictures, 1)
        column.addLayout(words)

    # What is shown

    def refresh(self, cursor: tuple[int, int] | None = None) -> None:
        """Show the bench; with the pencil, its cell."""
        bench, player = self._bench, self._player
        window, there = bench.window, bench.count > 0
        at = bench.at(player.index) if there else None
        convolves = bench.mode == "convolution"
        marked, winner = (), None
        if at is not None:
            marked = tuple((int(row), int(column)) for row in at.rows for column in at.columns)
            winner = at.winner if isinstance(at, Pooled) else None
        image = bench.image[..., bench.channel]
        self.image.show_sheet(
            Sheet(
                image, bool((image < 0).any()), (window.pads[0], window.pads[1]) if window else ((0, 0), (0, 0)),
                marked=marked, winner=winner, cursor=cursor,
            )
        )  # fmt: skip
        shown = bench.shown if there else np.zeros((1, 1))
        spot = bench.place(player.index) if there else None
        self.output.show_sheet(
            Sheet(shown, signed=convolves or bool((shown < 0).any()), known=player.reached if there else 0,
                  marked=(spot,) if spot else ())
        )  # fmt: skip
        self.kernel.setVisible(convolves)
        self.sign.setVisible(not convolves)
        for sign, text in zip(self.signs, "∗=" if convolves else "→→", strict=True):
            sign.setText(text)
        self.sign.setText(POOLINGS.get(bench.mode, ""))
        if convolves:
            self.kernel.fill(bench.kernels[:, :, bench.channel, bench.filter], locked=bench.learned is not None)
            self._fit_kernel()
        self._caption(convolves=convolves)
        self._write(there=there)

    def _caption(self, *, convolves: bool) -> None:
        bench = self._bench
        channel = f" · {channel_name(bench.channel, bench.channels).lower()}" if bench.channels > 1 else ""
        which = f" · filter {bench.filter + 1}" if bench.filters > 1 and convolves else "" if convolves else channel
        f = bench.kernels.shape if convolves else bench.sliding.kernel
        rows, columns, depth = bench.output.shape
        self.captions[0].set_full_text(f"Image {size_of(bench.image)}{channel}")
        self.captions[1].set_full_text(f"{'Kernel' if convolves else 'Window'} {f[0]} × {f[1]}")
        sizes = f"{rows} × {columns}" if depth == 1 else f"{rows} × {columns} × {depth}"
        self.captions[2].set_full_text(f"Output {sizes}{which}" if bench.count else "No output")

    def _write(self, *, there: bool) -> None:
        bench, index = self._bench, self._player.index
        self.place.set_role("heading" if there else "error")
        if there and bench.window is not None:
            lines = sum_lines(bench, index)
            self.place.set_full_text(place_text(bench, index))
            self.sum.setText("\n".join(lines))
            self._write_formula()
            self.output.setAccessibleDescription(f"{place_text(bench, index)}: {lines[-1]}")
            self.image.setAccessibleDescription(f"{place_text(bench, index)}: {lines[-1]}")
        else:
            self.place.set_full_text(bench.complaint)
            self.sum.setText("")
            self.formula.set_full_text("")
        self._fit_sum()

    def _write_formula(self) -> None:
        if self._bench.window is None:
            return
        long, short = size_texts(self._bench.window)
        fits = self.formula.fontMetrics().horizontalAdvance(long) < 0.7 * self.width()
        self.formula.set_full_text(long if fits else short)

    def _fit_kernel(self) -> None:
        self.kernel.fit(self._kernel.height(), narrow=self.width() < NARROW)
        self._kernel.setMinimumWidth(max(self.kernel.width() if self._bench.mode == "convolution" else 0, 88))

    def _fit_sum(self) -> None:
        """As high as the sum needs, up to two lines in a low dock and a quarter of a tall one."""
        line = self.fontMetrics().lineSpacing()
        needed = self.sum.heightForWidth(max(self._scroll.width() - 12, 40)) if self.sum.text() else 0
        high = min(max(needed, line), max(2 * line, self.height() // 4)) + 2
        if self._scroll.height() != high or self._scroll.maximumHeight() != high:
            self._scroll.setFixedHeight(high)

    def say(self, sentence: str) -> None:
        """Put a sentence below the picture; "" takes it away."""
        self.notice.setText(sentence)
        self.notice.setVisible(bool(sentence))

    # Slots

    def _on_image_pointed(self, text: str, place: QPoint) -> None:
        self._point(self.image, text, place)

    def _on_output_pointed(self, text: str, place: QPoint) -> None:
        self._point(self.output, text, place)

    def _point(self, grid: NumberGrid, text: str, place: QPoint) -> None:
        if text:
            at = grid.mapTo(self, place)
            self._overlay.show_near(text, at.x(), at.y())
        else:
            self._overlay.hide()

    # Qt

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_sum()
        self._write_formula()
        self._fit_kernel()

    def leaveEvent(self, event: QEvent) -> None:
        self._overlay.hide()
        super().leaveEvent(event)
