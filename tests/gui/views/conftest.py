"""What the tests of the result views share: a tiny network with weights that are known, and a view of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtTest import QTest

from engine.activation import ActivationFunction
from engine.data import Dataset, DataSettings, PreparedData, Target, prepare
from engine.design import Design
from engine.events import Weights
from engine.graph import Edge, GraphSpec, Node
from engine.layer import Layer
from engine.layers.dense import Dense
from engine.layers.ends import Input, Output
from engine.loss import Loss
from engine.network import compile_design
from gui.document import Document
from gui.runtime.session import TrainingSession
from gui.views.base import LiveView
from gui.views.context import ViewContext


def whole(dataset: Dataset, **settings: Any) -> PreparedData:
    """A data set as its training part, as it is."""
    settings = {"train": 1.0, "dev": 0.0, "standardize": False, "standardize_target": False, **settings}
    return prepare(DataSettings(**settings), dataset)


class ResultBench:
    """Makes views of small networks and waits for what they show."""

    def __init__(self) -> None:
        self.document = Document(Design())
        self.session = TrainingSession(self.document)
        self.context = ViewContext(self.document, self.session, self.document)
        self.views: list[LiveView] = []

    def data(self, inputs: Any, target: Any, names: tuple[str, ...] = (), **more: Any) -> PreparedData:
        """Examples in the training part: labels where there are names of classes, else values."""
        x = np.asarray(inputs, np.float64)
        y = np.asarray(target)
        made = (
            Target("y", "classes", y.astype(np.int64), class_names=names)
            if names
            else Target("y", "values", y.astype(np.float64).reshape(len(y), -1), columns=("y",))
        )
        settings = {name: more.pop(name) for name in ("train", "dev", "standardize") if name in more}
        return whole(Dataset({"x": x}, {"y": made}, **more), **settings)

    def design(self, data: PreparedData, loss: Loss, units: int = 1) -> Design:
        """Input, Dense without activation function, Output; a Flatten where the input is not flat."""
        shape = data.input_shape()
        layers: list[tuple[str, Layer]] = [("input_1", Input(shape=shape))]
        if len(shape) > 1:
            layers.append(("flatten_1", Layer.from_data({"kind": "flatten"})))
        linear = ActivationFunction.from_data({"kind": "linear"})
        layers += [("dense_1", Dense(units=units, activation=linear)), ("output_1", Output(loss=loss))]
        nodes = tuple(Node(id=name, layer=layer) for name, layer in layers)
        edges = tuple(Edge(source=a.id, target=b.id) for a, b in pairwise(nodes))
        return Design(graph=GraphSpec(nodes=nodes, edges=edges))

    def show(self, kind: type[LiveView], design: Design, data: PreparedData, W: Any = None, b: Any = None) -> Any:
        """A view of a network whose only Dense has these weights."""
        view = kind(self.context)
        self.views.append(view)
        view.resize(720, 440)
        view.show()
        self.context.set_problem(design, data)
        if W is not None:
            self.set_weights(design, {"dense_1/W": W, "dense_1/b": b})
        self.settle()
        return view

    def set_weights(self, design: Design, values: Mapping[str, Any], step: int = 1) -> None:
        """Weights as they come from a run."""
        weights = compile_design(design).weights()
        for name, value in values.items():
            weights[name] = np.asarray(value, weights[name].dtype).reshape(weights[name].shape)
        self.context.update_weights(Weights(step, 0, weights))

    def settle(self) -> None:
        """Wait until nothing is computed and nothing waits to be."""

        def busy() -> bool:
            context = self.context
            waits = any(view.is_shown for view in context._waiting) and context.problem is not None
            return context._working is not None or context._engine_busy or waits

        QTest.qWait(20)
        self.wait_for(lambda: not busy(), "the view did not come to rest")

    @staticmethod
    def wait_for(condition: Callable[[], bool], message: str) -> None:
        """Let the event loop run until something is so."""
        end = time.monotonic() + 8
        while not condition():
            assert time.monotonic() < end, message
            QTest.qWait(5)

    @staticmethod
    def message(view: LiveView) -> str:
        """The sentence shown instead of the picture; empty when the picture is shown."""
        return "" if view.canvas.isVisible() else view._message.text()

    def close(self) -> None:
        self.context.close()
        self.session.close()
        for view in self.views:
            view.close()
            view.deleteLater()
        self.document.deleteLater()
        QCoreApplication.sendPostedEvents(None, 0)


@pytest.fixture
def bench() -> Iterator[ResultBench]:
    """Views of small networks with known weights."""
    made = ResultBench()
    yield made
    made.close()
