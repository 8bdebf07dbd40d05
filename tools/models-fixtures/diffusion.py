"""Makes a tiny random Qwen-Image transformer, VAE and scheduler, and what diffusers computes with them.

    python tools/models-fixtures/text_encoder.py
    python tools/models-fixtures/diffusion.py

writes packages/models/test/fixtures/tiny-qwen-image/{transformer,vae,scheduler} with save_pretrained and the expected
values beside them in packages/models/test/fixtures/expected/. Everything is seeded and computed in fp32 on the CPU.
Needs torch, diffusers 0.42.1, transformers 5.24, safetensors, numpy.

What upstream's own tests leave out is here on purpose: norm weights and biases are random (ones and zeros hide bugs),
the packed grid is odd both ways, two prompts of unequal length, mean and std of the latents are not 0 and 1.
"""

import json
from pathlib import Path

import torch
from diffusers import (
    AutoencoderKLQwenImage,
    FlowMatchEulerDiscreteScheduler,
    QwenImagePipeline,
    QwenImageTransformer2DModel,
)
from diffusers.pipelines.qwenimage.pipeline_qwenimage import calculate_shift
from safetensors.torch import save_file
from transformers import Qwen2_5_VLForConditionalGeneration, Qwen2Tokenizer

FIXTURES = Path(__file__).resolve().parents[2] / "packages/models/test/fixtures"
MODEL = FIXTURES / "tiny-qwen-image"
EXPECTED = FIXTURES / "expected"

# Packed grid of 3 x 5 tokens: with patch 2 and a spatial factor of 4, a picture of 24 x 40 pixels.
GRID = (3, 5)
HEIGHT, WIDTH = 24, 40
JOINT = 32
PROMPTS = ["the capital of France on a blue background", "a cat"]

SCHEDULES = {
    "released": dict(use_dynamic_shifting=True, shift_terminal=0.02, base_shift=0.5, max_shift=0.9,
                     base_image_seq_len=256, max_image_seq_len=8192, shift=1.0, time_shift_type="exponential"),
    "no terminal": dict(use_dynamic_shifting=True, shift_terminal=None),
    "terminal 0": dict(use_dynamic_shifting=True, shift_terminal=0.0),
    "linear": dict(use_dynamic_shifting=True, shift_terminal=0.1, time_shift_type="linear"),
    "static shift 3": dict(use_dynamic_shifting=False, shift=3.0),
    "static shift 3 with terminal": dict(use_dynamic_shifting=False, shift=3.0, shift_terminal=0.02),
    "defaults": dict(),
}


def randomise(module: torch.nn.Module, generator: torch.Generator) -> None:
    """Norm weights around 1, biases around 0, matrices at the scale they were initialised with."""
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            if name.endswith("bias"):
                parameter.copy_(0.2 * noise)
            elif name.endswith("gamma") or "norm" in name and parameter.ndim == 1:
                parameter.copy_(1 + 0.4 * noise)
            else:
                fan_in = parameter[0].numel()
                parameter.copy_(noise / fan_in**0.5)


def make_transformer(generator: torch.Generator) -> QwenImageTransformer2DModel:
    model = QwenImageTransformer2DModel(
        patch_size=2, in_channels=16, out_channels=4, num_layers=2, attention_head_dim=16, num_attention_heads=3,
        joint_attention_dim=JOINT, guidance_embeds=False, axes_dims_rope=(8, 4, 4),
    ).eval()
    randomise(model, generator)
    return model


def make_vae(generator: torch.Generator) -> AutoencoderKLQwenImage:
    model = AutoencoderKLQwenImage(
        base_dim=8, z_dim=4, dim_mult=[1, 2, 4], num_res_blocks=1, temperal_downsample=[False, True],
        latents_mean=[0.31, -0.72, 0.05, 1.4], latents_std=[1.7, 0.6, 2.3, 1.1],
    ).eval()
    randomise(model, generator)
    return model


def masked_conditioning(lengths: list[int], generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    longest = max(lengths)
    mask = torch.arange(longest)[None] < torch.tensor(lengths)[:, None]
    states = torch.randn(len(lengths), longest, JOINT, generator=generator) * 3
    return states * mask[..., None], mask


def transformer_case(model, latents, sigmas, states, mask, grid, generator) -> dict[str, torch.Tensor]:
    """One forward pass with what every block returned, and the gradient of <velocity, cotangent> to the states."""
    found = {}
    hooks = [
        block.register_forward_hook(
            lambda _module, _args, out, index=index: found.update(
                {f"block.{index}.text": out[0].detach(), f"block.{index}.image": out[1].detach()}
            )
        )
        for index, block in enumerate(model.transformer_blocks)
    ]
    states = states.clone().requires_grad_()
    velocity = model(
        hidden_states=latents, timestep=sigmas, encoder_hidden_states=states, encoder_hidden_states_mask=mask,
        img_shapes=[[(1, *grid)]] * latents.shape[0], return_dict=False,
    )[0]
    for hook in hooks:
        hook.remove()
    cotangent = torch.randn(velocity.shape, generator=generator)
    (gradient,) = torch.autograd.grad((velocity * cotangent).sum(), states)
    found |= {
        "latents": latents, "sigmas": sigmas, "states": states.detach(), "velocity": velocity.detach(),
        "cotangent": cotangent, "gradient": gradient,
    }
    if mask is not None:
        found["mask"] = mask
    return found


def transformer_fixture(model, generator) -> None:
    states, mask = masked_conditioning([7, 4], generator)
    tensors = {}
    masked = transformer_case(
        model, torch.randn(2, GRID[0] * GRID[1], 16, generator=generator), torch.tensor([0.98039, 0.37]), states, mask,
        GRID, generator,
    )
    whole = transformer_case(
        model, torch.randn(1, 4 * 2, 16, generator=generator), torch.tensor([0.02]),
        torch.randn(1, 5, JOINT, generator=generator), None, (4, 2), generator,
    )
    for case, found in {"masked": masked, "whole": whole}.items():
        tensors |= {f"{case}.{name}": tensor.contiguous() for name, tensor in found.items()}
    save_file(tensors, EXPECTED / "transformer.safetensors")


def vae_fixture(model, generator) -> None:
    """Pixels to normalised latents and back; `decoded` is what the decoder returned before diffusers clamps it."""
    mean = torch.tensor(model.config.latents_mean).view(1, -1, 1, 1, 1)
    std = torch.tensor(model.config.latents_std).view(1, -1, 1, 1, 1)
    pictures = torch.randint(0, 256, (2, HEIGHT, WIDTH, 3), generator=generator, dtype=torch.uint8)
    pixels = (pictures.float() / 127.5 - 1).permute(0, 3, 1, 2)
    decoded = []
    hook = model.decoder.register_forward_hook(lambda _module, _args, out: decoded.append(out))
    with torch.no_grad():
        latents = (model.encode(pixels[:, :, None]).latent_dist.mode() - mean) / std
        model.decode(latents * std + mean)
    hook.remove()
    save_file(
        {
            "pictures": pictures, "pixels": pixels.contiguous(), "latents": latents[:, :, 0].contiguous(),
            "decoded": decoded[0][:, :, 0].contiguous(),
        },
        EXPECTED / "vae.safetensors",
    )


def scheduler_fixture() -> None:
    cases = []
    for name, config in SCHEDULES.items():
        for steps, tokens in [(2, 15), (4, 4096), (20, 1024)]:
            scheduler = FlowMatchEulerDiscreteScheduler(**config)
            options = scheduler.config
            mu = calculate_shift(
                tokens, options.base_image_seq_len, options.max_image_seq_len, options.base_shift, options.max_shift
            )
            sigmas = torch.linspace(1, 1 / steps, steps, dtype=torch.float64).numpy()
            scheduler.set_timesteps(sigmas=sigmas, mu=mu)
            cases.append(
                {"name": name, "config": dict(config), "steps": steps, "imageTokens": tokens,
                 "sigmas": scheduler.sigmas.tolist()}
            )
    (EXPECTED / "scheduler.json").write_text(json.dumps(cases, indent=1) + "\n")


def pipeline_fixture(transformer, vae, scheduler, generator) -> None:
    """Five steps with true CFG 4 from given embeddings: two prompts of unequal length, negatives of one length."""
    pipeline = QwenImagePipeline(scheduler=scheduler, vae=vae, transformer=transformer, text_encoder=None, tokenizer=None)
    pipeline.set_progress_bar_config(disable=True)
    states, mask = masked_conditioning([6, 9], generator)
    negative, _ = masked_conditioning([4, 4], generator)
    latents = torch.randn(2, GRID[0] * GRID[1], 16, generator=generator)
    steps = []

    def record(_pipeline, _step, _timestep, found):
        steps.append(found["latents"].clone())
        return {}

    image = pipeline(
        prompt_embeds=states, prompt_embeds_mask=mask.long(), negative_prompt_embeds=negative,
        negative_prompt_embeds_mask=torch.ones(negative.shape[:2], dtype=torch.long), true_cfg_scale=4.0,
        num_inference_steps=5, height=HEIGHT, width=WIDTH, latents=latents, output_type="pt",
        callback_on_step_end=record,
    ).images
    unguided = pipeline(
        prompt_embeds=states, prompt_embeds_mask=mask.long(), num_inference_steps=3, true_cfg_scale=1.0,
        height=HEIGHT, width=WIDTH, latents=latents, output_type="latent",
    ).images
    save_file(
        {
            "states": states, "mask": mask, "negative": negative, "latents": latents,
            "steps": torch.stack(steps).contiguous(), "image": image.contiguous(), "unguided": unguided.contiguous(),
        },
        EXPECTED / "pipeline.safetensors",
    )


def text_pipeline_fixture(transformer, vae, scheduler, generator) -> None:
    """The whole way from text, with the text encoder and tokenizer that text_encoder.py has put beside us."""
    text_encoder = Qwen2_5_VLForConditionalGeneration.from_pretrained(MODEL / "text_encoder").eval()
    tokenizer = Qwen2Tokenizer.from_pretrained(MODEL / "tokenizer")
    pipeline = QwenImagePipeline(
        scheduler=scheduler, vae=vae, transformer=transformer, text_encoder=text_encoder, tokenizer=tokenizer
    )
    pipeline.set_progress_bar_config(disable=True)
    pipeline.save_config(MODEL)
    latents = torch.randn(2, GRID[0] * GRID[1], 16, generator=generator)
    steps = []

    def record(_pipeline, _step, _timestep, found):
        steps.append(found["latents"].clone())
        return {}

    image = pipeline(
        prompt=PROMPTS, negative_prompt=[" ", " "], true_cfg_scale=4.0, num_inference_steps=4, height=HEIGHT, width=WIDTH,
        latents=latents, output_type="pt", callback_on_step_end=record,
    ).images
    save_file(
        {"latents": latents, "steps": torch.stack(steps).contiguous(), "image": image.contiguous()},
        EXPECTED / "text-pipeline.safetensors",
        metadata={"prompts": json.dumps(PROMPTS)},
    )


def main() -> None:
    torch.set_grad_enabled(True)
    EXPECTED.mkdir(parents=True, exist_ok=True)
    generator = torch.Generator().manual_seed(20240117)
    transformer = make_transformer(generator)
    vae = make_vae(generator)
    scheduler = FlowMatchEulerDiscreteScheduler(**SCHEDULES["released"])
    transformer.save_pretrained(MODEL / "transformer")
    vae.save_pretrained(MODEL / "vae")
    scheduler.save_pretrained(MODEL / "scheduler")
    transformer_fixture(transformer, generator)
    vae_fixture(vae, generator)
    scheduler_fixture()
    pipeline_fixture(transformer, vae, scheduler, generator)
    text_pipeline_fixture(transformer, vae, scheduler, generator)


if __name__ == "__main__":
    main()
