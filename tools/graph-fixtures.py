"""What torch computes, in float64, for the operations of @mokus/graph that have a counterpart there.

    python tools/graph-fixtures.py

writes packages/graph/test/fixtures/OPERATION.json: a list of cases, each with its options, operands, a cotangent, the
result and torch's gradient of every floating operand. Needs torch alone.
"""

import json
from pathlib import Path

import torch
import torch.nn.functional as F

FOLDER = Path(__file__).parent.parent / "packages" / "graph" / "test" / "fixtures"


def random(*shape, scale=1.0):
    """Normal numbers of three decimals, so that the files stay small."""
    return (torch.randn(shape, dtype=torch.float64) * scale * 1000).round() / 1000


def tensor(value):
    kind = "bool" if value.dtype == torch.bool else "f32" if value.dtype == torch.float64 else "i32"
    return {"dtype": kind, "shape": list(value.shape), "data": [float(each) for each in value.detach().flatten()]}


def case(compute, operands, **options):
    floating = [name for name, value in operands.items() if value.dtype == torch.float64]
    for name in floating:
        operands[name].requires_grad_(True)
    result = compute(**operands)
    cotangent = random(*result.shape)
    gradients = torch.autograd.grad(result, [operands[name] for name in floating], cotangent)
    return {
        "options": options,
        "operands": {name: tensor(value) for name, value in operands.items()},
        "cotangent": tensor(cotangent),
        "result": tensor(result),
        "gradients": {name: tensor(value) for name, value in zip(floating, gradients)},
    }


def linear():
    yield case(F.linear, {"input": random(2, 3, 4), "weight": random(5, 4)})
    yield case(F.linear, {"input": random(3, 4), "weight": random(2, 4), "bias": random(2)})


def conv2d():
    for shape, weight, stride, padding in [
        ((2, 3, 5, 4), (4, 3, 3, 3), 1, (1, 1, 1, 1)),
        ((1, 2, 6, 7), (3, 2, 3, 2), 2, (0, 1, 2, 3)),
        ((2, 2, 5, 5), (3, 2, 3, 3), 2, (0, 0, 1, 1)),
        ((1, 3, 4, 4), (2, 3, 1, 1), 1, (0, 0, 0, 0)),
        ((1, 1, 8, 9), (2, 1, 2, 3), 3, (1, 2, 0, 0)),
    ]:
        top, left, bottom, right = padding

        def compute(x, weight, bias):
            return F.conv2d(F.pad(x, (left, right, top, bottom)), weight, bias, stride=stride)

        operands = {"x": random(*shape), "weight": random(*weight), "bias": random(weight[0])}
        yield case(compute, operands, stride=stride, padding=padding)


def attention():
    for heads, key_heads, queries, keys, causal, masked in [
        (2, 2, 3, 4, False, False),
        (4, 2, 4, 4, True, False),
        (6, 2, 3, 5, False, True),
        (4, 1, 5, 5, True, True),
    ]:
        operands = {
            "q": random(2, queries, heads, 4),
            "k": random(2, keys, key_heads, 4),
            "v": random(2, keys, key_heads, 4),
        }
        allowed = torch.ones(2, 1, queries, keys, dtype=torch.bool)
        if causal:
            allowed = allowed & torch.ones(queries, keys, dtype=torch.bool).tril()
        if masked:
            operands["keyMask"] = torch.tensor([[True] * keys, [True] * (keys - 2) + [False] * 2])
            allowed = allowed & operands["keyMask"][:, None, None, :]

        def compute(q, k, v, keyMask=None):
            q, k, v = (each.transpose(1, 2) for each in (q, k, v))
            return F.scaled_dot_product_attention(q, k, v, attn_mask=allowed, enable_gqa=True).transpose(1, 2)

        yield case(compute, operands, causal=causal)


def rms_norm():
    for scale in (1.0, 0.001):
        operands = {"x": random(2, 3, 6, scale=scale), "weight": random(6)}
        yield case(lambda x, weight: F.rms_norm(x, (6,), weight, 1e-6), operands, epsilon=1e-6)


def layer_norm():
    x = {"x": random(2, 3, 6)}
    yield case(lambda x: F.layer_norm(x, (6,), eps=1e-6), dict(x), epsilon=1e-6)
    operands = {"x": random(4, 6), "weight": random(6), "bias": random(6)}
    yield case(lambda x, weight, bias: F.layer_norm(x, (6,), weight, bias, 1e-5), operands, epsilon=1e-5)
    operands = {"x": random(4, 6), "bias": random(6)}
    yield case(lambda x, bias: F.layer_norm(x, (6,), None, bias, 1e-5), operands, epsilon=1e-5)


def gelu():
    for approximate in ("tanh", "none"):
        yield case(lambda x: F.gelu(x, approximate=approximate), {"x": random(3, 7, scale=2)}, approximate=approximate)


def silu():
    yield case(F.silu, {"input": random(3, 7, scale=4)})


def rotate(x, cos, sin, layout):
    """The formula of the paper: in transformers' Llama for 'halves', by complex numbers as in diffusers for 'pairs'."""
    cos, sin = (each[..., :, None, :] for each in (cos, sin))
    if layout == "halves":
        first, second = x.chunk(2, dim=-1)
        return x * torch.cat([cos, cos], -1) + torch.cat([-second, first], -1) * torch.cat([sin, sin], -1)
    turned = torch.view_as_complex(x.unflatten(-1, (-1, 2)).contiguous()) * torch.complex(cos, sin)
    return torch.view_as_real(turned).flatten(-2)


def rotary_embedding():
    for layout in ("halves", "pairs"):
        for leading in ((3,), (2, 3)):
            angles = random(*leading, 2)
            operands = {"x": random(2, 3, 2, 4), "cos": angles.cos(), "sin": angles.sin()}
            yield case(lambda x, cos, sin: rotate(x, cos, sin, layout), operands, layout=layout)


def cross_entropy():
    labels = torch.tensor([3, 0, 6, 3])
    yield case(F.cross_entropy, {"input": random(4, 7, scale=3), "target": labels})
    # Scores whose exponentials overflow float64.
    yield case(F.cross_entropy, {"input": random(4, 7, scale=2000), "target": labels})


def cosine_similarity():
    yield case(lambda a, b: F.cosine_similarity(a, b, dim=-1), {"a": random(3, 5), "b": random(3, 5)})
    yield case(lambda a, b: F.cosine_similarity(a, b, dim=-1), {"a": random(2, 3, 5), "b": random(3, 5)})


def mse():
    yield case(F.mse_loss, {"input": random(3, 4), "target": random(3, 4)})


def log_softmax():
    yield case(lambda x: F.log_softmax(x, dim=-1), {"x": random(3, 5, scale=3)}, axis=-1)
    yield case(lambda x: F.log_softmax(x, dim=1), {"x": random(2, 4, 3, scale=500)}, axis=1)


def softmax():
    yield case(lambda x: F.softmax(x, dim=-1), {"x": random(3, 5, scale=3)}, axis=-1)
    yield case(lambda x: F.softmax(x, dim=1), {"x": random(2, 4, 3, scale=500)}, axis=1)


def upsample_nearest2d():
    for factor in (2, 3):
        yield case(lambda x: F.interpolate(x, scale_factor=factor, mode="nearest"), {"x": random(2, 2, 2, 3)}, factor=factor)


OPERATIONS = [
    linear, conv2d, attention, rms_norm, layer_norm, gelu, silu, rotary_embedding, cross_entropy, cosine_similarity, mse,
    softmax, log_softmax, upsample_nearest2d,
]  # fmt: skip

if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for operation in OPERATIONS:
        torch.manual_seed(0)
        name = operation.__name__.replace("_", "-")
        cases = ",\n".join(json.dumps(each) for each in operation())
        (FOLDER / f"{name}.json").write_text(f"[\n{cases}\n]\n")
