from __future__ import annotations

import pytest
import torch
from pydantic import ValidationError
from safetensors.torch import save_file

from bench import WeightsError
from bench.toolkit.sounds import Sound
from bench_audio.mel_cnn import MelCnn
from bench_audio.mel_network import standardised
from sounds import batch_of, demand_that_company_does_not_matter, noise, tone

SMALL = {"rate": 8_000, "bands": 16, "width": 16}


def test_shapes():
    encoder = MelCnn().load()
    features = encoder.eval()(batch_of(encoder, [tone(440, 1.0), tone(300, 0.5)]))
    assert features.pooled.shape == (2, 256)
    assert features.maps[0].shape == (2, 50, 256)
    assert features.mask.sum(dim=1).tolist() == [50, 25]
    assert encoder.spec.strides == (320,)
    assert sum(parameter.numel() for parameter in encoder.parameters()) == pytest.approx(0.87e6, rel=0.05)


def test_company_does_not_matter():
    torch.manual_seed(0)
    sounds = [Sound(noise(count, count), 8_000) for count in (1, 79, 400, 1_000, 3_333)]
    demand_that_company_does_not_matter(MelCnn(**SMALL).load(), sounds)


def test_loudness_does_not_matter():
    encoder = MelCnn(**SMALL).load().eval()
    loud, quiet = (encoder(batch_of(encoder, [Sound(level * noise(4_000), 8_000)])) for level in (5, 0.5))
    torch.testing.assert_close(loud.pooled, quiet.pooled, rtol=0.02, atol=0.02)


def test_silence_gives_numbers():
    encoder = MelCnn(**SMALL).load().eval()
    assert encoder(batch_of(encoder, [Sound(0 * noise(800), 8_000)])).pooled.isfinite().all()


def test_spectra_are_standardised_where_they_count():
    spectra = torch.randn(2, 4, 10) * 3 + 5
    frames = torch.tensor([10, 6])
    found = standardised(spectra, frames)
    for row, length in enumerate(frames.tolist()):
        part = spectra[row, :, :length]
        expected = (part - part.mean()) / part.std(correction=0)
        torch.testing.assert_close(found[row, :, :length], expected)
        assert not found[row, :, length:].any()


def test_weights_come_from_a_file(tmp_path):
    torch.manual_seed(1)
    trained = MelCnn(**SMALL).load()
    save_file(trained.state_dict(), tmp_path / "mine.safetensors")
    backbone = MelCnn(**SMALL, weights=str(tmp_path / "mine.safetensors"))
    backbone.check()
    assert torch.equal(backbone.load().trunk.narrow[0].weight, trained.trunk.narrow[0].weight)
    assert backbone.identity()["weights"].startswith("sha256:")
    with pytest.raises(WeightsError):
        MelCnn(**{**SMALL, "width": 32}, weights=backbone.weights).load()


@pytest.mark.parametrize("weights", ["default", "imagenet"])
def test_there_are_no_weights_of_its_own(weights):
    with pytest.raises(ValidationError, match="no weights come with mel-cnn"):
        MelCnn(weights=weights)
