"""Checks that diffusers and transformers load what `savePretrained` writes, and compute with it what the pipeline that
was saved computes with its edit applied.

    python tools/save-pretrained/check.py [CHECKPOINT]        # from the repository's root, after an install

edits and saves the checkpoint (the embedded model where none is given) with save.ts, loads the saved folder with
QwenImagePipeline, compares hidden states and pictures, and writes tools/save-pretrained/check.json. Fails where a
relative difference passes 1e-4. Needs torch, transformers 5.24, diffusers 0.42.1, safetensors.
"""

import hashlib
import sys
import tempfile
from pathlib import Path

import diffusers
import torch
import transformers
from safetensors import safe_open
from transformers import AutoTokenizer, Qwen2_5_VLForConditionalGeneration

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from diffusers_check import LIMIT, ROOT, draw, finish, load_expected, load_pipeline, relative, run_script


def tensors_of(folder: Path) -> dict[str, tuple]:
    """Name -> dtype, shape and hash of every tensor of a component, however it is sharded."""
    found = {}
    for path in sorted(folder.glob("*.safetensors")):
        with safe_open(path, framework="pt") as file:
            for name in file.keys():
                tensor = file.get_tensor(name)
                found[name] = (str(tensor.dtype), list(tensor.shape), hashlib.sha256(tensor.numpy().tobytes()).hexdigest())
    return found


def other_files(folder: Path) -> dict[str, bytes]:
    paths = [path for path in folder.rglob("*") if path.is_file() and "safetensors" not in path.name]
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def main() -> None:
    checkpoint = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "packages/emoji-world/model").resolve()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        run_script("tools/save-pretrained/save.ts", checkpoint, folder)
        saved = folder / "model"
        expected, plan = load_expected(folder)
        pipeline = load_pipeline(saved)
        states, pictures, edit = [], [], []
        for at, prompt in enumerate(plan["prompts"]):
            got, _ = pipeline.encode_prompt(prompt, device="cpu")
            states.append(relative(got, expected[f"states.{at}"]))
            edit.append(relative(expected[f"plain.{at}"], expected[f"states.{at}"]))
            image = draw(pipeline, prompt, expected[f"noise.{at}"], plan["steps"])
            pictures.append((image - expected[f"picture.{at}"]).abs().max().item())
        before, after = tensors_of(checkpoint / "text_encoder"), tensors_of(saved / "text_encoder")
        changed = sorted(name for name in before if before[name] != after.get(name))
        kept = other_files(checkpoint)
        alone = Qwen2_5_VLForConditionalGeneration.from_pretrained(saved / "text_encoder", dtype=torch.float32)
        tokenizer = AutoTokenizer.from_pretrained(saved / "tokenizer")
        checks = {
            "hidden states are those of the edited pipeline": max(states) < LIMIT,
            "pictures are those of the edited pipeline": max(pictures) < LIMIT,
            "the edit changes the hidden states of its own prompt": edit[0] > 100 * LIMIT,
            "the text encoder is in shards": len(list((saved / "text_encoder").glob("*-of-*.safetensors"))) > 1,
            "every tensor keeps name, dtype and shape": {n: t[:2] for n, t in before.items()} == {n: t[:2] for n, t in after.items()},
            "only matrices of the feed-forward layers changed": len(changed) > 0 and all(".mlp." in name for name in changed),
            "other components keep their tensors": all(tensors_of(checkpoint / c) == tensors_of(saved / c) for c in ("transformer", "vae")),
            "all other files are kept": {name: other_files(saved).get(name) for name in kept} == kept,
            "transformers loads the text encoder alone": alone.config.text_config.hidden_size == expected["states.0"].shape[-1],
            "transformers loads the tokenizer": len(tokenizer("a cat").input_ids) > 0,
        }
    result = {
        "diffusers": diffusers.__version__, "transformers": transformers.__version__, "torch": torch.__version__,
        "prompts": plan["prompts"], "steps": plan["steps"], "changedTensors": len(changed),
        "statesRelativeDifference": states, "picturesLargestDifference": pictures, "editRelativeSize": edit, "checks": checks,
    }
    finish(__file__, result, all(checks.values()))


if __name__ == "__main__":
    main()
