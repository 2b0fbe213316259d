"""Receptive fields against numbers worked out by hand, and against what really changes."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from engine.attribution import Probe
from engine.graph import Edge, GraphSpec, Node
from engine.layer import Layer
from engine.layers.ends import Input, Output
from engine.losses.basic import MeanSquaredError
from engine.network import compile_design
from engine.plan import make_plan
from engine.receptive_fields import place_box, receptive_field, sides
from engine.templates import load_template


def chain(*layers: dict) -> GraphSpec:
    nodes = tuple(Node(id=f"n{k}", layer=Layer.from_data(layer)) for k, layer in enumerate(layers))
    return GraphSpec(nodes=nodes, edges=tuple(Edge(source=a.id, target=b.id) for a, b in pairwise(nodes)))


def field_of(graph: GraphSpec, node: str, *place: int, channel: int | None = None):
    plan = make_plan(graph)
    shape = plan.nodes[node].shape
    assert shape is not None
    return receptive_field(plan, node, place_box(shape, place, channel))["n0"]


CONV = {"kind": "conv2d", "filters": 2}


@pytest.mark.parametrize("layers", range(1, 6))
def test_stacked_convolutions_of_three_see_two_more_places_each(layers):
    graph = chain({"kind": "input", "shape": (21, 21, 1)}, *[{**CONV, "padding": "same"}] * layers)
    box = field_of(graph, f"n{layers}", 10, 10)
    assert sides(box)[:2] == (2 * layers + 1,) * 2
    assert box[0] == (10 - layers, 11 + layers)


def test_strides_and_pooling_multiply_what_follows():
    graph = chain(
        {"kind": "input", "shape": (32, 32, 3)}, {**CONV, "kernel": (5,)}, {"kind": "max_pooling2d"},
        {**CONV, "kernel": (3,), "strides": (2,)}, {**CONV, "kernel": (3,), "dilation": (2,)},
    )  # fmt: skip
    # One pooled place sees 6, then 3 places 2 apart: 6 + 2 * 2 = 10, then 5 places 4 apart: 10 + 4 * 4 = 26.
    assert [sides(field_of(graph, f"n{k}", 0, 0))[0] for k in (1, 2, 3, 4)] == [5, 6, 10, 26]
    assert field_of(graph, "n3", 2, 1)[:2] == ((8, 18), (4, 14))


def test_lenet5_as_worked_out_by_hand():
    plan = make_plan(load_template("lenet5").graph)

    def see(node, place):
        return receptive_field(plan, node, place_box(plan.nodes[node].shape, place))["input_1"][:2]

    first = plan.nodes["conv2d_1"].layer.window(plan.nodes["conv2d_1"].input_shapes[0])
    p = first.pads[0][0]  # 2 in the modern form for 28 × 28, 0 for 32 × 32
    assert see("conv2d_1", (4, 6)) == ((4 - p, 9 - p), (6 - p, 11 - p))
    assert see("max_pooling2d_1", (3, 3)) == ((6 - p, 12 - p), (6 - p, 12 - p))
    assert see("conv2d_2", (2, 2)) == ((4 - p, 18 - p), (4 - p, 18 - p))
    assert see("max_pooling2d_2", (1, 2)) == ((4 - p, 20 - p), (8 - p, 24 - p))
    assert see("dense_1", ()) == tuple((0, n) for n in plan.inputs[0].shape[:2])


def test_a_border_cuts_the_field_off():
    graph = chain({"kind": "input", "shape": (8, 8, 1)}, {**CONV, "padding": "same"})
    assert field_of(graph, "n1", 0, 7)[:2] == ((0, 2), (6, 8))


def test_branches_are_united_and_channels_kept_apart():
    nodes = (
        Node(id="n0", layer=Layer.from_data({"kind": "input", "shape": (9, 9, 2)})),
        Node(id="one", layer=Layer.from_data({**CONV, "kernel": (1,)})),
        Node(id="five", layer=Layer.from_data({**CONV, "kernel": (5,), "padding": "same"})),
        Node(id="both", layer=Layer.from_data({"kind": "concatenate"})),
        Node(id="sum", layer=Layer.from_data({"kind": "add"})),
    )
    edges = [("n0", "one", 0), ("n0", "five", 0), ("one", "both", 0), ("five", "both", 1), ("one", "sum", 0),
             ("five", "sum", 1)]  # fmt: skip
    graph = GraphSpec(nodes=nodes, edges=tuple(Edge(source=a, target=b, port=p) for a, b, p in edges))
    assert sides(field_of(graph, "sum", 4, 4))[:2] == (5, 5)
    assert sides(field_of(graph, "both", 4, 4))[:2] == (5, 5)
    assert sides(field_of(graph, "both", 4, 4, channel=1))[:2] == (1, 1), "channel 1 comes from the 1 × 1 branch"
    assert sides(field_of(graph, "both", 4, 4, channel=2))[:2] == (5, 5)


def test_a_depthwise_filter_sees_one_channel():
    graph = chain({"kind": "input", "shape": (6, 6, 4)}, {**CONV, "filters": 8, "groups": 4})
    assert field_of(graph, "n1", 1, 1, channel=5)[2] == (2, 3)


CHANGES = {
    "transposed": [{"kind": "transposed_conv2d", "filters": 2, "kernel": (3,), "strides": (2,)}],
    "transposed valid": [{"kind": "transposed_conv2d", "kernel": (4,), "strides": (3,), "padding": "valid"}],
    "separable": [{"kind": "separable_conv2d", "filters": 2, "strides": (2,), "padding": "same"}],
    "even same": [{**CONV, "kernel": (4,), "strides": (3,), "padding": "same"}],
    "explicit": [{**CONV, "kernel": (3, 2), "padding": "explicit", "pad": (2, 1), "dilation": (2, 1)}],
    "padding": [{"kind": "zero_padding", "before": (2, 0), "after": (0, 1)}],
    "cropping": [{"kind": "cropping", "before": (1, 2), "after": (0, 1)}],
    "upsampling": [{"kind": "upsampling", "factor": (2, 3)}],
    "permute": [{"kind": "permute", "order": (2, 1, 3)}],
    "average": [{"kind": "average_pooling2d", "kernel": (3,), "strides": (2,), "padding": "same"}],
    "reshape": [{"kind": "reshape", "shape": (7, 1, 6, 2)}],
    "layer norm": [{"kind": "layer_normalization"}],
    "group norm": [{"kind": "group_normalization", "groups": 2}],
    "lrn": [{"kind": "local_response_normalization"}],
    "global": [{"kind": "global_average_pooling"}],
    "flatten": [{"kind": "flatten"}, {"kind": "dense", "units": 3}],
}  # fmt: skip


@pytest.mark.parametrize("layers", CHANGES.values(), ids=list(CHANGES))
def test_nothing_outside_the_field_changes_the_value(layers):
    """The gradient of one entry is 0 outside its field, and reaches all sides of the field."""
    tail = [
        {"kind": "flatten"},
        {"kind": "dense", "units": 1},
        {"kind": "output", "loss": {"kind": "mean_squared_error"}},
    ]
    tail = tail if layers[-1]["kind"] not in ("dense", "global_average_pooling") else tail[1:]
    graph = chain({"kind": "input", "shape": (7, 6, 2)}, *layers, *tail)
    node = f"n{len(layers)}"
    network = compile_design(graph, dtype="float64", seed=1)
    shape = network.plan.nodes[node].shape
    assert shape is not None
    random = np.random.default_rng(2)
    probe = Probe(network, node)
    probe.forward({"n0": random.normal(size=(1, 7, 6, 2))})
    for _ in range(6):
        entry = tuple(int(random.integers(n)) for n in shape)
        seed = np.zeros((1, *shape))
        seed[(0, *entry)] = 1
        probe.backward(seed)
        changed = np.argwhere(probe.gradient("n0")[0] != 0)
        box = receptive_field(network.plan, node, tuple((at, at + 1) for at in entry)).get("n0")
        if not len(changed):
            continue  # it sees only padding
        assert box is not None
        low, high = changed.min(0), changed.max(0)
        assert all(a <= lo and hi < b for (a, b), lo, hi in zip(box, low, high, strict=True)), (entry, box)
        if layers[0]["kind"] != "local_response_normalization":
            assert all(a == lo and hi == b - 1 for (a, b), lo, hi in zip(box[:-1], low, high, strict=False))


SAMPLED = [member for member in Layer.members() if member.samples and not member.terminal]


@pytest.mark.parametrize("kind", SAMPLED, ids=lambda member: member.kind)
def test_what_a_layer_says_that_it_sees_holds_everything_that_it_sees(kind):
    """Contract of `Layer.sees`, for every layer there is: a gradient outside the box would be a lie."""
    random, checked = np.random.default_rng(3), 0
    for layer in kind.sample_layers():
        for shapes in kind.samples:
            nodes = [Node(id=f"x{k}", layer=Input(shape=shape)) for k, shape in enumerate(shapes)]
            tail = [{"kind": "flatten"}, {"kind": "dense", "units": 1}]
            nodes += [Node(id="own", layer=layer)]
            nodes += [Node(id=f"t{k}", layer=Layer.from_data(data)) for k, data in enumerate(tail)]
            nodes += [Node(id="y", layer=Output(loss=MeanSquaredError()))]
            edges = [Edge(source=f"x{k}", target="own", port=k) for k in range(len(shapes))]
            edges += [Edge(source=a, target=b) for a, b in pairwise(["own", "t0", "t1", "y"])]
            graph = GraphSpec(nodes=tuple(nodes), edges=tuple(edges))
            if make_plan(graph).blocking:
                continue
            network = compile_design(graph, dtype="float64", seed=1)
            shape, probe = network.plan.nodes["own"].shape, Probe(network, "own")
            assert shape is not None
            probe.forward({f"x{k}": random.uniform(0.2, 1.0, size=(1, *own)) for k, own in enumerate(shapes)})
            for _ in range(4):
                entry = tuple(int(random.integers(n)) for n in shape)
                seed = np.zeros((1, *shape))
                seed[(0, *entry)] = 1
                probe.backward(seed)
                field = receptive_field(network.plan, "own", tuple((at, at + 1) for at in entry))
                for k in range(len(shapes)):
                    for place in np.argwhere(probe.gradient(f"x{k}")[0] != 0):
                        box = field.get(f"x{k}")
                        inside = box is not None and all(a <= at < b for (a, b), at in zip(box, place, strict=True))
                        assert inside, f"{kind.__name__}.sees must hold {place} of input {k} for {entry}: {layer}"
                checked += 1
    assert checked or not kind.samples, f"no sample of {kind.__name__} could be tried"
