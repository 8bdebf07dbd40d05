"""PyTorch's and diffusers' times on this GPU, for `npm run bench:backends -- cuda --pytorch FILE` to stand beside.

    python tools/backends/pytorch.py FILE
    python tools/backends/pytorch.py FILE --device cpu --sizes '{"blocks": 1, "layers": 1, "grid": [2, 4]}'

Random weights in bf16 at the widths of Qwen-Image: some blocks of its transformer (diffusers, eager, one forward pass), some
layers of its 7B text encoder (transformers, forward, cross-entropy of one row, backward to the
gate and up projections of the lowest layer, no weight gradients). Beside them the machine's two ceilings: bytes a
second that a copy reads and writes, and operations a second of a large product in bf16. Medians. The file has the sizes, so
that the other side takes the same. Needs torch, diffusers 0.42.1, transformers 5.24.
"""

import argparse
import json
import statistics
import time

import torch
from diffusers import QwenImageTransformer2DModel
from transformers import Qwen2Config, Qwen2ForCausalLM

SIZES = dict(blocks=4, layers=4, grid=[64, 64], textTokens=64, questionTokens=48, vocabulary=4096, samples=20)


def median_time(device: torch.device, samples: int, run) -> float:
    """Seconds, after two runs that warm up."""
    seconds = []
    for sample in range(samples + 2):
        if device.type == "cuda":
            torch.cuda.synchronize()
        started = time.perf_counter()
        run()
        if device.type == "cuda":
            torch.cuda.synchronize()
        if sample >= 2:
            seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


def transformer_step(device: torch.device, sizes: dict):
    with torch.device(device):
        dit = QwenImageTransformer2DModel(num_layers=sizes["blocks"]).to(torch.bfloat16).eval()
        height, width = sizes["grid"]
        inputs = dict(
            hidden_states=torch.randn(1, height * width, dit.config.in_channels, dtype=torch.bfloat16),
            encoder_hidden_states=torch.randn(1, sizes["textTokens"], dit.config.joint_attention_dim, dtype=torch.bfloat16),
            encoder_hidden_states_mask=torch.ones(1, sizes["textTokens"], dtype=torch.long),
            timestep=torch.tensor([0.5], dtype=torch.bfloat16),
        )

    @torch.no_grad()
    def step():
        dit(**inputs, img_shapes=[(1, height, width)], return_dict=False)

    return step


def forward_backward(device: torch.device, sizes: dict):
    config = Qwen2Config(
        vocab_size=sizes["vocabulary"], hidden_size=3584, intermediate_size=18944, num_hidden_layers=sizes["layers"],
        num_attention_heads=28, num_key_value_heads=4, tie_word_embeddings=False,
    )
    with torch.device(device):
        model = Qwen2ForCausalLM(config).to(torch.bfloat16).eval().requires_grad_(False)
        ids = torch.arange(sizes["questionTokens"])[None] + 10
        answer = torch.tensor([7])
    lowest = []

    def leaf(_module, _inputs, output):
        lowest.append(output.detach().requires_grad_())
        return lowest[-1]

    for projection in (model.model.layers[0].mlp.gate_proj, model.model.layers[0].mlp.up_proj):
        projection.register_forward_hook(leaf)

    def run():
        lowest.clear()
        logits = model(input_ids=ids, logits_to_keep=1).logits[:, -1]
        gradients = torch.autograd.grad(torch.nn.functional.cross_entropy(logits.float(), answer), lowest)
        assert all(gradient.isfinite().all() for gradient in gradients)

    return run


def ceilings(device: torch.device, samples: int, size: int) -> dict:
    with torch.device(device):
        source = torch.randn(size * size * 8)
        target = torch.empty_like(source)
        left, right = (torch.randn(size, size, dtype=torch.bfloat16) for _ in range(2))
    copied = median_time(device, samples, lambda: target.copy_(source))
    multiplied = median_time(device, samples, lambda: left @ right)
    return dict(
        copyBytesPerSecond=2 * source.numel() * source.element_size() / copied,
        matrixOperationsPerSecond=2 * size**3 / multiplied,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--sizes", type=json.loads, default={}, help="JSON, in place of some of " + json.dumps(SIZES))
    arguments = parser.parse_args()
    device, sizes = torch.device(arguments.device), SIZES | arguments.sizes
    torch.manual_seed(0)
    samples = sizes["samples"]
    times = {}
    for name, make in (("ditStepSeconds", transformer_step), ("forwardBackwardSeconds", forward_backward)):
        times[name] = median_time(device, samples, make(device, sizes))
    report = dict(
        device=torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu",
        versions=dict(torch=torch.__version__),
        sizes=sizes,
        **times,
        ceilings=ceilings(device, samples, 8192 if device.type == "cuda" else 1024),
    )
    with open(arguments.file, "w") as file:
        json.dump(report, file, indent=2)
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
