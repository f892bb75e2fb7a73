"""Operations are counted as they run, and run as they would."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from bench.measuring.operations import CountingMode, plain_modules


def test_a_compiled_model_counts_as_it_would_otherwise_and_is_compiled_again() -> None:
    ones, nothing = torch.ones(2, 3), torch.zeros(2, 5)
    model = nn.Linear(3, 5)
    model.compile(backend=lambda graph, inputs: lambda *arguments: (nothing,))
    with torch.inference_mode():
        assert torch.equal(model(ones), nothing)
        with CountingMode() as counter:
            assert not torch.equal(model(ones), nothing)
        assert torch.equal(model(ones), nothing)
    assert counter.operations == 2 * 2 * 3 * 5


def test_a_training_step_counts_as_by_torch_s_own_counter() -> None:
    model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(inplace=True), nn.Flatten(), nn.Linear(8 * 36, 5))
    images = torch.randn(4, 3, 8, 8)
    with FlopCounterMode(display=False) as torchs:
        model(images).sum().backward()
    with CountingMode() as ours:
        model(images).sum().backward()
    assert ours.operations == torchs.get_total_flops() > 0


@pytest.mark.parametrize("groups", [1, 4, 16])
@pytest.mark.parametrize("layer", [nn.Conv1d, nn.Conv2d, nn.ConvTranspose2d])
def test_gradients_of_a_convolution_count_each_like_its_products(layer: type[nn.Module], groups: int) -> None:
    convolution = layer(16, 16, 3, stride=2, groups=groups)
    dimensions = 1 if layer is nn.Conv1d else 2
    images = torch.randn(4, 16, *[9] * dimensions, requires_grad=True)
    with CountingMode() as forward:
        result = convolution(images)
    # A filter of 3 in each dimension; it is laid on 4 places of 9, or on all 9 where it is transposed.
    places = 9 if layer is nn.ConvTranspose2d else 4
    assert forward.operations == 2 * 4 * 16 * 16 // groups * (3 * places) ** dimensions
    with CountingMode() as backward:
        result.sum().backward()
    assert backward.operations == 2 * forward.operations
    with CountingMode() as weights_alone:
        convolution(images.detach()).sum().backward()
    assert weights_alone.operations == 2 * forward.operations


def test_what_is_taken_apart_only_in_inference_mode_counts_as_well() -> None:
    with torch.inference_mode(), CountingMode() as counter:
        nn.functional.linear(torch.ones(2, 3), torch.ones(5, 3))
    assert counter.operations == 2 * 2 * 3 * 5


def test_gradients_of_gradients_are_counted() -> None:
    """A penalty on gradients, as of a GAN."""
    weight = torch.randn(3, 3, requires_grad=True)
    inputs = torch.randn(2, 3, requires_grad=True)
    with CountingMode() as counter:
        [gradient] = torch.autograd.grad((inputs @ weight).sum(), inputs, create_graph=True)
        gradient.square().sum().backward()
    # Forward, the gradient of the inputs, and of that the gradient of the weights.
    product = 2 * 2 * 3 * 3
    assert counter.operations == 3 * product


def test_a_count_goes_on_where_it_was() -> None:
    counter = CountingMode()
    for _ in range(2):
        with counter:
            torch.ones(2, 3) @ torch.ones(3, 5)
        torch.ones(2, 3) @ torch.ones(3, 5)
    assert counter.operations == 2 * (2 * 2 * 3 * 5)


def test_fused_attention_counts_forward_and_backward() -> None:
    batch, heads, queries, keys, width = 2, 3, 5, 7, 8
    query = torch.randn(batch, heads, queries, width, requires_grad=True)
    key, value = torch.randn(2, batch, heads, keys, width, requires_grad=True).unbind()
    product = 2 * batch * heads * queries * keys * width
    with sdpa_kernel(SDPBackend.FLASH_ATTENTION), CountingMode() as forward:
        result = nn.functional.scaled_dot_product_attention(query, key, value)
    with CountingMode() as backward:
        result.sum().backward()
    assert forward.operations == 2 * product
    assert backward.operations == 5 * product  # four gradients, and the weights once more


@torch.no_grad()
def test_a_kernel_that_hides_its_products_makes_the_count_unknown() -> None:
    layer = nn.TransformerEncoderLayer(8, nhead=2, dim_feedforward=16, batch_first=True).eval()
    sequence = torch.randn(1, 5, 8)
    with CountingMode() as counter:
        layer(sequence)
    assert counter.operations is None
    with CountingMode() as counter, plain_modules():
        layer(sequence)
    assert counter.operations == 2 * 5 * (4 * 8 * 8 + 2 * 8 * 16) + 2 * (2 * 5 * 5 * 8)
