"""What checks of saved files share: a script of ours writes files and what it computed with them, diffusers loads the files,
and what both compute is compared. A check lies in a folder beside this file and finds it by `sys.path`.
"""

import json
import subprocess
import sys
from pathlib import Path

import torch
from diffusers import QwenImagePipeline
from safetensors.torch import load_file

ROOT = Path(__file__).resolve().parents[1]
LIMIT = 1e-4


def run_script(script: str, *arguments: object) -> None:
    """Runs one of our scripts from the repository's root."""
    subprocess.run(["node", "--import", "tsx", script, *map(str, arguments)], cwd=ROOT, check=True)


def load_expected(folder: Path) -> tuple[dict[str, torch.Tensor], dict]:
    """The tensors and the plan that a script kept."""
    return load_file(folder / "expected.safetensors"), json.loads((folder / "expected.json").read_text())


def load_pipeline(folder: Path) -> QwenImagePipeline:
    pipeline = QwenImagePipeline.from_pretrained(folder, torch_dtype=torch.float32)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def draw(pipeline: QwenImagePipeline, prompt: str, noise: torch.Tensor, steps: int) -> torch.Tensor:
    """The picture [1, 3, height, width] in 0 to 1 of initial latents [1, channels, height, width]."""
    noise = noise[None]
    size = noise.shape[-1] * pipeline.vae_scale_factor
    packed = pipeline._pack_latents(noise, 1, *noise.shape[2:])
    return pipeline(
        prompt=prompt, height=size, width=size, num_inference_steps=steps, latents=packed, true_cfg_scale=1.0, output_type="pt",
    ).images


def relative(got: torch.Tensor, expected: torch.Tensor) -> float:
    """The largest difference as a share of the largest expected magnitude."""
    return ((got - expected).abs().max() / expected.abs().max()).item()


def finish(check: str, result: dict, passed: bool) -> None:
    """Writes the result beside the check, prints it, and ends with 0 where it passed."""
    text = json.dumps(result, indent=1)
    Path(check).with_suffix(".json").write_text(text + "\n")
    print(text)
    sys.exit(0 if passed else 1)
