"""Counting floating-point operations as they run, without changing any of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import torch
from torch import Tensor
from torch._C import DispatchKey
from torch.backends import mha
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

aten = torch.ops.aten


class CountingMode(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch leaves it without types
    """Adds up matrix products, convolutions and attention, by the formulas of torch.utils.flop_counter.

    torch's own counter tells modules apart by hooks on gradients, which break a training that differentiates
    within its loss; this has none. Where a kernel hides its products the total is NaN. Compiled code runs
    uncompiled in the meantime: torch does not enter it while operations are watched.
    """

    supports_higher_order_operators = True

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # likewise
        self.total = 0.0

    @property
    def operations(self) -> float | None:
        """The count, two for a multiply-add; None if some of it was hidden."""
        return self.total if math.isfinite(self.total) else None

    def __torch_dispatch__(
        self,
        func: Any,
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Run a kernel and add its operations; one that is made of others is taken apart."""
        kwargs = kwargs or {}
        formula = _formula(func)
        if formula is not None:
            result = func(*args, **kwargs)
            self.total += formula(*args, **kwargs, out_val=result)
            return result
        if not _has_parts(func):
            return func(*args, **kwargs)
        with self:
            return func.decompose(*args, **kwargs)


@contextmanager
def plain_modules() -> Iterator[None]:
    """Have torch's own transformer modules compute step by step, not by one kernel that hides it all."""
    before = mha.get_fastpath_enabled()
    mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        mha.set_fastpath_enabled(before)


Formula = Callable[..., float]


def _attention(query: Tensor, key: Tensor, value: Tensor, *_: Any, **__: Any) -> float:
    """Queries by keys, and weights by values; each is (batch, heads, tokens, width)."""
    pairs = math.prod(query.shape[:-1]) * key.shape[-2]
    return 2 * pairs * (query.shape[-1] + value.shape[-1])


def _attention_backward(_: Tensor, query: Tensor, key: Tensor, value: Tensor, *__: Any, **___: Any) -> float:
    """Four gradients, and the weights, which are computed again (Dao et al. 2022)."""
    pairs = math.prod(query.shape[:-1]) * key.shape[-2]
    return 2 * pairs * (3 * query.shape[-1] + 2 * value.shape[-1])


def _convolution_backward(
    gradient: Tensor, inputs: Tensor, weight: Tensor, *settings: Any, **__: Any
) -> float:
    """Each gradient that is asked for takes as many products as the forward pass (torch's forgets groups)."""
    *_, transposed, _, _, output_mask = settings
    places = math.prod((inputs if transposed else gradient).shape[2:])
    asked: int = sum(output_mask[:2])
    return 2 * len(inputs) * places * weight.numel() * asked


def _hidden(*_: Any, **__: Any) -> float:
    return math.nan


# Not every version of torch's counter knows attention on CPUs, and none knows whole layers.
FORMULAS: dict[Any, Formula] = {
    **flop_registry,
    aten.convolution_backward: _convolution_backward,
    aten._scaled_dot_product_flash_attention_for_cpu: _attention,
    aten._scaled_dot_product_flash_attention_for_cpu_backward: _attention_backward,
    aten._native_multi_head_attention: _hidden,
    aten._transformer_encoder_layer_fwd: _hidden,
}


@cache
def _has_parts(func: Any) -> bool:
    """Tell whether a kernel is made of others."""
    return bool(func.has_kernel_for_dispatch_key(DispatchKey.CompositeImplicitAutograd))


@cache
def _formula(func: Any) -> Formula | None:
    whole = isinstance(func, torch._ops.HigherOrderOperator)  # such as flex attention: no parts to count
    kernel = func if whole else func._overloadpacket
    return FORMULAS.get(kernel, _hidden if whole else None)
