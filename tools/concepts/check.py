"""Checks that diffusers loads the LoRA of a concept that was learned, and draws with it what the pipeline that learned it
draws.

    python tools/concepts/check.py        # from the repository's root, after an install

learns a concept on the embedded model and saves its LoRA with learn.ts, loads it with
QwenImagePipeline.load_lora_weights, compares rank, alpha, every factor's norm and pictures of the same initial latents,
with the LoRA and after it was unloaded, and writes tools/concepts/check.json. Fails where a pixel differs by more than
1e-4 of full scale. Needs torch, transformers 5.24, diffusers 0.42.1, peft 0.21, safetensors.
"""

import sys
import tempfile
from pathlib import Path

import diffusers
import peft
import torch
import transformers

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from diffusers_check import LIMIT, ROOT, draw, finish, load_expected, load_pipeline, run_script


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        run_script("tools/concepts/learn.ts", folder)
        expected, plan = load_expected(folder)
        pipeline = load_pipeline(ROOT / "packages/emoji-world/model")

        def differences(name: str) -> list[float]:
            images = [draw(pipeline, prompt, expected[f"noise.{at}"], plan["steps"]) for at, prompt in enumerate(plan["prompts"])]
            return [(image - expected[f"{name}.{at}"]).abs().max().item() for at, image in enumerate(images)]

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
    finish(__file__, result, all(checks.values()))


if __name__ == "__main__":
    main()
