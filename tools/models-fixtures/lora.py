"""Makes LoRAs of the tiny random Qwen-Image transformer with diffusers and peft, and what the transformer computes with
them.

    python tools/models-fixtures/diffusion.py
    python tools/models-fixtures/lora.py

writes packages/models/test/fixtures/lora/: `style/` as `QwenImagePipeline.save_lora_weights` saves (rank 4, alpha 8, the
image stream's attention), `other/` as `PeftModel.save_pretrained` does (rank-stabilised, ranks and alphas by pattern, all
kinds of layers), `plain/` without metadata (alpha is the rank then), and expected.safetensors: velocities for the masked
request of expected/transformer.safetensors, and the gradients of <velocity, cotangent> by the factors of `style`. Needs
torch, diffusers 0.42.1, peft 0.21, safetensors.
"""

import json
from pathlib import Path

import peft
import torch
from diffusers import QwenImagePipeline, QwenImageTransformer2DModel
from peft import LoraConfig, get_peft_model, set_peft_model_state_dict
from peft.utils import get_peft_model_state_dict
from safetensors.torch import load_file, save_file

FIXTURES = Path(__file__).resolve().parents[2] / "packages/models/test/fixtures"
LORA = FIXTURES / "lora"
GRID = (3, 5)

STYLE = dict(r=4, lora_alpha=8, target_modules=["to_q", "to_k", "to_v", "to_out.0"], init_lora_weights="gaussian")
OTHER = dict(
    r=3, lora_alpha=2, use_rslora=True, init_lora_weights="gaussian",
    target_modules=["to_q", "add_k_proj", "to_add_out", "net.0.proj", "net.2", "img_mod.1", "img_in", "proj_out",
                    "norm_out.linear", "linear_1"],
    rank_pattern={"net.0.proj": 5, "transformer_blocks.1.attn.to_q": 2}, alpha_pattern={"net.2": 6},
)


def load_transformer() -> QwenImageTransformer2DModel:
    return QwenImageTransformer2DModel.from_pretrained(FIXTURES / "tiny-qwen-image/transformer").eval()


def randomise(model: torch.nn.Module, adapter: str, generator: torch.Generator) -> None:
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if f".{adapter}." in name:
                scale = 1 / parameter.shape[1] ** 0.5
                parameter.copy_(scale * torch.randn(parameter.shape, generator=generator))


def velocity(model: torch.nn.Module, request: dict[str, torch.Tensor]) -> torch.Tensor:
    return model(
        hidden_states=request["masked.latents"], timestep=request["masked.sigmas"],
        encoder_hidden_states=request["masked.states"], encoder_hidden_states_mask=request["masked.mask"],
        img_shapes=[[(1, *GRID)]] * request["masked.latents"].shape[0], return_dict=False,
    )[0]


def save_with_peft(state: dict[str, torch.Tensor], folder: Path) -> None:
    model = get_peft_model(load_transformer(), LoraConfig(**OTHER))
    found = set_peft_model_state_dict(model, {f"base_model.model.{name}": value for name, value in state.items()})
    assert not found.unexpected_keys, found.unexpected_keys
    model.save_pretrained(folder)
    (folder / "README.md").unlink(missing_ok=True)
    path = folder / "adapter_config.json"
    config = json.loads(path.read_text())
    # Without the folder of the machine that made it.
    config |= {"base_model_name_or_path": None, "target_modules": sorted(config["target_modules"])}
    path.write_text(json.dumps(config, indent=1) + "\n")


def main() -> None:
    generator = torch.Generator().manual_seed(11)
    request = load_file(FIXTURES / "expected/transformer.safetensors")
    model = load_transformer()
    found = {"velocity.none": velocity(model, request).detach()}
    for name, config in (("style", STYLE), ("other", OTHER)):
        model.add_adapter(LoraConfig(**config), name)
        randomise(model, name, generator)
    for name, names, weights in (
        ("style", ["style"], [1.0]), ("other", ["other"], [1.0]), ("both", ["style", "other"], [0.7, -0.4]),
    ):
        model.set_adapters(names, weights)
        found[f"velocity.{name}"] = velocity(model, request).detach()
    model.set_adapters(["style"], [1.0])
    factors = {name: value for name, value in model.named_parameters() if ".style." in name}
    for value in factors.values():
        value.requires_grad_()
    product = (velocity(model, request) * request["masked.cotangent"]).sum()
    for name, gradient in zip(factors, torch.autograd.grad(product, list(factors.values()))):
        found["gradient." + name.replace(".style.", ".")] = gradient
    layers = get_peft_model_state_dict(model, adapter_name="style")
    settings = model.peft_config["style"].to_dict()
    QwenImagePipeline.save_lora_weights(
        LORA / "style", transformer_lora_layers=layers,
        transformer_lora_adapter_metadata=settings | {"target_modules": sorted(settings["target_modules"])},
    )
    QwenImagePipeline.save_lora_weights(LORA / "plain", transformer_lora_layers=layers)
    save_with_peft(get_peft_model_state_dict(model, adapter_name="other"), LORA / "other")
    save_file({name: value.contiguous() for name, value in found.items()}, LORA / "expected.safetensors")
    print("peft", peft.__version__, {name: list(value.shape) for name, value in found.items() if "velocity" in name})


if __name__ == "__main__":
    main()
