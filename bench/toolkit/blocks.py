"""What authors of backbones reuse: a model cut into blocks by depth, for freezing and rates by depth."""

from __future__ import annotations

from collections.abc import Sequence

from torch import nn

FEWEST_BLOCKS = 5


class Block(nn.Module):
    """Modules and bare parameters that are frozen and unfrozen together."""

    def take(self, name: str, member: nn.Module | nn.Parameter) -> None:
        """Add a module or parameter; its name in the model is the end of its name here."""
        # The number keeps apart what only a dot does (`a.b`, `a_b`), and from attributes of modules (`half`).
        key = f"{len(self._modules) + len(self._parameters)}_{name.replace('.', '_')}"
        if isinstance(member, nn.Module):
            self.add_module(key, member)
        else:
            self.register_parameter(key, member)


def blocks_of(model: nn.Module) -> list[nn.Module]:
    """Cut a model into blocks, shallow to deep, that together hold each parameter exactly once.

    Children in the order of their definition are the blocks; while there are fewer than five, the one
    with the most layers among them gives way to its own children. So a residual network comes apart into
    its stages and a transformer into its layers. Norms belong to what they follow, and bare parameters
    (class tokens, position embeddings) to what they precede.
    """
    members = _children("", model)
    while True:
        members = [member for item in members for member in _unwrap(*item)]
        containers = [item for item in members if _expandable(item[1])]
        if len(_merge(members)) >= FEWEST_BLOCKS or not containers:
            return list(_merge(members))
        deepest = max(containers, key=lambda item: _layers(item[1]))
        at = members.index(deepest)
        members[at : at + 1] = _children(*deepest)


Member = tuple[str, nn.Module | nn.Parameter]


def _children(name: str, member: nn.Module | nn.Parameter) -> list[Member]:
    if isinstance(member, nn.Parameter):
        return []
    prefix = f"{name}." if name else ""
    bare = [(prefix + key, parameter) for key, parameter in member.named_parameters(recurse=False)]
    modules = [(prefix + key, child) for key, child in member.named_children() if _size(child)]
    return [*bare, *modules]


def _unwrap(name: str, member: nn.Module | nn.Parameter) -> list[Member]:
    """Replace a container that holds nothing but one child by that child."""
    inner = _children(name, member)
    while len(inner) == 1 and isinstance(inner[0][1], nn.Module):
        (name, member) = inner[0]
        inner = _children(name, member)
    return [(name, member)]


def _expandable(member: nn.Module | nn.Parameter) -> bool:
    return isinstance(member, nn.Module) and any(_size(child) for child in member.children())


def _layers(member: nn.Module | nn.Parameter) -> int:
    """Count the modules with parameters of their own; a big embedding is only one of them."""
    parts = member.modules() if isinstance(member, nn.Module) else ()
    return sum(any(True for _ in part.parameters(recurse=False)) for part in parts)


def _size(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def _merge(members: Sequence[Member]) -> list[Block]:
    blocks: list[Block] = []
    waiting: list[Member] = []
    for name, member in members:
        if isinstance(member, nn.Parameter):
            waiting.append((name, member))
            continue
        if "Norm" in type(member).__name__ and blocks and not waiting:
            blocks[-1].take(name, member)
            continue
        block = Block()
        for item in (*waiting, (name, member)):
            block.take(*item)
        blocks.append(block)
        waiting = []
    if waiting:
        blocks = blocks or [Block()]
        for item in waiting:
            blocks[-1].take(*item)
    return blocks
