"""How a layer looks wherever it is shown: its icon and the colour of its category."""

from __future__ import annotations

from engine.layer import Layer
from gui.theme import Theme
from gui.widgets.icons import has_icon

LAYER_MIME_TYPE = "application/x-netloom-layer"
"""What a drag from the palette carries: the kind of the layer, in UTF-8."""


def layer_icon(layer: Layer | type[Layer]) -> str:
    """Name of the icon below `resources/icons`: that of the kind, else of the category, else of any layer."""
    category = layer.category.lower().replace(" ", "_")
    for name in (f"layers/{layer.kind}", f"categories/{category}"):
        if not name.endswith("/") and has_icon(name):
            return name
    return "layers/layer"


def layer_color(layer: Layer | type[Layer], theme: Theme) -> str:
    """The colour of the layer's category; the quiet text colour for a layer without one."""
    return theme.category_color(layer.category) if layer.category else theme.text_muted
