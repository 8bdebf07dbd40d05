"""Trains a LoRA of the tiny random Qwen-Image transformer with peft for five steps, as diffusers' DreamBooth script does.

    python tools/models-fixtures/diffusion.py
    python tools/models-fixtures/lora_training.py

writes packages/concepts/test/fixtures/training.safetensors: the first factors, latents, noise, noise levels and
conditioning of each step, the loss of each step, the gradients and their norm at the first, and the factors after five
steps of AdamW with clipping. B is not zero at the start, so that A has a gradient. Needs torch, diffusers 0.42.1, peft
0.21, safetensors.
"""

from pathlib import Path

import torch
from diffusers import QwenImageTransformer2DModel
from peft import LoraConfig
from safetensors.torch import load_file, save_file

PACKAGES = Path(__file__).resolve().parents[2] / "packages"
MODEL = PACKAGES / "models/test/fixtures"
GRID = (3, 5)
RANK, ALPHA, STEPS = 4, 8, 5
# Below every norm here, so that clipping is seen.
MAX_NORM = 0.4


def main() -> None:
    generator = torch.Generator().manual_seed(31)
    request = load_file(MODEL / "expected/transformer.safetensors")
    model = QwenImageTransformer2DModel.from_pretrained(MODEL / "tiny-qwen-image/transformer").train()
    model.requires_grad_(False)
    targets = ["to_q", "to_k", "to_v", "to_out.0"]
    model.add_adapter(LoraConfig(r=RANK, lora_alpha=ALPHA, target_modules=targets, init_lora_weights="gaussian"))
    factors = {name.replace(".default.", "."): p for name, p in model.named_parameters() if p.requires_grad}
    with torch.no_grad():
        for name, value in factors.items():
            value.copy_((1 / RANK if "lora_A" in name else 0.02) * torch.randn(value.shape, generator=generator))
    found = {f"start.{name}": value.detach().clone() for name, value in factors.items()}
    optimizer = torch.optim.AdamW(factors.values(), lr=2e-4, betas=(0.9, 0.999), weight_decay=1e-4, eps=1e-8)
    states, mask = request["masked.states"], request["masked.mask"]
    losses = []
    for step in range(STEPS):
        z = torch.randn(request["masked.latents"].shape, generator=generator)
        eps = torch.randn(z.shape, generator=generator)
        u = torch.rand(z.shape[0], generator=generator)
        sigma = (1000 - (u * 1000).long()).float() / 1000
        at = sigma[:, None, None]
        velocity = model(
            hidden_states=(1 - at) * z + at * eps, timestep=sigma, encoder_hidden_states=states,
            encoder_hidden_states_mask=mask, img_shapes=[[(1, *GRID)]] * z.shape[0], return_dict=False,
        )[0]
        loss = ((velocity.float() - (eps - z).float()) ** 2).reshape(z.shape[0], -1).mean(1).mean()
        loss.backward()
        losses.append(loss.item())
        if step == 0:
            found |= {f"gradient.{name}": value.grad.clone() for name, value in factors.items()}
        norm = torch.nn.utils.clip_grad_norm_(factors.values(), MAX_NORM)
        print(step, loss.item(), norm.item())
        optimizer.step()
        optimizer.zero_grad()
        found |= {f"z.{step}": z, f"eps.{step}": eps, f"sigma.{step}": sigma}
    found |= {f"end.{name}": value.detach() for name, value in factors.items()}
    found |= {"losses": torch.tensor(losses), "states": states, "mask": mask}
    path = PACKAGES / "concepts/test/fixtures/training.safetensors"
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: value.contiguous() for name, value in found.items()}, path)


if __name__ == "__main__":
    main()
