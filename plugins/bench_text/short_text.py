"""What a model does with a short text tells how long texts may be, and whether it reads padding."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from bench import UnsuitableError
from bench.toolkit.messages import one_line

from .padding import Compute, reads_padding

ATEN = torch.ops.aten

SETTINGS = (
    "max_position_embeddings",
    "n_positions",
    "max_seq_len",
    "max_sequence_length",
    "max_encoder_position_embeddings",
)
"""What configs call the number of positions. Models without a limit leave it out, or say -1."""

LENGTH = 7
"""Tokens of the text: no more than any model takes, and unlike any width of one."""


@dataclass(frozen=True)
class Trial:
    """How many tokens a text must and may have, and whether its states depend on the padding after it."""

    shortest: int
    longest: int
    reads_padding: bool


def states_of(model: Any, inputs: Mapping[str, Tensor], **options: Any) -> Tensor:
    """Return a model's last hidden states `[N, L, C]` of `ids`, `mask` and, where it has them, `types`."""
    types = {"token_type_ids": inputs["types"]} if "types" in inputs else {}
    output = model(input_ids=inputs["ids"], attention_mask=inputs["mask"].long(), **types, **options)
    states: Tensor = output.last_hidden_state
    return states


def try_out(model: Any, tokens: Sequence[int], title: str) -> Trial:
    """Encode a short text of the given tokens, none of them special, and tell what is to be known.

    The longest text is the least of what the config says and what each table of positions has room for. Such
    a table is one that is read at successive places when a single token is repeated; the first of them need
    not be its first (in RoBERTa's it is the third). Raises UnsuitableError if the model cannot encode it.
    """
    said = (getattr(model.config, name, None) for name in SETTINGS)
    compute = partial(states_of, model)
    tables = PositionTables(model)
    training = model.training
    model.eval()
    try:
        with torch.no_grad(), torch.random.fork_rng(devices=[]):
            with tables:
                states = compute(example(tokens[:1]))
            shortest = _shortest(compute, example(tokens))
            padding = reads_padding(compute, example(tokens), shortest)
    except Exception as error:  # whatever a model stumbles over
        raise UnsuitableError(f"{title}: cannot encode a text ({one_line(error)})") from error
    finally:
        model.train(training)
    if states.shape[1] != LENGTH:
        raise UnsuitableError(f"{title}: gives {states.shape[1]} states for {LENGTH} tokens, not as many")
    longest = min([tables.room, *(room for room in said if isinstance(room, int) and room > 0)])
    return Trial(shortest, longest, padding)


def _shortest(compute: Compute, text: Mapping[str, Tensor]) -> int:
    """Return how many tokens a model needs: CANINE's four make one of its own."""
    for length in range(1, LENGTH):
        with suppress(RuntimeError):
            compute({name: tensor[:, :length] for name, tensor in text.items()})
            return length
    return LENGTH


def example(tokens: Sequence[int]) -> dict[str, Tensor]:
    """Return a text of the given tokens, over and over, as `ids` and `mask`, each `[1, LENGTH]`."""
    ids = torch.tensor([[tokens[place % len(tokens)] for place in range(LENGTH)]])
    return {"ids": ids, "mask": torch.ones_like(ids, dtype=torch.bool)}


class PositionTables(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch leaves it without types
    """Watches a text of one token being encoded, and tells for how many tokens there is `room`."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # likewise
        self.room = sys.maxsize
        tensors = (*model.parameters(), *model.buffers())
        self._kept = {tensor.untyped_storage().data_ptr() for tensor in tensors}

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Note what is looked up, and compute it."""
        match func.overloadpacket, args:
            case (ATEN.embedding, [table, places, *_]):
                self._looked_up(table, 0, places)
            case (ATEN.index_select, [table, axis, places]):
                self._looked_up(table, axis, places)
            case (ATEN.index, [table, [Tensor() as places, *_]]):
                self._looked_up(table, 0, places)
            case (ATEN.slice, [table, axis, int() as start, int() as end, *_]) if end - start == LENGTH:
                self._read(table, axis, start)
        return func(*args, **(kwargs or {}))

    def _looked_up(self, table: Tensor, axis: int, places: Tensor) -> None:
        numbers = places.flatten()[: LENGTH + 1].tolist()
        run = [number - place for place, number in enumerate(numbers)]
        if len(run) >= LENGTH and len({*run[:LENGTH]}) == 1 and run[LENGTH:] != run[:1]:
            self._read(table, axis, int(run[0]))

    def _read(self, table: Tensor, axis: int, start: int) -> None:
        if table.untyped_storage().data_ptr() in self._kept:
            self.room = min(self.room, table.shape[axis] - start)
