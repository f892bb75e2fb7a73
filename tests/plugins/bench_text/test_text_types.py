"""Text models of all types that transformers knows: as long as they can, and the same in any batch."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import transformers
from transformers.models.auto import modeling_auto

import bench
from bench.toolkit.pooling import pool
from bench_text.hf import HuggingFace
from bench_text.hf_config import IMAGE_MODELS, IMAGE_TEXT_MODELS
from bench_text.text_classification import TextClassification
from tiny_models import WORDS, wordpiece

TASK = TextClassification()
TEXTS = ["the cat sat", "dogs", "it was a very very good film!", ""]
ROOM = 64
LARGEST = 4_000_000
"""Parameters of a model that is tried: some have parts that no setting makes small."""

SMALL = (
    dict.fromkeys(["hidden_size", "d_model", "n_embd", "dim", "emb_dim", "d_embed", "hidden_dim_"], 32)
    | dict.fromkeys(["num_hidden_layers", "num_layers", "n_layer", "n_layers", "encoder_layers"], 2)
    | dict.fromkeys(["decoder_layers", "num_encoder_layers", "num_decoder_layers"], 2)
    | dict.fromkeys(["num_attention_heads", "n_head", "n_heads", "num_heads", "num_key_value_heads"], 2)
    | dict.fromkeys(["encoder_attention_heads", "decoder_attention_heads"], 2)
    | dict.fromkeys(["num_encoder_attention_heads", "num_decoder_attention_heads"], 2)
    | dict.fromkeys(["intermediate_size", "d_ff", "encoder_ffn_dim", "decoder_ffn_dim", "d_inner"], 64)
    | dict.fromkeys(["hidden_dim", "dim_ff", "ffn_dim", "n_inner"], 64)
    | dict.fromkeys(["max_position_embeddings", "n_positions", "n_ctx", "max_seq_len"], ROOM)
    | dict.fromkeys(["head_dim", "d_kv", "embedding_size", "kv_lora_rank", "q_lora_rank"], 16)
    | dict.fromkeys(["num_experts", "num_local_experts", "n_routed_experts"], 4)
    | dict.fromkeys(["rotary_dim", "qk_nope_head_dim", "qk_rope_head_dim", "v_head_dim"], 8)
    | {"num_experts_per_tok": 2, "moe_intermediate_size": 32, "shared_expert_intermediate_size": 32}
    | {"attention_hidden_size": 32, "mamba_num_heads": 4}
)
"""What configs call their sizes."""

SPECIAL: dict[str, dict[str, Any]] = {
    "esm": {"vocab_size": 300, "pad_token_id": 1, "position_embedding_type": "rotary"},
    "funnel": {"d_model": 32, "block_sizes": [1, 1], "n_head": 2, "d_head": 16, "d_inner": 64},
    "gpt_neo": {"num_layers": 2, "attention_types": [[["global", "local"], 1]]},
    "led": {"attention_window": 8, "max_encoder_position_embeddings": ROOM},
    "lilt": {"hidden_size": 48, "channel_shrink_ratio": 4},
    "reformer": {"axial_pos_embds_dim": [8, 24], "axial_pos_shape": [8, 8], "is_decoder": False},
    "squeezebert": {"embedding_size": 32, "q_groups": 2, "k_groups": 2, "v_groups": 2},
    "xmod": {"default_language": "en_XX"},
}
"""What some types need besides."""

COMMON = [
    "albert",
    "bart",
    "bert",
    "bert-generation",
    "big_bird",
    "biogpt",
    "blenderbot",
    "bloom",
    "camembert",
    "canine",
    "codegen",
    "convbert",
    "ctrl",
    "data2vec-text",
    "deberta",
    "deberta-v2",
    "distilbert",
    "electra",
    "ernie",
    "esm",
    "falcon",
    "flaubert",
    "fnet",
    "funnel",
    "gemma",
    "gpt2",
    "gpt_bigcode",
    "gpt_neo",
    "gpt_neox",
    "gptj",
    "ibert",
    "layoutlm",
    "led",
    "llama",
    "longformer",
    "longt5",
    "m2m_100",
    "mamba",
    "marian",
    "mbart",
    "megatron-bert",
    "mistral",
    "mobilebert",
    "modernbert",
    "mpnet",
    "mpt",
    "mra",
    "mt5",
    "nomic_bert",
    "nystromformer",
    "openai-gpt",
    "opt",
    "pegasus",
    "phi",
    "prophetnet",
    "qwen2",
    "roberta",
    "roberta-prelayernorm",
    "roc_bert",
    "roformer",
    "rwkv",
    "squeezebert",
    "stablelm",
    "switch_transformers",
    "t5",
    "umt5",
    "xglm",
    "xlm",
    "xlm-roberta",
    "xlm-roberta-xl",
    "xlnet",
    "xmod",
    "yoso",
]
"""Those that are tried each time."""

ROOMS = {
    **dict.fromkeys(
        ["roberta", "camembert", "data2vec-text", "xlm-roberta", "longformer", "ibert"], ROOM - 1
    ),
    **dict.fromkeys(["roberta-prelayernorm", "xlm-roberta-xl", "xmod", "prophetnet"], ROOM - 1),
    "mpnet": ROOM - 2,
}
"""Those whose tables begin with places for padding; `ROOM` or no bound at all for others."""

UNBOUNDED = {"bloom", "longt5", "mamba", "mt5", "rwkv", "switch_transformers", "t5", "umt5", "xlnet"}
"""Those of the common ones that tell places apart without a table, and name no limit."""


def types() -> list[Any]:
    """All types of text models, those that are rare for long runs only."""
    tasks = ("MASKED_LM", "CAUSAL_LM", "SEQUENCE_CLASSIFICATION", "TEXT_ENCODING", "SEQ_TO_SEQ_CAUSAL_LM")
    known = {kind for task in tasks for kind in getattr(modeling_auto, f"MODEL_FOR_{task}_MAPPING_NAMES")}
    kinds = (known | set(COMMON)) & set(modeling_auto.MODEL_MAPPING_NAMES)
    kinds -= IMAGE_MODELS | IMAGE_TEXT_MODELS
    return [
        pytest.param(kind, marks=() if kind in COMMON else pytest.mark.slow, id=kind)
        for kind in sorted(kinds)
    ]


def shape(kind: str) -> dict[str, Any]:
    """The settings of a small model; skips a type that transformers makes none of."""
    try:
        standard = transformers.AutoConfig.for_model(kind)
        own = {*standard.to_dict()} - {*standard.attribute_map}
        small = {name: SMALL[name] for name in own & {*SMALL} if getattr(standard, name, None) is not None}
        config = transformers.AutoConfig.for_model(kind, **small | SPECIAL.get(kind, {}))
        with torch.device("meta"):
            model = transformers.AutoModel.from_config(config)
        size, inputs = sum(p.numel() for p in model.parameters()), model.main_input_name
    except Exception as error:  # of all kinds
        return pytest.skip(f"not in this shape: {error}")
    if size > LARGEST or inputs != "input_ids":
        pytest.skip("not small, or not of text")
    return small | SPECIAL.get(kind, {})


def loaded(kind: str, **settings: Any) -> Any:
    torch.manual_seed(0)
    backbone = HuggingFace(model=kind, config=shape(kind), **settings)
    try:
        return backbone.load().eval()
    except bench.UnsuitableError as error:
        if kind in COMMON:
            raise
        return pytest.skip(str(error))


def encode(encoder: Any, *raws: str) -> bench.Features:
    samples = [TASK.prepare(bench.Example(raw, 0), encoder.processor) for raw in raws]
    with torch.no_grad():
        return encoder(TASK.collate(samples).inputs)


def alone(encoder: Any, raw: str) -> torch.Tensor:
    """The states of a text as transformers gives them, without any padding."""
    ids = torch.from_numpy(encoder.processor(raw)["ids"]).long()[None]
    with torch.no_grad():
        return encoder.model(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state


@pytest.mark.parametrize("kind", types())
def test_padding_changes_nothing_and_long_texts_fit(kind: str) -> None:
    encoder = loaded(kind, max_length=1000)
    torch.manual_seed(1)
    texts = TEXTS[:-1] if kind == "canine" else TEXTS  # it takes no fewer than four characters
    features = encode(encoder, *texts)
    torch.manual_seed(1)
    states = [alone(encoder, raw) for raw in texts]
    if kind not in ("yoso", "reformer"):  # which draw hashes
        for pooling in ("mean", "first", "last", "max", "weighted-mean"):
            mask = [torch.ones(one.shape[:2], dtype=torch.bool) for one in states]
            expected = torch.cat([pool(one, m, pooling) for one, m in zip(states, mask, strict=True)])
            found = pool(features.maps[0], features.mask, pooling)
            torch.testing.assert_close(found, expected, atol=3e-4, rtol=1e-4)
    assert encode(encoder, "").pooled.isfinite().all()
    length = encoder.processor.max_length
    features = encode(encoder, "long " * 300)
    assert features.mask.shape[1] == length
    assert features.pooled.isfinite().all()
    if kind in COMMON:
        assert length == ROOMS.get(kind, 1000 if kind in UNBOUNDED else ROOM)


@pytest.mark.parametrize("said", [None, -1, 0, int(1e30), 1e30, 24])
def test_lengths_that_tokenizers_give(said: float | None, save: Any) -> None:
    tokenizer = wordpiece()
    tokenizer.model_max_length = said
    config = transformers.BertConfig(
        vocab_size=5 + len(WORDS),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=8,
    )
    folder = save(transformers.BertModel(config), tokenizer)
    encoder = HuggingFace(model=str(folder), max_length=4000).load()
    assert encoder.processor.max_length == (24 if said == 24 else 512)
    assert HuggingFace(model=str(folder)).load().processor.max_length == (24 if said == 24 else 128)


CLASSIFIERS = ["bert", "roberta", "xlnet", "gpt2", "distilbert", "electra", "deberta-v2", "mpnet", "xlm"]
CLASSIFIERS += ["opt", "fnet", "llama", "mistral", "bloom", "qwen2", "flaubert", "camembert", "convbert"]
CLASSIFIERS += ["big_bird"]


@pytest.mark.parametrize("kind", CLASSIFIERS)
def test_a_classifier_answers_as_it_does_without_padding(kind: str, save: Any) -> None:
    names = {"id2label": {0: "a", 1: "b", 2: "c"}, "use_cache": False}
    ids = {"pad_token_id": 0, "bos_token_id": 2, "eos_token_id": 3, "vocab_size": 8 + len(WORDS)}
    config = transformers.AutoConfig.for_model(kind, **shape(kind) | ids | names)
    whole = transformers.AutoModelForSequenceClassification.from_config(config).eval()
    for parameter in whole.parameters():
        if parameter.ndim > 1:
            torch.nn.init.normal_(parameter, std=0.3)
    folder = save(whole, wordpiece())
    encoder = HuggingFace(model=str(folder)).load().eval()
    head = TASK.native_head(encoder, bench.DatasetInfo({"test": 1}, ("a", "b", "c"))).eval()
    with torch.no_grad():
        found = head(encode(encoder, *TEXTS[:3]))
    texts = [torch.from_numpy(encoder.processor(raw)["ids"]).long()[None] for raw in TEXTS[:3]]
    with torch.no_grad():
        expected = torch.cat(
            [whole(input_ids=one, attention_mask=torch.ones_like(one)).logits for one in texts]
        )
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)
    assert expected.std() > 0.01


@pytest.mark.parametrize("kind", ["albert", "canine", "longformer"])
def test_a_classifier_that_needs_more_than_last_states_is_left_out(kind: str, save: Any) -> None:
    names = {"id2label": {0: "a", 1: "b", 2: "c"}, "pad_token_id": 0, "vocab_size": 8 + len(WORDS)}
    config = transformers.AutoConfig.for_model(kind, **shape(kind) | names)
    folder = save(transformers.AutoModelForSequenceClassification.from_config(config), wordpiece())
    encoder = HuggingFace(model=str(folder)).load()
    assert TASK.native_head(encoder, bench.DatasetInfo({"test": 1}, ("a", "b", "c"))) is None
