"""One block of Qwen-Image's transformer and one layer of its text encoder at full width, computed by the references.

    python tools/models-fixtures/fullwidth.py

writes packages/models/test/fixtures/fullwidth/{transformer,text_encoder}.{json,safetensors}: the config, and a part of
what diffusers and transformers compute in fp32 on the CPU. The weights, 380 and 240 million numbers, are in no file:
`filled` makes them from their names, and packages/models/test/support/filled-tensor.ts makes the same. Both networks
are whole (embedders, norms, heads) with one block instead of 60 and 28; the vocabulary is cut to 640. Takes a minute
and 3 GB of memory. Needs torch, diffusers 0.42.1, transformers 5.24, numpy, safetensors.
"""

import json
import math
from pathlib import Path

import numpy as np
import torch
from diffusers import QwenImageTransformer2DModel
from safetensors.torch import save_file
from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration

from fullsize import QWEN2_5_VL_7B, TEXT_FIELDS, on_disk, public

OUT = Path(__file__).resolve().parents[2] / "packages/models/test/fixtures/fullwidth"

# Columns kept of what is as wide as the model; the norms of whole rows stand for the others.
KEPT = 64
VOCABULARY = 640
GRID, TEXT_TOKENS, SIGMA = (3, 5), 7, 0.7
LENGTHS = [11, 7]


def filled(name: str, shape: tuple[int, ...]) -> torch.Tensor:
    """Element i is entry h(i) >> 24 of a table of 256 values that bf16 holds exactly.

    h(i) is the 32-bit finaliser of MurmurHash3 on i * 0x9E3779B1 + FNV-1a(name). The table is (64 + n // 2) / 128 for the
    weights of norms (one axis, a name in .weight), else (2 n - 255) 2^e: e = -10 for other vectors, and for matrices
    -round(log2(147.5 sqrt(columns))), so that they are about 1 / sqrt(columns).
    """
    seed = 0x811C9DC5
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x01000193) & 0xFFFFFFFF
    entries = np.arange(256, dtype=np.float32)
    if len(shape) == 1 and name.endswith(".weight"):
        table = (64 + entries // 2) / 128
    else:
        exponent = -10 if len(shape) == 1 else -round(math.log2(147.5 * math.sqrt(shape[-1])))
        table = (2 * entries - 255) * np.float32(2.0**exponent)
    count = math.prod(shape)
    values = np.empty(count, dtype=np.float32)
    step = 1 << 22
    for start in range(0, count, step):
        h = np.arange(start, min(start + step, count), dtype=np.uint32) * np.uint32(0x9E3779B1) + np.uint32(seed)
        h ^= h >> np.uint32(16)
        h *= np.uint32(0x85EBCA6B)
        h ^= h >> np.uint32(13)
        h *= np.uint32(0xC2B2AE35)
        h ^= h >> np.uint32(16)
        values[start : start + h.size] = table[h >> np.uint32(24)]
    return torch.from_numpy(values).reshape(shape)


def fill(network: torch.nn.Module, rename=lambda name: name) -> None:
    state = {name: filled(rename(name), tuple(tensor.shape)) for name, tensor in network.state_dict().items()}
    network.load_state_dict(state, assign=True)
    network.requires_grad_(False)


def part(rows: torch.Tensor) -> dict[str, torch.Tensor]:
    rows = rows.detach().reshape(-1, rows.shape[-1])
    return {"columns": rows[:, :KEPT].contiguous(), "norms": rows.double().norm(dim=-1).float()}


def write(component: str, config: dict, tensors: dict[str, torch.Tensor]) -> None:
    (OUT / f"{component}.json").write_text(json.dumps(config, indent=2) + "\n")
    save_file(tensors, OUT / f"{component}.safetensors")
    for name, tensor in tensors.items():
        print(f"{component} {name} {list(tensor.shape)} largest {tensor.abs().max():.4g}")


def transformer() -> None:
    with torch.device("meta"):
        network = QwenImageTransformer2DModel(num_layers=1)
    config = public(network.config)
    fill(network)
    # Tables that are no parameters were made on the meta device too.
    network.pos_embed = type(network.pos_embed)(theta=10000, axes_dim=list(config["axes_dims_rope"]), scale_rope=True)
    latents = filled("input.latents", (1, GRID[0] * GRID[1], config["in_channels"]))
    states = filled("input.states", (1, TEXT_TOKENS, config["joint_attention_dim"])).requires_grad_()
    velocity = network(
        hidden_states=latents,
        encoder_hidden_states=states,
        encoder_hidden_states_mask=torch.ones(1, TEXT_TOKENS, dtype=torch.bool),
        timestep=torch.tensor([SIGMA]),
        img_shapes=[[(1, *GRID)]],
        return_dict=False,
    )[0]
    velocity.backward(filled("input.cotangent", tuple(velocity.shape)))
    gradient = part(states.grad)
    write("transformer", config, {
        "velocity": velocity.detach()[0].contiguous(),
        "gradient.columns": gradient["columns"],
        "gradient.norms": gradient["norms"],
    })


def text_encoder() -> None:
    sizes = {**QWEN2_5_VL_7B, "text_config": {**QWEN2_5_VL_7B["text_config"], "num_hidden_layers": 1,
                                              "vocab_size": VOCABULARY, "max_position_embeddings": 1024}}
    sizes["vision_config"] = dict(hidden_size=32, out_hidden_size=3584, intermediate_size=32, depth=1, num_heads=2)
    config = Qwen2_5_VLConfig(**sizes)
    with torch.device("meta"):
        network = Qwen2_5_VLForConditionalGeneration._from_config(config, attn_implementation="eager")
    network = network.eval()
    fill(network, on_disk)
    language = network.model.language_model
    language.rotary_emb = type(language.rotary_emb)(config.text_config)
    ids = torch.tensor([[(7 * i + 3 + 100 * s) % VOCABULARY for i in range(max(LENGTHS))] for s in range(len(LENGTHS))])
    mask = (torch.arange(max(LENGTHS))[None] < torch.tensor(LENGTHS)[:, None]).long()
    outputs = {}

    def keep(name):
        def hook(module, inputs, output):
            output.requires_grad_().retain_grad()
            outputs[name] = output
        return hook

    mlp = language.layers[0].mlp
    for role in ("gate_proj", "up_proj"):
        getattr(mlp, role).register_forward_hook(keep(role))
    result = language(input_ids=ids, attention_mask=mask)
    hidden = result.last_hidden_state
    last = [length - 1 for length in LENGTHS]
    chosen = hidden[range(len(LENGTHS)), last]
    logits = network.lm_head(chosen)
    chosen.backward(filled("input.cotangent", tuple(chosen.shape)))
    valid = part(hidden[mask.bool()])
    tensors = {"ids": ids.int(), "logits": logits.detach().contiguous(), "hidden.columns": valid["columns"],
               "hidden.norms": valid["norms"]}
    for role, output in outputs.items():
        rows = part(output.grad[range(len(LENGTHS)), last])
        tensors[f"{role}.columns"], tensors[f"{role}.norms"] = rows["columns"], rows["norms"]
    text = config.text_config.to_dict()
    write("text_encoder", dict(
        architectures=["Qwen2_5_VLForConditionalGeneration"],
        model_type="qwen2_5_vl",
        text_config={field: text[field] for field in TEXT_FIELDS if field in text},
    ), tensors)


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    transformer()
    text_encoder()
