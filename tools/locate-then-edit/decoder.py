"""The Qwen2 decoder of fixtures.py, written out in float64, on the weights of the tiny random text encoder. What a TextEncoder
takes and gives in fp32 is rounded here too (`single`).
"""

import json
from pathlib import Path

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer

ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / "packages/models/test/fixtures/tiny-qwen-image"
PREFIX = (
    "<|im_start|>system\nDescribe the image by detailing the color, shape, size, texture, quantity, text, "
    "spatial relationships of the objects and background:<|im_end|>\n<|im_start|>user\n"
)
SUFFIX = "<|im_end|>\n<|im_start|>assistant\n"

torch.set_default_dtype(torch.float64)
tokenizer = Tokenizer.from_file(str(MODEL / "tokenizer/tokenizer.json"))
config = json.loads((MODEL / "text_encoder/config.json").read_text())["text_config"]
stored = load_file(MODEL / "text_encoder/model.safetensors")
W = {name: tensor.double() for name, tensor in stored.items()}
NAMES = next(name for name in W if name.endswith("embed_tokens.weight")).removesuffix("embed_tokens.weight")
HEAD = next(name for name in W if name.endswith("lm_head.weight"))
LAYER_COUNT, HEADS, KV = config["num_hidden_layers"], config["num_attention_heads"], config["num_key_value_heads"]
HEAD_DIM = config["hidden_size"] // HEADS
THETA = config["rope_parameters"]["rope_theta"]


class Single(torch.autograd.Function):
    """Rounds to fp32, and the gradient on its way back."""

    @staticmethod
    def forward(_, x):
        return x.float().double()

    @staticmethod
    def backward(_, gradient):
        return gradient.float().double()


single = Single.apply


def norm(x, name):
    return x / torch.sqrt((x * x).mean(-1, keepdim=True) + config["rms_norm_eps"]) * W[name]


def rotate(x):
    """x [heads, length, headDim]; pairs are halves."""
    frequencies = THETA ** (-2 * torch.arange(HEAD_DIM // 2) / HEAD_DIM)
    angles = torch.arange(x.shape[1])[:, None] * frequencies
    cos, sin = single(angles.cos()), single(angles.sin())
    a, b = x[..., : HEAD_DIM // 2], x[..., HEAD_DIM // 2 :]
    return torch.cat([a * cos - b * sin, b * cos + a * sin], -1)


def run(ids, offsets=None, deltas=None, start=None):
    """One sequence. offsets: {(layer, part): (position, vector)}; deltas: {layer: dW of down_proj}; start: the layer that
    is handed what it reads."""
    offsets, deltas = offsets or {}, deltas or {}
    states, keys, written = {}, {}, {}

    def shifted(layer, part, value):
        if (layer, part) in offsets:
            position, vector = offsets[layer, part]
            row = torch.zeros(len(ids), 1)
            row[position] = 1
            value = value + row * single(vector)
        states[layer, part] = single(value)
        return value

    x = W[NAMES + "embed_tokens.weight"][ids]
    length = len(ids)
    mask = torch.full((length, length), -torch.inf).triu(1)
    for layer in range(LAYER_COUNT):
        name = f"{NAMES}layers.{layer}."
        if layer == start:
            x = single(x)
        h = norm(x, name + "input_layernorm.weight")
        q, k, v = (
            (h @ W[f"{name}self_attn.{role}_proj.weight"].T + W[f"{name}self_attn.{role}_proj.bias"])
            .reshape(length, -1, HEAD_DIM).transpose(0, 1)
            for role in "qkv"
        )
        q, k = rotate(q), rotate(k)
        k, v = (each.repeat_interleave(HEADS // KV, 0) for each in (k, v))
        weights = (q @ k.transpose(1, 2) / HEAD_DIM**0.5 + mask).softmax(-1)
        mixed = (weights @ v).transpose(0, 1).reshape(length, -1)
        x = x + shifted(layer, "attention", mixed @ W[name + "self_attn.o_proj.weight"].T)
        h = norm(x, name + "post_attention_layernorm.weight")
        gate, up = h @ W[name + "mlp.gate_proj.weight"].T, h @ W[name + "mlp.up_proj.weight"].T
        key = gate * torch.sigmoid(gate) * up
        keys[layer] = single(key)
        down = W[name + "mlp.down_proj.weight"] + deltas.get(layer, 0)
        written[layer] = key @ down.T
        x = shifted(layer, "block", x + shifted(layer, "mlp", written[layer]))
    tapped = norm(x, NAMES + "norm.weight")
    return {"logits": single(tapped @ W[HEAD].T), "tapped": single(tapped), "states": states, "keys": keys, "written": written}


def encode(prompt):
    return tokenizer.encode(PREFIX + prompt + SUFFIX, add_special_tokens=False)


def position_of(prompt, start, subject):
    """The last token that covers a character of the subject."""
    first = len(PREFIX) + start
    offsets = encode(prompt).offsets
    return max(i for i, (a, b) in enumerate(offsets) if b > a and a < first + len(subject) and b > first)
