"""The settings of the convolution bench: kernel, how it slides, and which channel and filter are looked at."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, QSize, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from engine.convolution_bench import KERNELS
from gui.views.bench_flow import FlowLayout, labelled
from gui.views.bench_state import LARGEST_KERNEL, MOST_FILTERS, Bench
from gui.views.bench_words import channel_name
from gui.views.tensor_choice import Choice
from gui.widgets.basic import CheckBox
from gui.widgets.numbers import NumberBox

WIDEST = 170
"""Of a combo box."""
OWN = ""
"""In place of a known kernel: one that was typed."""
PADDINGS = [("valid", "valid"), ("same", "same"), ("p =", "explicit")]


class FittingChoice(Choice):
    """A combo box as wide as its texts, but not very wide."""

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        return QSize(min(hint.width() + 8, WIDEST), hint.height())  # for the padding that the style sheet adds

    def minimumSizeHint(self) -> QSize:
        return QSize(72, super().minimumSizeHint().height())


def choice(name: str, tip: str) -> tuple[Choice, QWidget]:
    """A combo box as wide as its texts, and the widget that holds it."""
    holder = QWidget()
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 0, 0)
    made = FittingChoice(name, tip, row)
    made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    return made, holder


def number_box(name: str, tip: str, least: int, most: int) -> NumberBox:
    """A small box for a whole number."""
    box = NumberBox(integral=True)
    box.set_bounds(least, most)
    box.setAccessibleName(name)
    box.setToolTip(f"{tip} ({least} to {most})")
    box.setFixedWidth(48)
    return box


class BenchControls(QWidget):
    """Changes the bench; then it tells."""

    changed = Signal()
    refused = Signal(str)
    """A sentence that says why a number is not taken."""

    def __init__(self, bench: Bench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bench = bench
        self._shown = True
        self.pick, self._pick_holder = choice("Kernel", "A kernel that is known; typing into it makes it your own")
        self.pick.fill([(name, name) for name in KERNELS], "Vertical edges")
        self.rows = number_box("Rows of the window f", "Rows of the window", 1, LARGEST_KERNEL)
        self.columns = number_box("Columns of the window f", "Columns of the window", 1, LARGEST_KERNEL)
        self.padding, holder = choice(
            "Padding",
            "Cells of 0 around the image: none (valid), so many that the size stays (same), or p on each side",
        )
        self.padding.fill(PADDINGS, "valid")
        self.pad = number_box("Padding p", "Cells of padding on each side", 0, 4)
        self.stride = number_box("Stride s", "Step of the window", 1, 4)
        self.dilation = number_box(
            "Dilation d", "Distance of neighbouring entries of the window; 1 leaves no gaps", 1, 4
        )
        self.flip = CheckBox("Flip")
        self.flip.setToolTip(
            "Turn the kernel by 180° before it slides: what mathematics calls convolution. Networks do without."
        )
        self.filters = number_box(
            "Number of filters", "How many kernels there are: channels of the output", 1, MOST_FILTERS
        )
        self.filter, self._filter_holder = choice("Filter shown", "Which filter is shown and typed in")
        self.channel, self._channel_holder = choice("Channel shown", "Which channel of the image and kernel is shown")
        self._flow = FlowLayout(self)
        self._flow.setContentsMargins(8, 0, 8, 4)
        self._pads = self.pad
        self._filters = labelled("Filters", self.filters)
        for widget in (
            self._pick_holder, labelled("f", self.rows, self.columns), labelled("Padding", holder), self._pads,
            labelled("Stride", self.stride), labelled("Dilation", self.dilation), self.flip, self._filters,
            self._filter_holder, self._channel_holder,
        ):  # fmt: skip
            self._flow.addWidget(widget)
        self._connect()
        self.refresh()

    def _connect(self) -> None:
        self.pick.activated.connect(self._on_pick_activated)
        for box in (self.rows, self.columns, self.pad, self.stride, self.dilation):
            box.edited.connect(self._on_sliding_edited)
        self.padding.activated.connect(self._on_sliding_edited)
        self.flip.toggled.connect(self._on_flip_toggled)
        self.filters.edited.connect(self._on_filters_edited)
        self.filter.activated.connect(self._on_filter_activated)
        self.channel.activated.connect(self._on_channel_activated)
        for box in (self.rows, self.columns, self.pad, self.stride, self.dilation, self.filters):
            box.refused.connect(self.refused)

    def refresh(self) -> None:
        """Show what the bench holds."""
        bench = self._bench
        convolves, learned = bench.mode == "convolution", bench.learned is not None and bench.mode == "convolution"
        name = OWN if learned else bench.picked()
        entries = [(known, known) for known in KERNELS]
        self.pick.fill(entries if name else [("Learned" if learned else "Your own", OWN), *entries], name)
        own = bench.sliding
        if learned and bench.window is not None:
            window = bench.window
            self.rows.set_value(window.kernel[0])
            self.columns.set_value(window.kernel[1])
            self.stride.set_value(window.strides[0])
            self.dilation.set_value(window.dilation[0])
            same = window.pads != ((0, 0), (0, 0))
            self.padding.choose("same" if same else "valid")
        else:
            for box, value in (
                (self.rows, own.kernel[0]), (self.columns, own.kernel[1]), (self.pad, own.pad),
                (self.stride, own.stride), (self.dilation, own.dilation),
            ):  # fmt: skip
                box.set_value(value)
            self.padding.choose(own.padding)
        self.filters.set_value(bench.filters)
        with QSignalBlocker(self.flip):
            self.flip.setChecked(bench.flip and not learned)
        for widget in (self.rows, self.columns, self.padding, self.stride, self.dilation, self.flip):
            widget.setEnabled(not learned)
        self._fill_choices(bench)
        own_kernels = convolves and not learned
        for widget, wanted in (
            (self._pick_holder, own_kernels),
            (self.flip, convolves),
            (self._filters, own_kernels),
            (self._filter_holder, convolves and bench.filters > 1),
            (self._channel_holder, bench.channels > 1),
            (self._pads, own.padding == "explicit" and not learned),
        ):
            widget.setVisible(wanted)
        self._flow.invalidate()
        self.updateGeometry()

    def _fill_choices(self, bench: Bench) -> None:
        filters = [(f"Filter {k + 1}", k) for k in range(bench.filters)]
        self.filter.fill(filters, bench.filter)
        channels = [(channel_name(k, bench.channels), k) for k in range(bench.channels)]
        self.channel.fill(channels, bench.channel)

    # Slots

    def _on_pick_activated(self) -> None:
        name = self.pick.currentData()
        if name != OWN:
            self._bench.pick(name)
            self._tell()

    def _on_sliding_edited(self) -> None:
        low = {self.rows: 1, self.columns: 1, self.pad: 0, self.stride: 1, self.dilation: 1}
        high = {self.rows: LARGEST_KERNEL, self.columns: LARGEST_KERNEL, self.pad: 4, self.stride: 4, self.dilation: 4}
        values = {box: int(min(max(box.value() or 0, low[box]), high[box])) for box in low}
        self._bench.set_sliding(
            kernel=(values[self.rows], values[self.columns]), stride=values[self.stride], pad=values[self.pad],
            dilation=values[self.dilation], padding=self.padding.currentData(),
        )  # fmt: skip
        self._tell()

    def _on_flip_toggled(self, flip: bool) -> None:
        self._bench.set_flip(flip)
        self._tell()

    def _on_filters_edited(self, count: object) -> None:
        assert isinstance(count, int | float)
        before = self._bench.filters
        self._bench.set_filters(int(count))
        if self._bench.filters > before:
            self._bench.filter = self._bench.filters - 1
        self._tell()

    def _on_filter_activated(self) -> None:
        self._bench.filter = self.filter.currentData()
        self._tell()

    def _on_channel_activated(self) -> None:
        self._bench.channel = self.channel.currentData()
        self._tell()

    def _tell(self) -> None:
        self.refresh()
        self.changed.emit()
