"""Colours and sizes of the window, light and dark, and the style sheet made from them."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from string import Template
from typing import Literal, NamedTuple

from PySide6.QtCore import QObject, QSettings, Qt, Signal
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

import resources

ThemeName = Literal["light", "dark", "system"]
SETTING = "window/theme"


class Tint(NamedTuple):
    """One colour for nodes, blocks and notes: a soft area, a clear line on the canvas, and text on the area."""

    fill: str
    line: str
    text: str


@dataclass(frozen=True, slots=True)
class Theme:
    """Every colour the window uses; nothing else in `gui` names a colour."""

    name: Literal["light", "dark"]
    background: str
    """Behind panels."""
    surface: str
    """Panels and bars."""
    surface_raised: str
    """Fields, cards, menus."""
    border: str
    border_strong: str
    text: str
    text_muted: str
    accent: str
    accent_text: str
    """Text on the accent colour."""
    accent_soft: str
    """A quiet background for what is chosen."""
    hover: str
    error: str
    error_soft: str
    warning: str
    warning_soft: str
    success: str
    grid: str
    canvas: str
    node_fill: str
    node_border: str
    wire: str
    selection: str
    focus: str
    train: str
    dev: str
    classes: tuple[str, ...]
    """Ten colours for classes of the data, told apart by colour-blind people as well as ten colours can be."""
    categories: tuple[str, ...]
    """Colours for the categories of layers."""
    tints: dict[str, Tint]
    """By the names of `engine.annotations.Color`, but ""."""
    spacing: int = 8
    radius: int = 6
    control_height: int = 28
    font_size: int = 13
    """Points of the screen, as pixels at 100 %."""
    font_size_small: int = 12
    font_size_large: int = 20

    def tint(self, color: str) -> Tint:
        """How a colour that the user gave looks; the usual one for "" and for names that are not known."""
        return self.tints.get(color) or Tint(self.surface, self.text_muted, self.text)

    def category_color(self, category: str) -> str:
        """The colour of a category of layers: fixed for the known ones, always the same for any other."""
        index = _CATEGORY_ORDER.index(category) if category in _CATEGORY_ORDER else sum(map(ord, category))
        return self.categories[index % len(self.categories)]


_CATEGORY_ORDER = ("Core", "Merge", "Ends", "Normalization", "Shape", "Regularization")

LIGHT = Theme(
    name="light",
    background="#eef0f3",
    surface="#f8f9fb",
    surface_raised="#ffffff",
    border="#dde1e7",
    border_strong="#8a93a3",
    text="#1a1f29",
    text_muted="#566072",
    accent="#2563d9",
    accent_text="#ffffff",
    accent_soft="#dfe9fc",
    hover="#e6e9ee",
    error="#bb2430",
    error_soft="#fdecec",
    warning="#8f5a00",
    warning_soft="#fdf3dc",
    success="#187a43",
    grid="#dfe3e9",
    canvas="#f4f5f8",
    node_fill="#ffffff",
    node_border="#b3bbc8",
    wire="#7a8496",
    selection="#2563d9",
    focus="#2563d9",
    train="#0b7f77",
    dev="#9a3fb5",
    classes=(
        "#e3770a", "#2273c3", "#14936c", "#c4559c", "#b89400",
        "#3aa5e0", "#8a5240", "#6f56c5", "#cc3b3b", "#6f7885",
    ),
    categories=("#2563d9", "#8a4fc4", "#4d5a6e", "#0b7f77", "#b45d09", "#b8336a", "#3f7d20", "#0c7aa6"),
    tints={
        "red": Tint("#fbe3e1", "#d1453b", "#6b1d17"),
        "orange": Tint("#fdeada", "#c76414", "#663207"),
        "yellow": Tint("#fdf5cc", "#a88404", "#544203"),
        "green": Tint("#e2f4e0", "#3f8f39", "#1f4d1b"),
        "teal": Tint("#daf3f0", "#16897d", "#0b4842"),
        "blue": Tint("#e1ecfd", "#2f72da", "#153c78"),
        "purple": Tint("#eee6fb", "#7f55cb", "#42276f"),
        "pink": Tint("#fbe4f0", "#c9468d", "#6a1d48"),
        "gray": Tint("#e8ebef", "#69748a", "#333c4b"),
    },
)  # fmt: skip

DARK = Theme(
    name="dark",
    background="#14161a",
    surface="#1b1e24",
    surface_raised="#24282f",
    border="#333842",
    border_strong="#6f7989",
    text="#e9ecf1",
    text_muted="#a3acba",
    accent="#7aa9ff",
    accent_text="#0a1428",
    accent_soft="#25375a",
    hover="#2c3139",
    error="#ff8a8a",
    error_soft="#40232a",
    warning="#f0b95a",
    warning_soft="#3b301b",
    success="#6fcf97",
    grid="#272b33",
    canvas="#17191e",
    node_fill="#262a32",
    node_border="#4b5361",
    wire="#8791a3",
    selection="#7aa9ff",
    focus="#7aa9ff",
    train="#3fc7b9",
    dev="#d58cf0",
    classes=(
        "#f28c28", "#4b9be8", "#2fbf8f", "#e07fbd", "#dcbc3c",
        "#7cc7f2", "#b98272", "#a48df0", "#f06a6a", "#a2abb8",
    ),
    categories=("#7aa9ff", "#bd8ff0", "#a3acba", "#3fc7b9", "#e79a4d", "#f07aa8", "#8fca6b", "#5cc0e6"),
    tints={
        "red": Tint("#462426", "#f07a70", "#ffd3cf"),
        "orange": Tint("#442d1b", "#ec9a51", "#ffdcbc"),
        "yellow": Tint("#3d361a", "#d9bb45", "#f7e8a9"),
        "green": Tint("#223a24", "#77c26f", "#cdf0c9"),
        "teal": Tint("#193b38", "#4ac2b4", "#c0efe9"),
        "blue": Tint("#1f3354", "#77a8f8", "#d0e1ff"),
        "purple": Tint("#352a50", "#b292f2", "#e3d7ff"),
        "pink": Tint("#44263a", "#ea86bb", "#ffd3ea"),
        "gray": Tint("#31363f", "#98a2b3", "#e0e4ea"),
    },
)  # fmt: skip


class ThemeNotifier(QObject):
    """Tells that the theme changed; what draws with colours of its own listens and repaints."""

    theme_changed = Signal()

    def _on_hints_color_scheme_changed(self, _scheme: Qt.ColorScheme) -> None:
        if theme_setting() == "system":
            _apply(_resolve("system"))


theme_notifier = ThemeNotifier()
_current: Theme = LIGHT
_following_system = False
_font_scale = 1.0


def current_theme() -> Theme:
    """The theme in use."""
    return _current


def theme_setting() -> ThemeName:
    """What the user chose: light, dark, or as the system has it."""
    value = str(QSettings().value(SETTING, "system"))
    return value if value in ("light", "dark", "system") else "system"  # type: ignore[return-value]


def set_theme(name: ThemeName, *, remember: bool = True) -> Theme:
    """Use a theme from now on in the whole application."""
    if remember:
        QSettings().setValue(SETTING, name)
    return _apply(_resolve(name))


def load_theme() -> Theme:
    """Use the theme that the user chose last time."""
    return set_theme(theme_setting(), remember=False)


def set_font_scale(factor: float) -> None:
    """Write everything larger, as for a projector; 1 is as usual."""
    global _font_scale
    _font_scale = factor
    _apply(DARK if _current.name == "dark" else LIGHT)


def _scaled(theme: Theme) -> Theme:
    if _font_scale == 1.0:
        return theme
    sizes = ("font_size", "font_size_small", "font_size_large", "control_height")
    return replace(theme, **{name: round(getattr(theme, name) * _font_scale) for name in sizes})


def _resolve(name: ThemeName) -> Theme:
    global _following_system
    hints = QGuiApplication.styleHints() if QGuiApplication.instance() else None
    if hints is not None and not _following_system:
        hints.colorSchemeChanged.connect(theme_notifier._on_hints_color_scheme_changed)
        _following_system = True
    if name == "system":
        dark = hints is not None and hints.colorScheme() == Qt.ColorScheme.Dark
        return DARK if dark else LIGHT
    return DARK if name == "dark" else LIGHT


def _apply(theme: Theme) -> Theme:
    global _current
    theme = _scaled(theme)
    changed, _current = theme != _current, theme
    app = QApplication.instance()
    if isinstance(app, QApplication):
        if app.style().objectName().lower() != "fusion":
            app.setStyle("Fusion")
        font = QFont(app.font())
        font.setPixelSize(theme.font_size)
        app.setFont(font)
        app.setPalette(palette(theme))
        app.setStyleSheet(stylesheet(theme))
    if changed:
        theme_notifier.theme_changed.emit()
    return theme


def palette(theme: Theme) -> QPalette:
    """The theme as a palette, for what the style sheet leaves to the style."""
    roles = QPalette.ColorRole
    colors = {
        roles.Window: theme.surface,
        roles.WindowText: theme.text,
        roles.Base: theme.surface_raised,
        roles.AlternateBase: theme.surface,
        roles.Text: theme.text,
        roles.Button: theme.surface_raised,
        roles.ButtonText: theme.text,
        roles.BrightText: theme.error,
        roles.ToolTipBase: theme.surface_raised,
        roles.ToolTipText: theme.text,
        roles.PlaceholderText: theme.text_muted,
        roles.Highlight: theme.accent,
        roles.HighlightedText: theme.accent_text,
        roles.Link: theme.accent,
        roles.LinkVisited: theme.accent,
        roles.Light: theme.surface_raised,
        roles.Midlight: theme.hover,
        roles.Mid: theme.border,
        roles.Dark: theme.border_strong,
        roles.Shadow: theme.background,
        roles.Accent: theme.accent,
    }
    result = QPalette()
    for role, color in colors.items():
        result.setColor(role, QColor(color))
    muted = qcolor(theme.text_muted, 140)
    for role in (roles.WindowText, roles.Text, roles.ButtonText):
        result.setColor(QPalette.ColorGroup.Disabled, role, muted)
    return result


def stylesheet(theme: Theme) -> str:
    """The Qt style sheet of the whole window."""
    values = {item.name: getattr(theme, item.name) for item in fields(theme)}
    values["themes"] = resources.path("themes").as_posix()
    values["font_size_title"] = theme.font_size + 2
    return Template(resources.path("themes", "window.qss").read_text("utf-8")).substitute(values)


def qcolor(color: str, alpha: int = 255) -> QColor:
    """A colour of the theme, with 0 (clear) to 255 (solid)."""
    result = QColor(color)
    result.setAlpha(alpha)
    return result
