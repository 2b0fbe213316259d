"""How blocks.json was made, once. Files of later formats get scripts and files of their own; this one stays."""

from pathlib import Path

from engine.annotations import Block, Note
from engine.blocks import with_joined_ports
from engine.design import Design
from engine.graph import Edge, GraphSpec, Node
from engine.layers.dense import Dense
from engine.layers.ends import Input, Output
from engine.layers.merging import Add


def main() -> None:
    """Two blocks, one in the other, two notes and a colour."""
    nodes = (
        Node(id="input_1", layer=Input(shape=(8,))),
        Node(id="dense_1", layer=Dense(units=8), position=(264, 0), block="block_1"),
        Node(id="dense_2", layer=Dense(units=8), position=(528, 0), block="block_1"),
        Node(id="add_1", layer=Add(), position=(792, 0), block="block_1"),
        Node(id="dense_3", layer=Dense(units=1), name="last", position=(1056, 0), color="teal"),
        Node(id="output_1", layer=Output(), position=(1320, 0)),
    )
    ends = (("input_1", "dense_1", 0), ("dense_1", "dense_2", 0), ("dense_2", "add_1", 0), ("input_1", "add_1", 1),
            ("add_1", "dense_3", 0), ("dense_3", "output_1", 0))  # fmt: skip
    blocks = (
        Block(id="block_1", name="Residual", parent="block_2", collapsed=True, color="orange"),
        Block(id="block_2", name="Tower"),
    )
    notes = (
        Note(id="text_1", text="Adds its input to what it computes.", position=(264, 120), color="yellow"),
        Note(id="arrow_1", kind="arrow", position=(352, 120), extent=(0, -40), block="block_2"),
    )
    edges = tuple(Edge(source=source, target=target, port=port) for source, target, port in ends)
    graph = with_joined_ports(GraphSpec(nodes=nodes, edges=edges, blocks=blocks, notes=notes))
    (Path(__file__).parent / "blocks.json").write_text(Design(name="Blocks", graph=graph).to_json(), encoding="utf-8")


if __name__ == "__main__":
    main()
