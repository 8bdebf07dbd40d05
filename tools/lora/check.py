"""Checks that diffusers loads the LoRAs that `saveLoraWeights` writes, and computes with them what the pipeline that saved
them computes.

    python tools/lora/check.py [CHECKPOINT]        # from the repository's root, after an install

makes and saves LoRAs of the checkpoint (the tests' tiny random one where none is given) with save.ts, loads each file with
QwenImagePipeline.load_lora_weights and the portable ones also with transformer.load_lora_adapter, compares velocities, and
writes tools/lora/check.json. Fails where a relative difference passes 1e-4. Needs torch, transformers 5.24, diffusers
0.42.1, peft 0.21, safetensors.
"""

import sys
import tempfile
from pathlib import Path

import diffusers
import peft
import torch
from safetensors.torch import load_file

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from diffusers_check import LIMIT, ROOT, finish, load_pipeline, relative, run_script

GRID = (3, 5)


def main() -> None:
    checkpoint = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "packages/models/test/fixtures/tiny-qwen-image").resolve()
    differences = {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        run_script("tools/lora/save.ts", checkpoint, folder)
        expected = load_file(folder / "expected.safetensors")
        pipeline = load_pipeline(checkpoint)
        transformer = pipeline.transformer.eval()

        @torch.no_grad()
        def velocity() -> torch.Tensor:
            return transformer(
                hidden_states=expected["latents"], timestep=expected["sigmas"], encoder_hidden_states=expected["states"],
                encoder_hidden_states_mask=None, img_shapes=[[(1, *GRID)]] * 2, return_dict=False,
            )[0]

        differences["none"] = relative(velocity(), expected["none"])
        size = {name: relative(expected[name], expected["none"]) for name in ("attention", "everywhere", "both")}
        for name in ("attention", "everywhere"):
            for form in ("diffusers", "kohya"):
                pipeline.load_lora_weights(folder / f"{name}-{form}", adapter_name=f"{name}_{form}")
                differences[f"{name}, {form}"] = relative(velocity(), expected[name])
                pipeline.unload_lora_weights()
        for name in ("attention", "everywhere"):
            pipeline.load_lora_weights(folder / f"{name}-diffusers", adapter_name=name)
        active_after_two = list(pipeline.get_active_adapters())
        pipeline.set_adapters(["attention", "everywhere"], [0.7, -0.4])
        differences["both, by weight"] = relative(velocity(), expected["both"])
        pipeline.unload_lora_weights()
        for name in ("attention", "everywhere"):
            path = folder / f"{name}-diffusers/pytorch_lora_weights.safetensors"
            transformer.load_lora_adapter(
                path.parent, weight_name=path.name, prefix="transformer", adapter_name=f"{name}_alone",
            )
            differences[f"{name}, transformer.load_lora_adapter"] = relative(velocity(), expected[name])
            transformer.unload_lora()
    result = {
        "diffusers": diffusers.__version__, "peft": peft.__version__, "torch": torch.__version__,
        "relativeDifference": differences, "adapterRelativeSize": size, "activeInDiffusersAfterTwoLoads": active_after_two,
        "right": all(value < LIMIT for value in differences.values()) and all(value > 100 * LIMIT for value in size.values()),
    }
    finish(__file__, result, result["right"])


if __name__ == "__main__":
    main()
