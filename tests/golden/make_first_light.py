"""How first_light.netloom was made, once. Files of later formats get scripts and files of their own; this one stays."""

import json
import struct
import zlib
from pathlib import Path

import numpy as np

from engine.events import Checkpointed
from engine.files import Project, save_project
from engine.history import HistoryRecorder
from engine.network import compile_design
from engine.templates import load_template
from engine.training import train

FOLDER = Path(__file__).parent
POINTS = np.array([[0.5, 0.5], [-0.5, 0.5], [0.1, -0.9]])


def chunk(kind: bytes, data: bytes) -> bytes:
    """One chunk of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def main() -> None:
    """Train a little and save."""
    design = load_template("xor")
    design = design.with_changes(name="First light", training=design.training.replace(epochs=20, seed=7))
    recorder, checkpoint = HistoryRecorder(), None
    for event in train(design):
        recorder.append(event)
        if isinstance(event, Checkpointed):
            checkpoint = event.checkpoint
    assert checkpoint is not None
    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(b"\0\x20\x60\xa0"))
    thumbnail = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + pixels + chunk(b"IEND", b"")
    save_project(FOLDER / "first_light.netloom", Project(design, checkpoint, recorder.to_data(), thumbnail))
    network = compile_design(design)
    network.set_weights(checkpoint.weights)
    expected = {
        "predictions": np.asarray(network.forward(POINTS)).ravel().tolist(),
        "weights": {name: value.ravel().tolist() for name, value in checkpoint.weights.items()},
        "step": checkpoint.step,
        "costs": recorder.to_data()["costs"]["mean"][-3:],
    }
    (FOLDER / "first_light.json").write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    main()
