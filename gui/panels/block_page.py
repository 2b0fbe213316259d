"""The properties of a block: name, what is in it, colour, and what can be done with it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout

from gui.document.document import Document
from gui.panels.note_page import ColorSection
from gui.panels.page import Page, SmallTable, shape_text
from gui.theme import current_theme
from gui.widgets.basic import Button, Label, Section
from gui.widgets.icons import pixmap


class BlockPage(Page):
    """One block."""

    command_chosen = Signal(str)
    """A command of the canvas for the selected block, such as repeat_block."""

    def __init__(self, document: Document) -> None:
        super().__init__("Properties of the selected block")
        self._document = document
        self._block_id = ""
        self.icon = QLabel()
        self.icon.setFixedSize(24, 24)
        self.name = QLineEdit()
        self.name.setAccessibleName("Name of the block")
        self.name.setToolTip("Name shown on the canvas. Without one the block shows its id.")
        self.name.editingFinished.connect(self._on_name_editing_finished)
        self.problems = Label("", "error", wrap=True)
        self.hint = Label("A block only groups layers: the network computes the same.", "muted", wrap=True)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.icon)
        head.addWidget(Label("Block", "title"), 1)
        top = QVBoxLayout()
        top.setSpacing(8)
        top.addLayout(head)
        for widget in (self.name, self.problems, self.hint):
            top.addWidget(widget)
        self.column.addLayout(top)
        content = Section("Content")
        self.table = SmallTable()
        content.body.addWidget(self.table)
        self.color = ColorSection(document)
        self.buttons: dict[str, Button] = {}
        actions = Section("Actions")
        grid = QGridLayout()
        grid.setSpacing(8)
        for place, (command, text, tip) in enumerate((
            ("toggle_block", "Open", "Show what is in it, or draw it as one box (Ctrl+.)"),
            ("ungroup", "Ungroup", "Take the block away; what is in it stays (Ctrl+Shift+G)"),
            ("repeat_block", "Repeat…", "Put copies behind it, one feeding the next"),
            ("keep_block", "Add to palette", "Keep a copy for other designs, under My blocks"),
        )):  # fmt: skip
            button = self.buttons[command] = Button(text, "", tip)
            button.clicked.connect(lambda _checked=False, command=command: self.command_chosen.emit(command))
            grid.addWidget(button, place // 2, place % 2)
        actions.body.addLayout(grid)
        self.add(content, self.color, actions)
        self.column.addStretch(1)

    def show_block(self, block_id: str) -> None:
        """Show this block as the document has it now."""
        self._block_id, changed = block_id, block_id != self._block_id
        document, theme = self._document, current_theme()
        block, tree, plan = document.block(block_id), document.blocks, document.plan
        self.icon.setPixmap(pixmap("layers/block", 24, theme.tint(block.color).line, self.devicePixelRatioF()))
        if changed or not (self.name.hasFocus() and self.name.isModified()):
            self.name.setText(block.name)
            self.name.setPlaceholderText(block.id)
        nodes, ports = tree.members(block_id), tree.ports(block_id)
        planned = [plan.nodes[node.id] for node in nodes]
        rows = [
            ("Layers", f"{len(nodes):,}"),
            ("Parameters", f"{sum(item.parameter_count for item in planned):,}"),
            ("Multiplications per example", f"{sum(item.multiplications for item in planned):,}"),
        ]
        inner = len(tree.descendants(block_id)) - 1
        if inner:
            rows.insert(1, ("Blocks in it", f"{inner:,}"))
        for port in ports.inputs:
            source = document.node(port.source).title if port.source else ""
            shape = plan.nodes[port.source].shape if port.source else None
            rows.append((f"in, from {source}" if source else "in, not connected", shape_text(shape) if source else "–"))
        rows += [(f"out, of {document.node(name).title}", shape_text(plan.nodes[name].shape)) for name in ports.outputs]
        self.table.set_rows(rows, name="Content of the block")
        problems = [problem for node in nodes for problem in document.checks.of_node(node.id)]
        self.problems.set_role("error" if any(problem.severity == "error" for problem in problems) else "warning")
        self.problems.setText("\n".join(problem.message for problem in problems[:5]))
        self.problems.setVisible(bool(problems))
        self.color.show_items([block_id])
        self.buttons["toggle_block"].setText("Open" if block.collapsed else "Close")

    def _on_name_editing_finished(self) -> None:
        if self.name.isModified() and self._document.has_block(self._block_id):
            self.name.setModified(False)
            self._document.rename_block(self._block_id, self.name.text())
