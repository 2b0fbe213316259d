"""The palette: all layers, searched, dragged and activated."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QPushButton

from engine.annotations import Block
from engine.graph import Edge, GraphSpec, Node
from engine.layer import Layer
from engine.layers.dense import Dense
from gui.document.appearance import LAYER_MIME_TYPE, layer_icon
from gui.document.user_blocks import BLOCK_PREFIX, blocks_folder, user_blocks
from gui.panels.palette import PalettePanel
from gui.widgets.icons import has_icon, icon


@pytest.fixture
def palette(application) -> PalettePanel:
    panel = PalettePanel()
    panel.resize(220, 700)
    panel.show()
    application.processEvents()
    return panel


def test_every_layer_with_a_category_is_there_with_icon_and_tooltip(palette) -> None:
    expected = {layer.kind for layer in Layer.members() if layer.category}
    assert set(palette.visible_kinds()) == expected
    for item in palette.tree.layer_items():
        layer = Layer.registry[item.data(0, int(Qt.ItemDataRole.UserRole))]
        assert item.text(0) == layer.label
        assert layer.summary() in item.toolTip(0)
        assert not item.icon(0).isNull()


def test_icons_fall_back_to_the_category_and_then_to_a_layer() -> None:
    class Like:
        kind, category = "brand_new", "Core"

    assert layer_icon(Like) == "categories/core"  # type: ignore[arg-type]
    Like.category = "Brand new"
    assert layer_icon(Like) == "layers/layer"  # type: ignore[arg-type]
    for name in ("layers/layer", "layers/unknown", "problems/error", "problems/warning", "layers/badge_frozen"):
        assert has_icon(name)
        assert not icon(name).isNull()
    assert all(layer_icon(layer) == f"layers/{layer.kind}" for layer in Layer.members() if layer.category == "Core")


def test_search_finds_by_name_category_and_meaning(palette) -> None:
    QTest.keyClicks(palette.search, "DENS")
    assert palette.visible_kinds() == ["dense"]
    palette.search.setText("merge sum")
    assert palette.visible_kinds() == ["add"]
    palette.search.setText("zzz")
    assert palette.visible_kinds() == []
    assert palette._nothing.isVisible()
    assert "zzz" in palette._nothing.text()
    QTest.keyClick(palette.search, Qt.Key.Key_Escape)
    assert len(palette.visible_kinds()) > 5


def test_enter_and_double_click_activate(palette) -> None:
    heard: list[str] = []
    palette.layer_activated.connect(heard.append)
    QTest.keyClicks(palette.search, "drop")
    QTest.keyClick(palette.search, Qt.Key.Key_Return)
    palette.search.clear()
    item = next(i for i in palette.tree.layer_items() if i.text(0) == "Dense")
    at = palette.tree.visualItemRect(item).center()
    QTest.mouseClick(palette.tree.viewport(), Qt.MouseButton.LeftButton, pos=at)
    QTest.mouseDClick(palette.tree.viewport(), Qt.MouseButton.LeftButton, pos=at)
    QTest.keyClick(palette.tree, Qt.Key.Key_Return)
    assert heard == ["dropout", "dense", "dense"]
    group = palette.tree.visualItemRect(palette.tree.topLevelItem(0)).center()
    QTest.mouseDClick(palette.tree.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(group))
    assert len(heard) == 3


def test_the_keyboard_goes_from_the_search_into_the_list(palette) -> None:
    palette.search.setFocus()
    QTest.keyClick(palette.search, Qt.Key.Key_Down)
    assert palette.tree.hasFocus()
    assert palette.tree.current_kind() == "input"


def test_a_drag_carries_the_kind(palette) -> None:
    item = palette.tree.layer_items()[0]
    data = palette.tree.mimeData([item])
    assert bytes(data.data(LAYER_MIME_TYPE).data()) == b"input"
    assert palette.tree.mimeTypes() == [LAYER_MIME_TYPE]


# The user's own blocks


@pytest.fixture
def kept(tmp_path, monkeypatch, palette, application):
    monkeypatch.setenv("NETLOOM_STATE_DIR", str(tmp_path))
    nodes = (Node(id="a", layer=Dense(), block="b"), Node(id="c", layer=Dense(), position=(264, 0), block="b"))
    graph = GraphSpec(nodes=nodes, edges=(Edge(source="a", target="c"),), blocks=(Block(id="b", name="Tower"),))
    user_blocks.add(graph)
    application.processEvents()
    return f"{BLOCK_PREFIX}tower"


def block_item(palette, kind):
    return next(item for item in palette.tree.layer_items() if item.data(0, int(Qt.ItemDataRole.UserRole)) == kind)


def test_blocks_of_the_user_stand_below_the_layers(palette, kept) -> None:
    assert palette.visible_kinds()[-1] == kept
    item = block_item(palette, kept)
    assert item.text(0) == "Tower"
    assert item.parent().text(0) == "MY BLOCKS"
    assert "2 layers: Dense." in item.toolTip(0)
    data = palette.tree.mimeData([item])
    assert bytes(data.data(LAYER_MIME_TYPE).data()).decode() == kept
    heard: list[str] = []
    palette.layer_activated.connect(heard.append)
    QTest.keyClicks(palette.search, "tow")
    assert palette.visible_kinds() == [kept]
    QTest.keyClick(palette.search, Qt.Key.Key_Return)
    assert heard == [kept]


def test_a_block_is_renamed_in_place(palette, kept, application) -> None:
    palette.tree.setCurrentItem(block_item(palette, kept))
    palette.tree.setFocus()
    QTest.keyClick(palette.tree, Qt.Key.Key_F2)
    editor = palette.tree.viewport().findChild(QLineEdit)
    QTest.keyClicks(editor, "Other")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    application.processEvents()
    assert [block.name for block in user_blocks.all()] == ["Other"]
    assert block_item(palette, kept).text(0) == "Other"


def test_a_removed_block_comes_back_by_one_click(palette, kept, application) -> None:
    palette.tree.setCurrentItem(block_item(palette, kept))
    palette.tree.setFocus()
    QTest.keyClick(palette.tree, Qt.Key.Key_Delete)
    application.processEvents()
    assert user_blocks.all() == []
    assert kept not in palette.visible_kinds()
    assert palette._removed_bar.isVisible()
    palette._removed_bar.findChild(QPushButton).click()
    application.processEvents()
    assert palette.visible_kinds()[-1] == kept
    assert not palette._removed_bar.isVisible()


def test_a_broken_file_is_told_in_the_list(palette, kept, application) -> None:
    (blocks_folder() / "cut.json").write_text("{", "utf-8")
    user_blocks.changed.emit()
    application.processEvents()
    group = block_item(palette, kept).parent()
    row = group.child(group.childCount() - 1)
    assert row.text(0) == "1 file cannot be read"
    assert "'cut.json'" in row.toolTip(0)
    assert kept in palette.visible_kinds()
