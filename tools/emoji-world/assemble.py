"""Writes scheduler and model_index.json; then loads the whole folder as a QwenImagePipeline and saves it again in place.

    python assemble.py early       # fills components that are not trained yet with random weights of the final shapes
    python assemble.py
"""

import json
import sys

import torch
from diffusers import AutoencoderKLQwenImage, FlowMatchEulerDiscreteScheduler, QwenImagePipeline, QwenImageTransformer2DModel
from transformers import Qwen2_5_VLForConditionalGeneration

from common import MODEL, load_checkpoint, read_json, seed_everything
from llm import build_llm, load_tokenizer
from train_dit import CONFIG


def main() -> None:
    early = "early" in sys.argv
    seed_everything(0)
    tokenizer = load_tokenizer()
    if early and not (MODEL / "text_encoder" / "config.json").exists():
        text_encoder = build_llm(tokenizer)
        if state := load_checkpoint("llm"):
            text_encoder.load_state_dict(state["model"])
    else:
        text_encoder = Qwen2_5_VLForConditionalGeneration.from_pretrained(MODEL / "text_encoder", dtype=torch.float32)
    if early and not (MODEL / "transformer" / "config.json").exists():
        transformer = QwenImageTransformer2DModel(**CONFIG)
        if state := load_checkpoint("dit"):
            transformer.load_state_dict(state["model"])
    else:
        transformer = QwenImageTransformer2DModel.from_pretrained(MODEL / "transformer")
    scheduler = FlowMatchEulerDiscreteScheduler(
        num_train_timesteps=1000, shift=1.0, use_dynamic_shifting=True, base_shift=0.5, max_shift=0.9,
        base_image_seq_len=256, max_image_seq_len=8192, shift_terminal=0.02, time_shift_type="exponential")
    pipeline = QwenImagePipeline(scheduler=scheduler, vae=AutoencoderKLQwenImage.from_pretrained(MODEL / "vae"),
                                 text_encoder=text_encoder, tokenizer=tokenizer, transformer=transformer)
    pipeline.save_pretrained(MODEL)
    for path in MODEL.rglob("*.json"):  # where it was loaded from is nobody's business
        if path.parent != MODEL and path.name.endswith("config.json"):
            config = read_json(path)
            if isinstance(config, dict) and config.pop("_name_or_path", None) is not None:
                path.write_text(json.dumps(config, indent=2) + "\n")
    weights = sorted(MODEL.rglob("*.safetensors"))
    for path in weights:
        print(path.relative_to(MODEL), path.stat().st_size)
    total = sum(p.stat().st_size for p in weights)
    print("weights", total)
    assert total <= 30_000_000


if __name__ == "__main__":
    main()
