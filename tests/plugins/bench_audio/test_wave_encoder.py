"""Encoders of samples give what transformers gives, each sound alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers

from bench import DatasetInfo, UnsuitableError
from bench.toolkit.sounds import FULL_SCALE, Sound
from bench_audio.letters import Alphabet, LetterHead
from bench_audio.speech import TINY, WAVE_MODELS, Speech
from bench_audio.speech_recognition import SpeechRecognition
from bench_audio.wave_encoder import MaskedNorm
from sounds import batch_of, demand_that_company_does_not_matter, noise

SOUNDS = [Sound(noise(count, count), 16_000) for count in (100, 900, 1_601, 4_000)]
SHAPES = [
    {"feat_extract_norm": "group"},
    {"feat_extract_norm": "layer", "do_stable_layer_norm": True, "conv_bias": True},
]


def theirs(encoder: Any, sound: Sound) -> torch.Tensor:
    """The last states that transformers' own model with the same weights has of a sound, `[1, T, C]`."""
    model = transformers.AutoModel.from_config(encoder.trunk.config).eval()
    model.load_state_dict(encoder.trunk.state_dict())
    prepare = transformers.Wav2Vec2FeatureExtractor(do_normalize=encoder.normalise)
    samples = encoder.processor(sound)["samples"].astype("float32") / FULL_SCALE
    values = prepare(samples, sampling_rate=16_000, return_tensors="pt").input_values
    with torch.no_grad():
        return model(values).last_hidden_state


@pytest.mark.parametrize("shape", SHAPES, ids=["group", "layer"])
@pytest.mark.parametrize("model", sorted(WAVE_MODELS))
def test_states_are_those_of_transformers(model, shape):
    torch.manual_seed(0)
    encoder = Speech(model=model, config={**TINY, **shape}).load()
    together = demand_that_company_does_not_matter(encoder, SOUNDS)
    for row, sound in enumerate(SOUNDS[1:], 1):
        expected = theirs(encoder, sound)[0]
        found = together.maps[0][row, : len(expected)]
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)
        assert together.mask[row].sum() == len(expected)
        torch.testing.assert_close(together.pooled[row], expected.mean(dim=0), rtol=1e-4, atol=1e-4)


def test_the_stride_and_the_shortest_sound():
    encoder = Speech(model="wav2vec2", config=TINY).load()
    assert encoder.spec.strides == (320,)
    assert encoder.shortest == (((4 - 1) * 8 + 8) - 1) * 8 + 10
    assert encoder.eval()(batch_of(encoder, SOUNDS[:1])).mask.tolist() == [[True]]


def test_a_masked_norm_is_a_norm_of_what_counts():
    norm = MaskedNorm(4, 4)
    torch.nn.init.normal_(norm.weight)
    torch.nn.init.normal_(norm.bias)
    plain = torch.nn.GroupNorm(4, 4)
    plain.load_state_dict(norm.state_dict())
    maps = torch.randn(2, 4, 10) + 3
    torch.testing.assert_close(norm(maps), plain(maps))
    norm.counts = torch.tensor([10, 6])
    torch.testing.assert_close(norm(maps)[:1], plain(maps[:1]))
    torch.testing.assert_close(norm(maps)[1:, :, :6], plain(maps[1:, :, :6]))


def test_training_reaches_all_parameters():
    encoder = Speech(model="wav2vec2", config={**TINY, "layerdrop": 0.0}).load().train()
    features = encoder(batch_of(encoder, SOUNDS))
    features.pooled.square().sum().backward()
    lacking = [name for name, value in encoder.named_parameters() if value.grad is None]
    assert lacking in ([], ["trunk.masked_spec_embed"])


def test_an_adapter_is_refused():
    with pytest.raises(UnsuitableError, match="adapter"):
        Speech(model="wav2vec2", config={**TINY, "add_adapter": True}).load()


# --- letters ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that writes capital letters, as transformers saves it."""
    folder = tmp_path_factory.mktemp("model")
    tokens = ["<pad>", "<s>", "</s>", "<unk>", "|", *"EHLOWD"]
    (folder / "vocab.json").write_text(json.dumps({token: number for number, token in enumerate(tokens)}))
    torch.manual_seed(3)
    config = transformers.Wav2Vec2Config(**TINY, vocab_size=len(tokens))
    model = transformers.Wav2Vec2ForCTC(config)
    torch.nn.init.normal_(model.lm_head.weight)
    model.lm_head.bias.data[1:4] = -100  # of which transformers makes other text
    model.save_pretrained(folder)
    transformers.Wav2Vec2CTCTokenizer(folder / "vocab.json").save_pretrained(folder)
    transformers.Wav2Vec2FeatureExtractor(do_normalize=False).save_pretrained(folder)
    return folder


def test_letters_are_written_as_by_transformers(folder):
    backbone = Speech(model=str(folder))
    backbone.check()
    assert backbone.native_roles() == {"transcriber"}
    encoder = backbone.load().eval()
    assert not encoder.normalise
    task = SpeechRecognition()
    head = task.native_head(encoder, DatasetInfo({}))
    assert isinstance(head, LetterHead)
    with torch.no_grad():
        found = task.predict(head.eval(), encoder(batch_of(encoder, SOUNDS)))["text"]
    model = transformers.Wav2Vec2ForCTC.from_pretrained(folder).eval()
    tokenizer = transformers.Wav2Vec2CTCTokenizer.from_pretrained(folder)
    for text, sound in zip(found[1:], SOUNDS[1:], strict=True):
        samples = torch.from_numpy(encoder.processor(sound)["samples"].astype("float32"))[None] / FULL_SCALE
        with torch.no_grad():
            ids = model(samples).logits.argmax(dim=-1)[0]
        assert text == tokenizer.decode(ids).strip()
    assert any(found)


def test_a_loss_of_letters_is_that_of_transformers(folder):
    encoder = Speech(model=str(folder)).load().eval()
    head = SpeechRecognition().native_head(encoder, DatasetInfo({})).eval()
    model = transformers.Wav2Vec2ForCTC.from_pretrained(folder, ctc_loss_reduction="mean").eval()
    sound = SOUNDS[-1]
    samples = torch.from_numpy(encoder.processor(sound)["samples"].astype("float32"))[None] / FULL_SCALE
    labels = torch.tensor([[6, 5, 4, 8]])  # HE|O
    with torch.no_grad():
        expected = model(samples, labels=labels).loss
        found = head.loss(encoder(batch_of(encoder, [sound])), ["he o"])
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


def test_alphabets():
    alphabet = Alphabet({"|": 1, "a": 2, "b": 3}, blank=0, space="|", upper=False)
    assert alphabet.outputs("ab ?a") == [2, 3, 1, 2]
    assert alphabet.text([2, 1, 9, 3]) == "a b"
    assert Alphabet({"|": 1, "A": 2}, blank=0, space="|", upper=True).outputs("a a") == [2, 1, 2]
