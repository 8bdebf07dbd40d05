"""Lists the tensors of Qwen-Image's three networks at full size, as the reference classes declare them.

    python tools/models-fixtures/fullsize.py

builds diffusers' and transformers' classes on torch's meta device, where tensors have shapes and no data, and writes
packages/models/test/fixtures/fullsize/{transformer,text_encoder,vae}.json: the class, the config that it was built
from, its number of parameters, and its tensors, {"name": shape}. A name may hold one range: "blocks.{0-59}.bias" are
sixty tensors. Needs torch, diffusers 0.42.1, transformers 5.24.

The transformer and the VAE have their classes' defaults, which are the released sizes. Those of the text encoder are
not: Qwen2.5-VL's defaults are another size of it, so the 7B sizes below are from hand and were not compared with the
released checkpoint's config.json.
"""

import json
import re
from pathlib import Path

import torch
from diffusers import AutoencoderKLQwenImage, QwenImageTransformer2DModel
from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration

OUT = Path(__file__).resolve().parents[2] / "packages/models/test/fixtures/fullsize"

QWEN2_5_VL_7B = dict(
    text_config=dict(
        vocab_size=152064, hidden_size=3584, intermediate_size=18944, num_hidden_layers=28, num_attention_heads=28,
        num_key_value_heads=4, max_position_embeddings=128000, rms_norm_eps=1e-6, tie_word_embeddings=False,
    ),
    vision_config=dict(hidden_size=1280, out_hidden_size=3584, intermediate_size=3420, depth=32, num_heads=16),
    tie_word_embeddings=False,
)
# What a reader of config.json needs; the rest of transformers' fields are defaults of no interest here.
TEXT_FIELDS = [
    "model_type", "vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads",
    "num_key_value_heads", "hidden_act", "max_position_embeddings", "rms_norm_eps", "rope_parameters",
    "tie_word_embeddings", "use_sliding_window",
]


def on_disk(name: str) -> str:
    """The spelling of the released files, which transformers keeps when it saves: visual.*, model.*, lm_head.*."""
    return name.replace("model.visual.", "visual.", 1).replace("model.language_model.", "model.", 1)


def fold(shapes: dict[str, list[int]]) -> dict[str, list[int]]:
    """Tensors that differ in one number of their names, of the same shape, as one entry."""
    groups: dict[tuple, list[int]] = {}
    for name, shape in shapes.items():
        match = re.search(r"(?<=\.)\d+(?=\.)", name)
        key = (name[: match.start()], name[match.end():], *shape) if match else (name, None, *shape)
        groups.setdefault(key, []).append(int(match[0]) if match else 0)
    folded = {}
    for (before, after, *shape), numbers in groups.items():
        if after is None:
            folded[before] = shape
        elif len(numbers) > 1 and numbers == list(range(numbers[0], numbers[0] + len(numbers))):
            folded[f"{before}{{{numbers[0]}-{numbers[-1]}}}{after}"] = shape
        else:
            folded.update({f"{before}{number}{after}": shape for number in numbers})
    return folded


def unfold(folded: dict[str, list[int]]) -> dict[str, list[int]]:
    shapes = {}
    for name, shape in folded.items():
        match = re.search(r"\{(\d+)-(\d+)\}", name)
        numbers = range(int(match[1]), int(match[2]) + 1) if match else [None]
        for number in numbers:
            shapes[name if match is None else name.replace(match[0], str(number))] = shape
    return shapes


def write(component: str, network: torch.nn.Module, config: dict, rename=lambda name: name) -> None:
    shapes = {rename(name): list(tensor.shape) for name, tensor in network.state_dict().items()}
    folded = fold(shapes)
    assert unfold(folded) == shapes
    content = dict(
        className=type(network).__name__,
        config=config,
        tensorCount=len(shapes),
        parameters=sum(parameter.numel() for parameter in network.parameters()),
    )
    lines = [f"  {json.dumps(key)}: {json.dumps(value)}," for key, value in content.items()]
    entries = ",\n".join(f"    {json.dumps(name)}: {json.dumps(shape)}" for name, shape in folded.items())
    text = "\n".join(["{", *lines, f'  "tensors": {{\n{entries}\n  }}', "}"]) + "\n"
    (OUT / f"{component}.json").write_text(text)
    print(f"{component}: {len(shapes)} tensors in {len(folded)} lines, {content['parameters']:,} parameters")


def public(config) -> dict:
    return {key: value for key, value in config.items() if not key.startswith("_")}


def main() -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    with torch.device("meta"):
        transformer = QwenImageTransformer2DModel()
        vae = AutoencoderKLQwenImage()
        encoder = Qwen2_5_VLForConditionalGeneration(Qwen2_5_VLConfig(**QWEN2_5_VL_7B))
    write("transformer", transformer, public(transformer.config))
    write("vae", vae, public(vae.config))
    text = encoder.config.text_config.to_dict()
    config = dict(
        architectures=["Qwen2_5_VLForConditionalGeneration"],
        model_type="qwen2_5_vl",
        text_config={field: text[field] for field in TEXT_FIELDS if field in text},
    )
    write("text_encoder", encoder, config, on_disk)


if __name__ == "__main__":
    main()
