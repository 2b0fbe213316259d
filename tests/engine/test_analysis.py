"""The analysis table: numbers worked out by hand, CSV and Markdown."""

from __future__ import annotations

import csv
import io

from engine_tools import graph

from engine.analysis import HEADER, analyse
from engine.graph import Edge, GraphSpec, Node
from engine.layer import Layer
from engine.layers.dense import Dense
from engine.layers.ends import Input, Output
from engine.losses.basic import CategoricalCrossEntropy
from engine.plan import make_plan


def digits() -> GraphSpec:
    return graph(
        {
            "x": Input(shape=(8, 8, 1)),
            "f": (Layer.registry["flatten"](), "x"),
            "h": (Dense(units=32), "f"),
            "d": (Dense(units=10), "h"),
            "o": (Output(loss=CategoricalCrossEntropy()), "d"),
        }
    )


def test_the_numbers() -> None:
    table = analyse(make_plan(digits()), m=64, dtype="float32")
    rows = {row.id: row for row in table.rows}
    assert [row.id for row in table.rows] == ["x", "f", "h", "d", "o"]
    assert rows["h"].shape == (32,)
    assert (rows["x"].size, rows["h"].size, rows["d"].size) == (64, 32, 10)
    assert (rows["h"].parameters, rows["d"].parameters) == (32 * 64 + 32, 10 * 32 + 10)
    assert (rows["h"].multiplications, rows["d"].multiplications) == (32 * 64, 320)
    assert rows["h"].memory == 4 * (64 * 32 + 2080)
    assert analyse(make_plan(digits()), m=64, dtype="float64").total.memory == 2 * (table.total.memory or 0)
    total = table.total
    assert (total.size, total.parameters, total.multiplications) == (64 + 64 + 32 + 10 + 10, 2410, 2368)
    assert total.memory == 4 * (64 * 180 + 2410)


def test_csv_and_markdown() -> None:
    table = analyse(make_plan(digits()), m=1)
    lines = list(csv.reader(io.StringIO(table.to_csv())))
    assert tuple(lines[0]) == HEADER
    assert lines[3] == ["h", "Dense", "m × 32", "32", "2080", "2048", "8448"]
    assert lines[-1] == ["Total", "5 layers", "", "180", "2410", "2368", str(4 * (180 + 2410))]
    text = table.to_markdown(table.rows[::-1])
    assert text.splitlines()[0].startswith("| Layer | Kind |")
    assert text.splitlines()[1] == "| --- | --- | --- | ---: | ---: | ---: | ---: |"
    assert text.splitlines()[2].startswith("| o | Output | m × 10 |")
    assert text.count("\n") == 8


def test_what_is_not_known_is_said() -> None:
    spec = graph({"x": Input(shape=(2, 2)), "d": (Dense(units=3), "x"), "o": (Output(), "d")})
    table = analyse(make_plan(spec))
    assert table.rows[1].shape is None
    assert table.rows[1].cells()[2:4] == ("?", "?")
    assert table.total.size == 4
    assert analyse(make_plan(GraphSpec())).total.kind == "0 layers"


def test_names_are_harmless() -> None:
    nodes = (Node(id="x", layer=Input(), name="=1+1"), Node(id="o", layer=Output(), name="a|b,c"))
    table = analyse(make_plan(GraphSpec(nodes=nodes, edges=(Edge(source="x", target="o"),))))
    assert "\n'=1+1," in table.to_csv()
    assert '"a|b,c"' in table.to_csv()
    assert "a\\|b,c" in table.to_markdown()
