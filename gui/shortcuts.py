"""The keys of the actions: those of the table, or what the user put in their place."""

from __future__ import annotations

from PySide6.QtCore import QObject, QSettings, Signal
from PySide6.QtGui import QKeySequence

GROUP = "shortcuts"


class ShortcutNotifier(QObject):
    """Tells every window that keys have changed."""

    shortcuts_changed = Signal()


shortcut_notifier = ShortcutNotifier()


def keys_of(name: str, default: str) -> str:
    """The keys of an action, in portable text; "" for none."""
    value = QSettings().value(f"{GROUP}/{name}")
    if value is None:
        return default
    keys = QKeySequence.fromString(str(value), QKeySequence.SequenceFormat.PortableText)
    return str(value) if str(value) == "" or keys.toString() else default


def set_keys(changes: dict[str, str | None]) -> None:
    """Give actions other keys; None gives back those of the table."""
    settings = QSettings()
    for name, keys in changes.items():
        if keys is None:
            settings.remove(f"{GROUP}/{name}")
        else:
            settings.setValue(f"{GROUP}/{name}", keys)
    shortcut_notifier.shortcuts_changed.emit()


def reset_all() -> None:
    """Give every action the keys of the table."""
    QSettings().remove(GROUP)
    shortcut_notifier.shortcuts_changed.emit()


def native(keys: str) -> str:
    """Keys as this system writes them."""
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
