"""Makes tiny random language models of every family that the decoder definition covers, and what transformers computes.

    python tools/models-fixtures/decoders.py

writes packages/models/test/fixtures/decoders/NAME/{config.json,model.safetensors} with save_pretrained and beside them,
for a right-padded batch, expected.safetensors: hidden states of every layer, logits, the cross-entropy of the next tokens
at some rows and its gradient at the outputs of five kinds of linear layer. greedy.json has what greedy search
answers to texts of the tiny tokenizer.
Norm weights and biases are random. Needs torch, transformers 5.24, safetensors.
"""

import json

import torch
from safetensors.torch import save_file
from transformers import (
    AutoConfig, AutoModelForCausalLM, AutoTokenizer, Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration,
)

from text_encoder import FIXTURES, MODEL, randomise

# As many ids as the tiny tokenizer has, so that a text encoder can be made of each.
COMMON = dict(
    vocab_size=528, hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=4,
    num_key_value_heads=2, max_position_embeddings=64, bos_token_id=None, eos_token_id=None, pad_token_id=None,
)
MODELS = {
    "qwen2": dict(model_type="qwen2", tie_word_embeddings=False),
    "qwen2-tied": dict(model_type="qwen2", tie_word_embeddings=True, rms_norm_eps=1e-3),
    "qwen2-yarn": dict(
        model_type="qwen2", tie_word_embeddings=False,
        rope_parameters=dict(rope_type="yarn", rope_theta=1e3, factor=4.0, original_max_position_embeddings=16),
    ),
    "qwen2_5_vl_text": dict(
        model_type="qwen2_5_vl_text", rms_norm_eps=1e-6, tie_word_embeddings=False,
        rope_parameters=dict(rope_type="default", rope_theta=1e6, mrope_section=[1, 1, 0]),
    ),
    "qwen3": dict(model_type="qwen3", head_dim=6, rope_theta=5e5),
    "qwen3-bias": dict(model_type="qwen3", head_dim=8, attention_bias=True, tie_word_embeddings=True),
    "llama": dict(model_type="llama", attention_bias=True, mlp_bias=True, rms_norm_eps=1e-5),
    "llama-linear": dict(model_type="llama", rope_parameters=dict(rope_type="linear", rope_theta=1e4, factor=3.0)),
    "llama-dynamic": dict(model_type="llama", rope_parameters=dict(rope_type="dynamic", rope_theta=1e4, factor=2.0)),
    "llama3": dict(
        model_type="llama", tie_word_embeddings=True, head_dim=8,
        rope_parameters=dict(
            rope_type="llama3", rope_theta=1e2, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
            original_max_position_embeddings=32,
        ),
    ),
}
LENGTHS = [11, 7]
ROWS = [(0, 4), (0, 9), (1, 3), (1, 5)]
SITES = ["mlp.gate_proj", "mlp.up_proj", "mlp.down_proj", "self_attn.q_proj", "self_attn.v_proj"]
QUESTIONS = ["What is the color", "a tree frog on a"]
ENDS = ["<|im_end|>", "<|endoftext|>"]
NEW_TOKENS = 8


def expected(model, tokenizer, generator: torch.Generator) -> tuple[dict[str, torch.Tensor], list[dict]]:
    ids = torch.randint(0, COMMON["vocab_size"], (len(LENGTHS), max(LENGTHS)), generator=generator)
    mask = (torch.arange(max(LENGTHS))[None] < torch.tensor(LENGTHS)[:, None]).long()
    outputs: dict[str, torch.Tensor] = {}

    def record(name):
        def hook(_module, _args, out):
            out.retain_grad()
            outputs[name] = out

        return hook

    hooks = [
        layer.get_submodule(site).register_forward_hook(record(f"layers.{index}.{site}"))
        for index, layer in enumerate(model.model.layers)
        for site in SITES
    ]
    out = model(input_ids=ids, attention_mask=mask, output_hidden_states=True, use_cache=False)
    for hook in hooks:
        hook.remove()
    at = tuple(torch.tensor(ROWS).T)
    labels = ids[at[0], at[1] + 1]
    loss = torch.nn.functional.cross_entropy(out.logits[at], labels)
    loss.backward()
    tensors = {
        "ids": ids.int(), "mask": mask.bool(), "rows": torch.tensor(ROWS).int(), "labels": labels.int(),
        "loss": loss.detach().reshape(1), "logits": out.logits[at].detach(),
    }
    for index, states in enumerate(out.hidden_states):
        tensors[f"hidden.{index}"] = states.detach()
    for name, value in outputs.items():
        tensors[f"{name}.outputGradient"] = value.grad[at]
    answers = []
    for text in QUESTIONS:
        question = torch.tensor([tokenizer(text).input_ids])
        with torch.no_grad():
            produced = model.generate(
                input_ids=question, attention_mask=torch.ones_like(question), do_sample=False,
                max_new_tokens=NEW_TOKENS, pad_token_id=0, eos_token_id=tokenizer.convert_tokens_to_ids(ENDS),
            )[0, question.shape[1]:].tolist()
        answers.append({"question": text, "ids": produced, "answer": tokenizer.decode(produced)})
    return {name: tensor.contiguous() for name, tensor in tensors.items()}, answers


def load(options: dict):
    if options["model_type"] != "qwen2_5_vl_text":
        return AutoModelForCausalLM.from_config(AutoConfig.for_model(**COMMON, **options)).eval()
    # The language model of Qwen2.5-VL alone: the whole model with a vision tower that no text reaches.
    vision = dict(
        depth=1, hidden_size=16, intermediate_size=16, num_heads=2, out_hidden_size=16, patch_size=14,
        fullatt_block_indexes=[0],
    )
    config = Qwen2_5_VLConfig(text_config=dict(COMMON, **options), vision_config=vision, tie_word_embeddings=False)
    config._attn_implementation = "eager"
    return Qwen2_5_VLForConditionalGeneration(config).eval()


def main() -> None:
    tokenizer = AutoTokenizer.from_pretrained(MODEL / "tokenizer")
    for name, options in MODELS.items():
        generator = torch.Generator().manual_seed(20240119)
        model = load(options)
        model.set_attn_implementation("eager")
        randomise(model, generator)
        folder = FIXTURES / "decoders" / name
        model.save_pretrained(folder)
        (folder / "generation_config.json").unlink(missing_ok=True)
        if options["model_type"] == "qwen2_5_vl_text":
            model.model.layers = model.model.language_model.layers
        tensors, answers = expected(model, tokenizer, generator)
        save_file(tensors, folder / "expected.safetensors")
        (folder / "greedy.json").write_text(json.dumps(answers) + "\n")


if __name__ == "__main__":
    main()
