"""Several networks of one architecture as one module: their parameters stacked along a leading axis, the members."""

from collections.abc import Callable, Sequence
from copy import deepcopy

import torch
from torch import nn
from torch.func import functional_call, vmap
from torch.utils._pytree import tree_map

from ..errors import TrainingError
from .devices import check_seeds

#: Activations that treat every number alike, so that an axis more makes no difference.
_POINTWISE = (
    nn.CELU, nn.ELU, nn.GELU, nn.Hardtanh, nn.Identity, nn.LeakyReLU, nn.LogSigmoid, nn.Mish, nn.ReLU, nn.ReLU6,
    nn.SELU, nn.SiLU, nn.Sigmoid, nn.Softplus, nn.Softsign, nn.Tanh, nn.Tanhshrink,
)  # fmt: skip


class Stack(nn.Module):
    """Members of one architecture, each initialised under its own seed, called and trained in one go.

    Inputs and outputs have the members as their first axis: ``(members, batch, ...)``. Member ``i`` is what a stack of
    that seed alone would be. All randomness of training belongs to :class:`Randomness`; dropout is refused.

    Args:
        make: builds one network.
        seeds: one a member.

    Raises:
        TrainingError: no or repeated seeds, or a network that draws random numbers itself.

    Example:
        >>> stack = Stack(lambda: nn.Linear(3, 2), seeds=[0, 1])
        >>> stack(torch.zeros(2, 5, 3)).shape
        torch.Size([2, 5, 2])
    """

    def __init__(self, make: Callable[[], nn.Module], seeds: Sequence[int]):
        super().__init__()
        members = [_made(make, seed) for seed in check_seeds(seeds)]
        self.members = len(members)
        self.net = members[0]
        _refuse_chance(self.net)
        _replace(self.net, [dict(_tensors(member)) for member in members], _stacked)
        first = {id(tensor): name for name, tensor in reversed([*self.named_parameters(), *self.named_buffers()])}
        #: Each place of the network that holds a tensor, and the name of that tensor, which may be shared.
        self._places = {place: first[id(tensor)] for place, tensor in _tensors(self.net)}
        #: Type in which the networks compute when it is not that of their parameters; outputs are float32 all the same.
        self.precision: torch.dtype | None = None
        self._layers = _chain(self.net)
        self._call = self._apply_stack

    def forward(self, *inputs: torch.Tensor, parameters: dict[str, torch.Tensor] | None = None) -> torch.Tensor:
        """Outputs of all members ``(members, batch, ...)``.

        Args:
            inputs: each ``(members, batch, ...)``.
            parameters: instead of one's own, named and shaped as ``dict(stack.named_parameters())``; gradients flow
                through them, as the unrolling of a critic needs.
        """
        for values in inputs:
            if not len(values) == self.members:
                raise TrainingError(
                    f"an input {tuple(values.shape)} of a stack of {self.members} must have as many rows"
                )
        if self.precision is None:
            return self._call(inputs, parameters)
        # Without a cache of cast weights, which an optimiser's step would leave stale.
        with torch.autocast(inputs[0].device.type, self.precision, cache_enabled=False):
            return tree_map(torch.Tensor.float, self._call(inputs, parameters))

    def _apply_stack(self, inputs: tuple[torch.Tensor, ...], parameters: dict[str, torch.Tensor] | None):
        if self._layers and len(inputs) == 1 and inputs[0].dim() == 3:
            return self._apply_layers(inputs[0], parameters)
        own = dict(self.named_parameters() if parameters is None else parameters) | dict(self.named_buffers())
        state = {place: own[name] for place, name in self._places.items()}
        if self.members > 1:
            return vmap(self._apply_one)(state, inputs)
        output = self._apply_one(*tree_map(lambda values: values.squeeze(0), (state, inputs)))  # half the time of vmap
        return tree_map(lambda values: values.unsqueeze(0), output)

    def _apply_layers(self, values: torch.Tensor, parameters: dict[str, torch.Tensor] | None) -> torch.Tensor:
        """A chain of dense layers as batched products: a fifth faster than vmap, and as fast as a plain network."""
        for place, layer in self._layers:
            if not isinstance(layer, nn.Linear):
                values = layer(values)
                continue
            if parameters is None:
                weight, bias = layer.weight, layer.bias
            else:
                weight, bias = (
                    parameters.get(self._places.get(f"{place}.{leaf}" if place else leaf))
                    for leaf in ("weight", "bias")
                )
            if bias is None:
                values = torch.bmm(values, weight.mT)
            else:
                values = torch.baddbmm(bias.unsqueeze(1), values, weight.mT)
        return values

    def _apply_one(self, state: dict[str, torch.Tensor], inputs: tuple[torch.Tensor, ...]) -> torch.Tensor:
        return functional_call(self.net, state, inputs, tie_weights=False)

    def compile_calls(self) -> None:
        """Let torch.compile fuse the operations of a call; such a call cannot be differentiated twice."""
        self._call = torch.compile(self._apply_stack, dynamic=False)

    def member(self, number: int) -> nn.Module:
        """Member of that number as an ordinary network of its own."""
        if not 0 <= number < self.members:
            raise TrainingError(f"there is no member {number}; a stack of {self.members} has 0 to {self.members - 1}")
        net = deepcopy(self.net)
        _replace(net, [dict(_tensors(net))], lambda values: _like(values[0], values[0].detach()[number].clone()))
        return net


def _made(make: Callable[[], nn.Module], seed: int) -> nn.Module:
    """A network initialised under a seed on the CPU, so that it is the same for every device."""
    generator = torch.default_generator
    before = generator.get_state()
    try:
        generator.manual_seed(seed)
        with torch.device("cpu"):
            return make()
    finally:
        generator.set_state(before)


def _chain(net: nn.Module) -> list[tuple[str, nn.Module]]:
    """Places and layers of a network that is only dense layers and activations one after another, else nothing."""
    parts = [
        (place, part) for place, part in net.named_modules(remove_duplicate=False) if type(part) is not nn.Sequential
    ]
    return parts if all(type(part) in (nn.Linear, *_POINTWISE) for _, part in parts) else []


def _refuse_chance(net: nn.Module) -> None:
    for name, part in net.named_modules():
        if isinstance(part, nn.modules.dropout._DropoutNd):
            raise TrainingError(
                f"layer {name!r} of the network is a {type(part).__name__}, whose random numbers have no seed; draw "
                "noise from Randomness and give it to the network"
            )


def _tensors(net: nn.Module):
    """Parameters and buffers by their places: a shared tensor has several, but a shared layer has one."""
    for path, layer in net.named_modules():
        for leaf, tensor in (layer._parameters | layer._buffers).items():
            if tensor is not None:
                yield f"{path}.{leaf}" if path else leaf, tensor


def _replace(net: nn.Module, members: list[dict[str, torch.Tensor]], join: Callable) -> None:
    """Put in place of each tensor what ``join`` makes of those of the members; what was shared stays shared."""
    joined: dict[int, torch.Tensor] = {}
    for name, first in members[0].items():
        if id(first) not in joined:
            joined[id(first)] = join([member[name] for member in members])
        place, _, leaf = name.rpartition(".")
        setattr(net.get_submodule(place), leaf, joined[id(first)])


def _stacked(values: list[torch.Tensor]) -> torch.Tensor:
    return _like(values[0], torch.stack([value.detach() for value in values]))


def _like(kind: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    return nn.Parameter(value, requires_grad=kind.requires_grad) if isinstance(kind, nn.Parameter) else value
