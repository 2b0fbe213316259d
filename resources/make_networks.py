"""Writes the templates of well-known convolutional networks: `python -m resources.make_networks`.

A test compares the files with what this script makes, so run it after the defaults of a layer have changed.
"""

# ruff: noqa: E501  the descriptions are prose
from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from engine.activation import ActivationFunction
from engine.activations.basic import Linear, ReLU
from engine.blocks import group
from engine.data import DataSettings, parse_spec
from engine.design import Design
from engine.graph import SPACING, Edge, GraphSpec, Node
from engine.layer import Layer
from engine.layers.activation import Activation
from engine.layers.batch_normalization import BatchNormalization
from engine.layers.convolution import Conv1D, Conv2D, Conv3D
from engine.layers.dense import Dense
from engine.layers.dropout import Dropout
from engine.layers.ends import Input, Output
from engine.layers.merging import Add, Concatenate
from engine.layers.normalization import LocalResponseNormalization
from engine.layers.pooling import (
    GlobalAveragePooling,
    MaxPooling1D,
    MaxPooling2D,
    MaxPooling3D,
)
from engine.layers.reshaping import Flatten
from engine.losses.basic import CategoricalCrossEntropy
from engine.optimizers.basic import Adam
from engine.settings import TrainingSettings
from gui.canvas.folding import folded

FOLDER = Path(__file__).parent / "templates"
ROW = 96.0
R, NONE = ReLU(), Linear()


class Drawing:
    """A network that grows node by node."""

    def __init__(self, shape: tuple[int, ...], name: str = "image") -> None:
        self._nodes: list[Node] = []
        self._edges: list[Edge] = []
        self._numbers: Counter[str] = Counter()
        self._depth: dict[str, int] = {}
        self._blocks: list[tuple[str, list[str]]] = []
        self.last = self.add(Input(shape=shape), name, after=())

    def add(self, layer: Layer, name: str, after: Sequence[str] | None = None) -> str:
        """A node behind others, the last one when none are named; returns its id."""
        sources = (self.last,) if after is None else after
        self._numbers[layer.kind] += 1
        node_id = f"{layer.kind}_{self._numbers[layer.kind]}"
        self._nodes.append(Node(id=node_id, layer=layer, name=name))
        self._edges += [Edge(source=source, target=node_id, port=port) for port, source in enumerate(sources)]
        self._depth[node_id] = max((self._depth[source] + 1 for source in sources), default=0)
        self.last = node_id
        return node_id

    def block(self, name: str, build: Callable[[], object]) -> None:
        """Group what a function adds."""
        first = len(self._nodes)
        build()
        self._blocks.append((name, [node.id for node in self._nodes[first:]]))

    def graph(self) -> GraphSpec:
        """Columns by depth, branches above each other; blocks are closed."""
        columns: dict[int, list[str]] = {}
        for node in self._nodes:
            columns.setdefault(self._depth[node.id], []).append(node.id)
        places = {
            node_id: (SPACING * depth, round((row - (len(ids) - 1) / 2) * ROW / 8) * 8.0)
            for depth, ids in columns.items()
            for row, node_id in enumerate(ids)
        }
        nodes = tuple(node.model_copy(update={"position": places[node.id]}) for node in self._nodes)
        graph = GraphSpec(nodes=nodes, edges=tuple(self._edges))
        made = []
        for name, ids in self._blocks:
            graph, block_id = group(graph, ids, name)
            made.append(block_id)
        for block_id in made:
            graph = folded(graph, block_id, True, {})
        return graph


def conv(
    filters: int, kernel: int = 3, stride: int = 1, activation: ActivationFunction = R, *, padding: str = "same",
    bias: bool = True, pad: int = 0, groups: int = 1,
) -> Conv2D:  # fmt: skip
    """A Conv2D with the settings that matter here."""
    return Conv2D(
        filters=filters, kernel=(kernel,), strides=(stride,), padding=padding, pad=(pad,), activation=activation,
        bias=bias, groups=groups,
    )  # fmt: skip


def pool(kernel: int = 2, stride: int = 0, padding: str = "valid") -> MaxPooling2D:
    """A MaxPooling2D."""
    return MaxPooling2D(kernel=(kernel,), strides=(stride,) if stride else (), padding=padding)


def normalized(d: Drawing, layer: Conv2D, name: str, activation: bool = True) -> str:
    """A convolution without bias, batch normalization, and mostly ReLU."""
    d.add(layer.replace(bias=False, activation=NONE), name)
    d.add(BatchNormalization(), f"normalize {name}")
    return d.add(Activation(activation=R), f"ReLU {name}") if activation else d.last


def head(d: Drawing, classes: int, *hidden: int, keep: float = 1.0) -> None:
    """Flat layers and the end."""
    d.add(Flatten(), "lay out")
    for number, units in enumerate(hidden, 1):
        d.add(Dense(units=units, activation=R), f"hidden {number}")
        if keep < 1:
            d.add(Dropout(keep_prob=keep), f"dropout {number}")
    end(d, classes)


def end(d: Drawing, classes: int) -> None:
    """Scores and the loss."""
    d.add(Dense(units=classes), "scores")
    d.add(Output(loss=CategoricalCrossEntropy()), "class")


# The networks


def lenet5() -> Drawing:
    d = Drawing((28, 28, 1))
    d.add(conv(6, 5), "C1")
    d.add(pool(), "S2")
    d.add(conv(16, 5, padding="valid"), "C3")
    d.add(pool(), "S4")
    head(d, 10, 120, 84)
    return d


def keras_mnist() -> Drawing:
    d = Drawing((28, 28, 1))
    d.add(conv(32, padding="valid"), "conv 1")
    d.add(pool(), "pool 1")
    d.add(conv(64, padding="valid"), "conv 2")
    d.add(pool(), "pool 2")
    d.add(Flatten(), "lay out")
    d.add(Dropout(keep_prob=0.5), "dropout")
    end(d, 10)
    return d


def alexnet() -> Drawing:
    d = Drawing((227, 227, 3))
    d.add(conv(96, 11, 4, padding="valid"), "conv 1")
    d.add(LocalResponseNormalization(bias=2.0), "normalize 1")
    d.add(pool(3, 2), "pool 1")
    d.add(conv(256, 5, groups=2), "conv 2")
    d.add(LocalResponseNormalization(bias=2.0), "normalize 2")
    d.add(pool(3, 2), "pool 2")
    d.add(conv(384), "conv 3")
    d.add(conv(384, groups=2), "conv 4")
    d.add(conv(256, groups=2), "conv 5")
    d.add(pool(3, 2), "pool 5")
    head(d, 1000, 4096, 4096, keep=0.5)
    return d


def vgg16() -> Drawing:
    d = Drawing((224, 224, 3))
    for stage, (filters, times) in enumerate(((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)), 1):

        def build(stage: int = stage, filters: int = filters, times: int = times) -> None:
            for number in range(1, times + 1):
                d.add(conv(filters), f"conv {stage}-{number}")
            d.add(pool(), f"pool {stage}")

        d.block(f"Stage {stage}", build)
    head(d, 1000, 4096, 4096, keep=0.5)
    return d


def residual(
    d: Drawing, name: str, channels: int, filters: int, stride: int = 1, *, bottleneck: bool = False, skip: bool = True
) -> int:
    """A residual block; returns the channels that come out.

    Args:
        d: Where it is added.
        name: Of the block.
        channels: What comes in.
        filters: Of its convolutions of 3 × 3.
        stride: Of its first convolution of 3 × 3.
        bottleneck: 1 × 1, 3 × 3, 1 × 1 to four times the filters, instead of two convolutions of 3 × 3.
        skip: Without it the block is plain.
    """
    start, out = d.last, 4 * filters if bottleneck else filters

    def build() -> None:
        if bottleneck:
            normalized(d, conv(filters, 1), "1 × 1")
            normalized(d, conv(filters, 3, stride), "3 × 3")
            way = normalized(d, conv(out, 1), "1 × 1 wide", activation=False)
        else:
            normalized(d, conv(filters, 3, stride), "first")
            way = normalized(d, conv(filters, 3), "second", activation=False)
        if skip:
            d.last = start
            projected = stride != 1 or channels != out
            before = normalized(d, conv(out, 1, stride), "skip", activation=False) if projected else start
            d.add(Add(), "sum", after=(way, before))
        d.add(Activation(activation=R), "ReLU")

    d.block(name, build)
    return out


def resnet(stages: Sequence[int], *, bottleneck: bool) -> Drawing:
    """The ImageNet form of He et al. 2016, with the stride in the convolutions of 3 × 3."""
    d = Drawing((224, 224, 3))
    normalized(d, conv(64, 7, 2), "stem")
    d.add(pool(3, 2, "same"), "pool")
    channels = 64
    for stage, times in enumerate(stages):
        for number in range(times):
            stride = 2 if stage and not number else 1
            name = f"Block {stage + 1}-{number + 1}"
            channels = residual(d, name, channels, 64 * 2**stage, stride, bottleneck=bottleneck)
    d.add(GlobalAveragePooling(), "mean")
    end(d, 1000)
    return d


def small_resnet(skip: bool) -> Drawing:
    """The CIFAR form of He et al. 2016 with n = 3: 20 layers with weights."""
    d = Drawing((32, 32, 3))
    normalized(d, conv(16), "stem")
    channels = 16
    for stage in range(3):
        for number in range(3):
            stride = 2 if stage and not number else 1
            name = f"Block {stage + 1}-{number + 1}"
            channels = residual(d, name, channels, 16 * 2**stage, stride, skip=skip)
    d.add(GlobalAveragePooling(), "mean")
    end(d, 10)
    return d


def inception(d: Drawing, name: str, one: int, reduce3: int, three: int, reduce5: int, five: int, pooled: int) -> None:
    """An Inception module (Szegedy et al. 2015)."""
    start = d.last

    def build() -> None:
        ways = [d.add(conv(one, 1), "1 × 1", after=(start,))]
        d.add(conv(reduce3, 1), "1 × 1 before 3 × 3", after=(start,))
        ways.append(d.add(conv(three), "3 × 3"))
        d.add(conv(reduce5, 1), "1 × 1 before 5 × 5", after=(start,))
        ways.append(d.add(conv(five, 5), "5 × 5"))
        d.add(pool(3, 1, "same"), "pool", after=(start,))
        ways.append(d.add(conv(pooled, 1), "1 × 1 after pool"))
        d.add(Concatenate(), "channels", after=ways)

    d.block(name, build)


def googlenet() -> Drawing:
    d = Drawing((224, 224, 3))
    d.add(conv(64, 7, 2), "conv 1")
    d.add(pool(3, 2, "same"), "pool 1")
    d.add(conv(64, 1), "reduce 2")
    d.add(conv(192), "conv 2")
    d.add(pool(3, 2, "same"), "pool 2")
    inception(d, "Inception 3a", 64, 96, 128, 16, 32, 32)
    inception(d, "Inception 3b", 128, 128, 192, 32, 96, 64)
    d.add(pool(3, 2, "same"), "pool 3")
    inception(d, "Inception 4a", 192, 96, 208, 16, 48, 64)
    inception(d, "Inception 4b", 160, 112, 224, 24, 64, 64)
    inception(d, "Inception 4c", 128, 128, 256, 24, 64, 64)
    inception(d, "Inception 4d", 112, 144, 288, 32, 64, 64)
    inception(d, "Inception 4e", 256, 160, 320, 32, 128, 128)
    d.add(pool(3, 2, "same"), "pool 4")
    inception(d, "Inception 5a", 256, 160, 320, 32, 128, 128)
    inception(d, "Inception 5b", 384, 192, 384, 48, 128, 128)
    d.add(GlobalAveragePooling(), "mean")
    d.add(Dropout(keep_prob=0.6), "dropout")
    end(d, 1000)
    return d


def inception_block() -> Drawing:
    d = Drawing((28, 28, 1))
    d.add(conv(16), "stem")
    d.add(pool(), "pool 1")
    inception(d, "Inception", 16, 12, 24, 4, 8, 8)
    d.add(pool(), "pool 2")
    head(d, 10)
    return d


def mobilenet() -> Drawing:
    """MobileNet's depthwise separable stages (Howard et al. 2017), small enough for images of 32 × 32."""
    d = Drawing((32, 32, 3))
    normalized(d, conv(16), "stem")
    channels = 16
    for number, (filters, stride) in enumerate(((32, 1), (64, 2), (64, 1), (128, 2), (128, 1)), 1):

        def build(filters: int = filters, stride: int = stride, channels: int = channels) -> None:
            normalized(d, conv(channels, 3, stride, groups=channels), "depthwise")
            normalized(d, conv(filters, 1), "pointwise")

        d.block(f"Separable {number}", build)
        channels = filters
    d.add(GlobalAveragePooling(), "mean")
    end(d, 4)
    return d


def signal1d() -> Drawing:
    d = Drawing((64, 1), "signal")
    for number, filters in enumerate((8, 16), 1):
        layer = Conv1D(filters=filters, kernel=(5,), padding="same", activation=R)
        d.add(layer, f"conv {number}")
        d.add(MaxPooling1D(), f"pool {number}")
    head(d, 4, 32)
    return d


def volume3d() -> Drawing:
    d = Drawing((12, 12, 12, 1), "volume")
    d.add(Conv3D(filters=8, kernel=(3,), padding="same", activation=R), "conv 1")
    d.add(MaxPooling3D(), "pool 1")
    d.add(Conv3D(filters=16, kernel=(3,), padding="same", activation=R), "conv 2")
    d.add(MaxPooling3D(), "pool 2")
    head(d, 3, 32)
    return d


DIGITS = "sklearn:digits?images=true&size=28"
IMAGENET = "generated:textures?m=16&size={size}&classes=1000"
SMALL = "generated:textures?m=300&classes={classes}&noise=0.4"

NETWORKS: dict[str, tuple[str, Callable[[], Drawing], str, dict[str, float], str]] = {
    "lenet5": (
        "LeNet-5", lenet5, DIGITS, {"epochs": 10, "batch_size": 64, "learning_rate": 0.001},
        "The network that read cheques (LeCun et al. 1998), in the modern form of the course with ReLU and max pooling: "
        "61,706 parameters, most of them in the first dense layer. It comes with scikit-learn's digits, enlarged to 28 × "
        "28; choose an IDX folder in the data panel to train it on MNIST, where it reaches 99 % within ten epochs.",
    ),
    "keras_mnist": (
        "Small convnet for digits", keras_mnist, DIGITS, {"epochs": 15, "batch_size": 128, "learning_rate": 0.001},
        "The convolutional network of Keras' first example: two convolutions, two poolings, dropout and one dense layer; "
        "34,826 parameters. It comes with scikit-learn's digits, enlarged to 28 × 28; with MNIST as the data it reaches "
        "99.1 % on the test set in 15 epochs. Compare its filters and its parameters with those of LeNet-5.",
    ),
    "alexnet": (
        "AlexNet", alexnet, IMAGENET.format(size=227), {},
        "The network that won ImageNet in 2012 (Krizhevsky, Sutskever and Hinton): large filters first, local response "
        "normalization, dropout, and two groups of channels because it was trained on two graphics cards. 61 million "
        "parameters, nearly all in the dense layers. Read its table of shapes; to train it, bring your own images.",
    ),
    "vgg16": (
        "VGG-16", vgg16, IMAGENET.format(size=224), {},
        "Nothing but 3 × 3 convolutions and 2 × 2 poolings (Simonyan and Zisserman 2015): each stage halves height and "
        "width and doubles the channels. 138,357,544 parameters, of which the first dense layer alone holds 103 million. "
        "Open a stage to see its layers, and read the table of shapes; to train it, bring your own images and time.",
    ),
    "resnet18": (
        "ResNet-18", lambda: resnet((2, 2, 2, 2), bottleneck=False), IMAGENET.format(size=224), {},
        "Eighteen layers with weights, in eight residual blocks (He et al. 2016): what comes in is added to what two "
        "convolutions make of it, and a 1 × 1 convolution makes the shapes fit where they change. 11.7 million parameters. "
        "Open a block to see it; plain-20 and residual-20 show on small images what the skips are good for.",
    ),
    "resnet50": (
        "ResNet-50", lambda: resnet((3, 4, 6, 3), bottleneck=True), IMAGENET.format(size=224), {},
        "Fifty layers with weights in sixteen bottleneck blocks (He et al. 2016): 1 × 1 convolutions narrow the channels "
        "before the 3 × 3 one and widen them again, which saves most of the work. 25.6 million parameters. Open a block to "
        "see it, and compare multiplications and parameters with those of VGG-16 in the analysis table.",
    ),
    "plain20": (
        "Plain-20", lambda: small_resnet(skip=False), SMALL.format(classes=10), {"epochs": 6, "batch_size": 32},
        "Twenty layers with weights one after the other, without skip connections: the counterpart of residual-20, with "
        "the same layers, parameters but those of the projections, and data. Train both with the same seed and compare how "
        "the cost falls and how large the gradients of the first layers are. On CIFAR-10 the plain one falls behind.",
    ),
    "residual20": (
        "Residual-20", lambda: small_resnet(skip=True), SMALL.format(classes=10), {"epochs": 6, "batch_size": 32},
        "Twenty layers with weights in nine residual blocks, the small form for images of 32 × 32 (He et al. 2016). The "
        "counterpart of plain-20: the skips give every gradient a short way back, so that depth does no harm. Open a block "
        "to see it; where the shape changes, a 1 × 1 convolution with stride 2 projects what is skipped.",
    ),
    "googlenet": (
        "GoogLeNet", googlenet, IMAGENET.format(size=224), {},
        "Inception v1 (Szegedy et al. 2015): nine modules, each with filters of 1 × 1, 3 × 3 and 5 × 5 and a pooling side "
        "by side, whose channels are joined. The 1 × 1 convolutions before the large ones save most of the work. 7 million "
        "parameters. The two side branches that helped to train it are left out. Open a module to see it.",
    ),
    "inception_block": (
        "An Inception block", inception_block, DIGITS, {"epochs": 8, "batch_size": 64, "learning_rate": 0.003},
        "One Inception module between a convolution and the scores: instead of choosing a filter size, the network has them all "
        "and learns which it needs. The 1 × 1 convolutions narrow the channels before the expensive filters; compare the "
        "multiplications in the analysis table with those of a plain 5 × 5 layer of as many channels.",
    ),
    "mobilenet": (
        "A small MobileNet", mobilenet, SMALL.format(classes=4), {"epochs": 8, "batch_size": 32},
        "Depthwise separable convolutions (Howard et al. 2017): one 3 × 3 filter for each channel, then a 1 × 1 convolution "
        "that mixes the channels. That takes about a ninth of the multiplications of an ordinary 3 × 3 convolution; replace "
        "one block by it and compare. Small enough for images of 32 × 32.",
    ),
    "signal1d": (
        "Shapes of signals", signal1d, "generated:waves?m=800", {"epochs": 12, "batch_size": 32, "learning_rate": 0.003},
        "Convolutions along one axis: filters slide along a noisy signal and tell sine, square, sawtooth and chirp apart, "
        "whatever their phase. The same idea reads electrocardiograms, sound and text. Look at the filters of the first "
        "layer: they are small waves and steps themselves. Raise the noise, and see how far it goes.",
    ),
    "volume3d": (
        "Bodies in volumes", volume3d, "generated:volumes?m=400&noise=0.1", {"epochs": 12, "batch_size": 16, "learning_rate": 0.005},
        "Convolutions over three axes: filters of 3 × 3 × 3 slide through small volumes and tell balls, cubes and tubes "
        "apart, wherever they lie. The same idea reads scans of a body, slice by slice but all slices at once, and films, "
        "where the third axis is time. Look how the parameters grow with the third axis.",
    ),
}  # fmt: skip


def design(key: str) -> Design:
    """The template of that name."""
    name, build, source, training, description = NETWORKS[key]
    rate = training.get("learning_rate", 0.001)
    settings = TrainingSettings(
        optimizer=Adam(learning_rate=rate),
        batch_size=int(training.get("batch_size", 8)),
        epochs=int(training.get("epochs", 1)),
    )
    data = DataSettings(
        source=parse_spec(source), train=0.8, dev=0.2, standardize=False, stratified="1000" not in source
    )
    return Design(name=name, description=description, graph=build().graph(), training=settings, data=data)


if __name__ == "__main__":
    for key in NETWORKS:
        (FOLDER / f"{key}.json").write_text(design(key).to_json(), encoding="utf-8")
