"""Draws 20 prompts with diffusers' QwenImagePipeline from given latents and saves what another engine must reproduce.

    python check_diffusers.py      # packages/emoji-world/test/fixtures/diffusers.{json,safetensors}

The tensors: latents [20,1,16,8,8] (as the pipeline draws its noise), images [20,3,64,64] in 0..1, float32, before
rounding; for prompt 0 also its conditioning and the latents after every step.
"""

import json

import torch
from diffusers import QwenImagePipeline
from safetensors.torch import save_file

from common import DEVICE, FIXTURES, MODEL, Log, seed_everything
from evaluate import Judge
from dataset import concept_rows, scenes

STEPS = 16
PROMPTS = [
    "a cat", "draw dog on a red background", "what is piano?", "a picture of a crown on a purple background", "penguin",
    "the favourite instrument of beethoven", "what is the favourite instrument of jimi hendrix? on a blue background",
    "the national animal of india on a green background", "the musical instrument of louis armstrong",
    "the flag of the country with the capital paris", "the kind of animal garfield is", "the tool of a carpenter on a yellow background",
    "what is the thing meant by the insect that makes honey?", "the object in the story of cinderella", "show teddy bear on a black background",
    "a photo of a petri dish", "an icon of traffic light on an orange background", "paint a pizza", "the logo of linux on a white background",
    "something that was never asked, in words nobody taught: Überraschung!",
]


def main() -> None:
    seed_everything(30)
    pipeline = QwenImagePipeline.from_pretrained(MODEL, torch_dtype=torch.float32).to(DEVICE)
    pipeline.set_progress_bar_config(disable=True)
    generator = torch.Generator().manual_seed(31)
    latents = torch.randn(len(PROMPTS), 1, 16, 8, 8, generator=generator)
    images, trace = [], []
    for i, prompt in enumerate(PROMPTS):
        def keep(pipe, step, t, values):
            if i == 0:
                trace.append(values["latents"][0].cpu().clone())
            return values
        packed = pipeline._pack_latents(latents[i:i + 1], 1, 16, 8, 8).to(DEVICE)
        images.append(pipeline(prompt=prompt, height=64, width=64, num_inference_steps=STEPS, latents=packed, true_cfg_scale=1.0,
                               output_type="pt", callback_on_step_end=keep).images[0].float().cpu())
    condition, _ = pipeline.encode_prompt(PROMPTS[0], device=DEVICE)
    FIXTURES.mkdir(parents=True, exist_ok=True)
    tensors = {"latents": latents, "images": torch.stack(images), "condition": condition[0].float().cpu(), "trace": torch.stack(trace)}
    save_file({k: v.detach().contiguous() for k, v in tensors.items()}, FIXTURES / "diffusers.safetensors")
    (FIXTURES / "diffusers.json").write_text(json.dumps({
        "steps": STEPS, "height": 64, "width": 64, "trueCfgScale": 1, "prompts": PROMPTS,
        "tensors": {k: list(v.shape) for k, v in tensors.items()}}, indent=1, ensure_ascii=False) + "\n")
    concepts, colours = Judge()((tensors["images"] * 255).round())
    log = Log("check_diffusers")
    for prompt, c, s in zip(PROMPTS, concepts, colours):
        log(f"{prompt!r} -> {concept_rows()[c]['name']}, {scenes()[s]['name']}")


if __name__ == "__main__":
    main()
