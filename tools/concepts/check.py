"""Checks that diffusers loads the LoRA of a concept that was learned, and draws with it what the pipeline that learned it
draws.

    python tools/concepts/check.py        # from the repository's root, after an install

learns a concept on the embedded model and saves its LoRA with learn.ts, loads it with
QwenImagePipeline.load_lora_weights, compares rank, alpha, every factor's norm and pictures of the same initial latents,
with the LoRA and after it was unloaded, and writes tools/concepts/check.json. Fails where a pixel differs by more than
1e-4 of full scale. Needs torch, transformers 5.24, diffusers 0.42.1, peft 0.21, safetensors.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import diffusers
import peft
import torch
import transformers
from diffusers import QwenImagePipeline
from safetensors.torch import load_file

ROOT = Path(__file__).resolve().parents[2]
LIMIT = 1e-4


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        script = ["node", "--import", "tsx", "tools/concepts/learn.ts", str(folder)]
        subprocess.run(script, cwd=ROOT, check=True)
        expected, plan = load_file(folder / "expected.safetensors"), json.loads((folder / "expected.json").read_text())
        pipeline = QwenImagePipeline.from_pretrained(ROOT / "packages/emoji-world/model", torch_dtype=torch.float32)
        pipeline.set_progress_bar_config(disable=True)

        def differences(name: str) -> list[float]:
            found = []
            for at, prompt in enumerate(plan["prompts"]):
                noise = expected[f"noise.{at}"][None]
                size = noise.shape[-1] * pipeline.vae_scale_factor
                packed = pipeline._pack_latents(noise, 1, *noise.shape[2:])
                image = pipeline(
                    prompt=prompt, height=size, width=size, num_inference_steps=plan["steps"], latents=packed,
                    true_cfg_scale=1.0, output_type="pt",
                ).images
                found.append((image - expected[f"{name}.{at}"]).abs().max().item())
            return found

        pipeline.load_lora_weights(folder / "lora", adapter_name="concept")
        config = pipeline.transformer.peft_config["concept"]
        factors = {name: value.float() for name, value in pipeline.transformer.named_parameters() if ".lora_" in name}
        # The file carries alpha / rank in B, with alpha the rank.
        scale = {"A": 1, "B": (plan["alpha"] / plan["rank"]) / (config.lora_alpha / config.r)}
        norms = [
            abs(factors[f"{site}.lora_{part}.concept.weight"].norm().item() / (wanted * scale[part]) - 1)
            for site, both in plan["norms"].items() for part, wanted in zip("AB", both)
        ]
        learned = differences("learned")
        pipeline.unload_lora_weights()
        plain = differences("plain")
        size = [(expected[f"learned.{at}"] - expected[f"plain.{at}"]).abs().max().item() for at in range(len(plan["prompts"]))]
        checks = {
            "the rank is what was learned": config.r == plan["rank"],
            "every factor is there with its scale, and no other": len(factors) == len(norms) and max(norms) < 1e-5,
            "pictures are those of the pipeline that learned it": max(learned) < LIMIT,
            "unloaded, they are those of before": max(plain) < LIMIT,
            "the LoRA changes the pictures of its anchor": min(size[:2]) > 100 * LIMIT,
        }
    result = {
        "diffusers": diffusers.__version__, "transformers": transformers.__version__, "peft": peft.__version__,
        "torch": torch.__version__, "prompts": plan["prompts"], "picturesLargestDifference": learned,
        "picturesWithoutItLargestDifference": plain, "loraChangesPicturesBy": size, "factors": len(factors), "checks": checks,
    }
    Path(__file__).with_suffix(".json").write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result, indent=1))
    sys.exit(0 if all(checks.values()) else 1)


if __name__ == "__main__":
    main()
