"""Backbones `speech/...`: encoders of sound by Hugging Face transformers, from the hub or a folder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from bench import Backbone, Encoder, WeightsError, hookimpl
from bench.toolkit.hf_files import cached_models, folder_of
from bench.toolkit.hub_backbone import HubBackbone

WAVE_MODELS = frozenset({"hubert", "unispeech", "unispeech-sat", "wav2vec2", "wavlm"})
"""Types of models that read samples as they are."""

WHISPER = "whisper"

TYPES = WAVE_MODELS | {WHISPER}

WRITING = ("ForCTC", "WhisperForConditionalGeneration")
"""How the names of architectures end that write texts."""

TINY: Mapping[str, Any] = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "conv_dim": [16, 16, 32],
    "conv_kernel": [10, 8, 4],
    "conv_stride": [8, 8, 5],
    "num_feat_extract_layers": 3,
    "num_conv_pos_embeddings": 8,
    "num_conv_pos_embedding_groups": 2,
}


class Speech(HubBackbone):
    """A model of transformers that reads sound: wav2vec 2.0, HuBERT, WavLM and kin, or Whisper.

    `speech/facebook/wav2vec2-base` is a model on the hub, `speech/./my-model` a folder. With `config` it is a
    type of model, untrained and of the shape that the config gives:
    `{name: speech/wav2vec2, config: {hidden_size: 128}}`. A sound has the same features whatever else is in
    its batch. Code that comes with a model is never run. In training nothing of a sound is masked.
    """

    name: ClassVar[str] = "speech"
    check_with: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {"model": "wav2vec2", "config": TINY},
        {"model": "wavlm", "config": {**TINY, "feat_extract_norm": "layer"}},
        {
            "model": "whisper",
            "config": {
                "d_model": 32,
                "encoder_layers": 2,
                "encoder_attention_heads": 2,
                "encoder_ffn_dim": 64,
                "decoder_layers": 1,
                "decoder_attention_heads": 2,
                "decoder_ffn_dim": 64,
            },
        },
    )

    model: str = Field(
        min_length=1, description="hub id, folder (./my-model), or with config a type (wav2vec2)"
    )
    longest: float = Field(
        30.0, gt=0, le=600, description="seconds of a sound that are read at most; Whisper has room for 30"
    )
    shortest: float = Field(
        10.0,
        ge=0,
        le=30,
        description="of Whisper: seconds of a sound that are read at least: silence follows what is shorter; "
        "writing needs some, 30 are as in its training",
    )
    language: str = Field(
        "en", min_length=2, description="of Whisper in several languages: the one that it is told to write"
    )

    def modalities(self) -> frozenset[str]:
        """Return that it reads sound."""
        return frozenset({"audio"})

    @classmethod
    def choices(cls) -> list[str]:
        """Return the models in the hub's cache that read sound."""
        return [model for model in cached_models() if cls(model=model)._type() in TYPES]

    def check(self) -> None:
        """Raise WeightsError for what can be wrong with any model, and for one that reads no sound."""
        super().check()
        if self.config is not None or folder_of(self.model):
            demand_sound(self._type(), self.spelled())

    def class_names(self) -> frozenset[str]:
        """Return none: no classifier of sounds is taken over."""
        return frozenset()

    def native_roles(self) -> frozenset[str] | None:
        """Return what its config says of heads: whether it writes; None of one never downloaded."""
        if self.config is not None:
            return frozenset()
        config = self.known_config()
        if config is None:
            return None
        writes = any(str(name).endswith(WRITING) for name in config.get("architectures") or ())
        return frozenset({"transcriber"} if writes else ())

    def load(self) -> Encoder:
        """Return the encoder; raises WeightsError where something of it is missing or does not fit."""
        checkpoint = self.checkpoint()
        model_type = checkpoint.config().model_type
        demand_sound(model_type, self.spelled())
        if model_type == WHISPER:
            from .whisper_encoder import load_whisper

            return load_whisper(checkpoint, self.shortest, self.longest, self.language)
        from .wave_encoder import load_wave_encoder

        return load_wave_encoder(checkpoint, self.longest)

    def _type(self) -> object:
        """Return the type of model, if it is known on this machine."""
        return (self.known_config() or {}).get("model_type")


def demand_sound(model_type: object, who: str) -> None:
    """Raise WeightsError for a type of model that is not among those that this backbone knows."""
    if model_type not in TYPES:
        known = ", ".join(sorted(TYPES))
        raise WeightsError(
            f"{who}: models of type '{model_type}' are not read as sound; those of {known} are", "model"
        )


@hookimpl
def bench_backbones() -> list[type[Backbone]]:
    """Return the backbone."""
    return [Speech]
