"""Makes tiny random language models of other families that the decoder definition covers, and what transformers computes.

    python tools/models-fixtures/decoders.py

writes packages/models/test/fixtures/decoders/NAME/{config.json,model.safetensors} with save_pretrained and the logits of
a batch with padding beside them in expected.safetensors. Needs torch, transformers 5.24, safetensors.
"""

from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import AutoConfig, AutoModelForCausalLM

from text_encoder import FIXTURES, randomise

COMMON = dict(
    vocab_size=40, hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=4,
    num_key_value_heads=2, max_position_embeddings=64, bos_token_id=None, eos_token_id=None, pad_token_id=None,
)
MODELS = {
    "qwen2-tied": dict(model_type="qwen2", tie_word_embeddings=True, rms_norm_eps=1e-3),
    "qwen3": dict(model_type="qwen3", head_dim=6, rope_theta=5e5),
    "llama": dict(model_type="llama", attention_bias=True, mlp_bias=True, rms_norm_eps=1e-5),
}
LENGTHS = [11, 7]


def main() -> None:
    for name, options in MODELS.items():
        generator = torch.Generator().manual_seed(20240119)
        options = dict(options)
        config = AutoConfig.for_model(options.pop("model_type"), **COMMON, **options)
        config._attn_implementation = "eager"
        model = AutoModelForCausalLM.from_config(config).eval()
        randomise(model, generator)
        folder = FIXTURES / "decoders" / name
        model.save_pretrained(folder)
        (folder / "generation_config.json").unlink(missing_ok=True)
        ids = torch.randint(0, COMMON["vocab_size"], (len(LENGTHS), max(LENGTHS)), generator=generator)
        mask = (torch.arange(max(LENGTHS))[None] < torch.tensor(LENGTHS)[:, None]).long()
        with torch.no_grad():
            logits = model(input_ids=ids, attention_mask=mask).logits
        save_file(
            {"ids": ids.int(), "mask": mask.bool(), "logits": logits.contiguous()}, folder / "expected.safetensors"
        )


if __name__ == "__main__":
    main()
