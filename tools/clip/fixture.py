"""A tiny random CLIP as two ONNX models, and what transformers computes with it on two pictures and three texts.

    python tools/clip/fixture.py packages/bench/test/fixtures/clip

torch 2.13, transformers 5.24, Pillow. The exporter of torch wants the package onnx only for functions of onnxscript, of
which these models have none.
"""
import json
import os
import sys

import numpy as np
import torch
from PIL import Image
from torch.onnx._internal.torchscript_exporter import onnx_proto_utils
from transformers import CLIPConfig, CLIPModel
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

onnx_proto_utils._add_onnxscript_fn = lambda model, *_: model

folder = sys.argv[1]
os.makedirs(folder, exist_ok=True)
torch.manual_seed(0)
size = 16
text = dict(vocab_size=32, hidden_size=8, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2,
            max_position_embeddings=6, bos_token_id=0, eos_token_id=31, pad_token_id=31)
vision = dict(hidden_size=8, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2, image_size=size, patch_size=8)
model = CLIPModel(CLIPConfig(text_config=text, vision_config=vision, projection_dim=6)).eval()
model.requires_grad_(False)
for parameter in model.parameters():
    parameter.data.normal_(0, 0.5)


class Pictures(torch.nn.Module):
    def forward(self, pixels):
        return model.visual_projection(model.vision_model(pixel_values=pixels).pooler_output)


class Texts(torch.nn.Module):
    def forward(self, ids):
        return model.text_projection(model.text_model(input_ids=ids).pooler_output)


processor = CLIPImageProcessorPil(size={"shortest_edge": size}, crop_size={"height": size, "width": size})


def preprocess(picture):
    return torch.tensor(np.asarray(processor(picture)["pixel_values"][0])[None], dtype=torch.float32)


random = np.random.default_rng(1)
# One is made smaller, the other larger.
pictures = [random.integers(0, 256, (height, width, 3), dtype=np.uint8) for width, height in [(37, 29), (9, 12)]]
pixels = [preprocess(Image.fromarray(each)) for each in pictures]
ids = torch.tensor([[0, 5, 9, 31], [0, 7, 2, 31], [0, 21, 21, 31]])
names = dict(input_names=["input"], output_names=["embeddings"], dynamic_axes={"input": {0: "batch"}})
torch.onnx.export(Pictures(), (pixels[0],), f"{folder}/pictures.onnx", dynamo=False, opset_version=17, **names)
torch.onnx.export(Texts(), (ids,), f"{folder}/texts.onnx", dynamo=False, opset_version=17, **names)
with torch.no_grad():
    seen = torch.cat([Pictures()(each) for each in pixels]).double()
    said = Texts()(ids).double()
unit = lambda rows: rows / rows.norm(dim=1, keepdim=True)
json.dump({
    "size": size,
    "pictures": [{"width": each.shape[1], "height": each.shape[0], "rgb": each.flatten().tolist()} for each in pictures],
    "pixels": [each.flatten().tolist() for each in pixels],
    "ids": ids.tolist(),
    "pictureWithText": (unit(seen) @ unit(said).T).tolist(),
    "pictureWithPicture": (unit(seen) @ unit(seen).T)[0, 1].item(),
}, open(f"{folder}/expected.json", "w"))
