"""Writes the trained VAE with its latent statistics: work/vae.pt -> packages/emoji-world/model/vae.

The statistics (mean and standard deviation of each channel) are those of all concept x scene pictures.

    python save_vae.py
"""

import torch
from diffusers import AutoencoderKLQwenImage

from common import DEVICE, MODEL, WORK, load_checkpoint
from dataset import concept_sheet, scene_pictures
from train_vae import CONFIG, encode, fast_single_frame


@torch.no_grad()
def main() -> None:
    state = load_checkpoint("vae")["model"]
    for key, value in state.items():  # one frame never meets the past taps of a kernel, nor the time convolutions
        if value.ndim == 5 and value.shape[2] == 3 and value.shape[3] == 3:
            value[:, :, :2] = 0
        if ".time_conv." in key:
            value.zero_()
    vae = AutoencoderKLQwenImage(**CONFIG)
    vae.load_state_dict(state)
    fast_single_frame(vae)
    vae.to(DEVICE).eval()
    latents = []
    for rgb in scene_pictures(concept_sheet()):  # one scene at a time: [C,3,64,64]
        x = (rgb / 127.5 - 1).to(DEVICE)
        latents.append(torch.cat([encode(vae, chunk)[0] for chunk in x.split(64)]).cpu())
    latents = torch.stack(latents, 1)  # [concept, scene, 16, 8, 8]
    mean = latents.mean((0, 1, 3, 4))
    std = latents.std((0, 1, 3, 4))
    torch.save((latents - mean[:, None, None]) / std[:, None, None], WORK / "latents.pt")
    plain = AutoencoderKLQwenImage(**{**CONFIG, "latents_mean": mean.tolist(), "latents_std": std.tolist()})
    plain.load_state_dict(state)
    plain.save_pretrained(MODEL / "vae")
    print("latents", tuple(latents.shape), "mean", mean.tolist(), "std", std.tolist())


if __name__ == "__main__":
    main()
