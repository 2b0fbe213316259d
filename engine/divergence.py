"""What to say when the numbers of a run stop being finite."""

from __future__ import annotations

from engine.network import Network
from engine.settings import TrainingSettings


def describe_overflow(
    network: Network, tensor: str | None, bad_step: int, good_step: int, settings: TrainingSettings
) -> tuple[str, str, str]:
    """A plain sentence, the id of the node, and the name of the array that overflowed first.

    Args:
        network: The network, at its last good weights.
        tensor: Name of the first array that was not finite; None when the cost alone was not.
        bad_step: The step whose cost was not finite.
        good_step: The weights are those after this many steps.
        settings: Of the run, for the advice.
    """
    tensor = tensor or "cost"
    node = tensor.split("/")[0] if "/" in tensor else ""
    if node not in network.plan.nodes:  # an array of the optimizer, which is of all layers at once
        node = _largest_gradient(network)
    name = network.plan.nodes[node].node.title if node in network.plan.nodes else "the cost"
    alpha = settings.optimizer.learning_rate
    message = (
        f"The numbers overflowed at step {bad_step}, first in '{name}' ({tensor}). The weights are back at step "
        f"{good_step}, the last good ones. A smaller learning rate (now {alpha:g}) usually helps; so do smaller first "
        "weights, standardized inputs or a penalty."
    )
    return message, node, tensor


def _largest_gradient(network: Network) -> str:
    largest, found = -1.0, ""
    for name, slot in network.store.layout.items():
        gradient = network.backend.to_host(network.store.gradient[slot.start : slot.stop])
        size = float(abs(gradient).max()) if gradient.size else 0.0
        if size != size or size > largest:
            largest, found = (float("inf") if size != size else size), name.rsplit("/", 1)[0]
    return found
