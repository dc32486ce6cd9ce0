# The program of Sources/Library with PyTorch, timm and segmentation_models_pytorch:
#     python library_pytorch.py path/to/data image.jpg
import sys
from pathlib import Path

import numpy as np
import timm
import torch
import torch.nn.functional as F
from PIL import Image
from segmentation_models_pytorch.base.modules import Conv2dReLU
from segmentation_models_pytorch.decoders.deeplabv3.decoder import SeparableConv2d
from torch import nn
from torch.utils.data import DataLoader, Dataset
from torchvision import tv_tensors
from torchvision.transforms import v2

normalize = v2.Compose([
    v2.ToDtype(torch.float32, scale=True),
    v2.Normalize(mean=[0.485, 0.456, 0.406], std=[0.229, 0.224, 0.225]),
])


class MaskFolders(Dataset):
    def __init__(self, path, split="train", transforms=None):
        self.images = sorted((Path(path) / "images" / split).iterdir())
        self.masks = Path(path) / "masks" / split
        self.transforms = transforms

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        file = self.images[index]
        image = tv_tensors.Image(Image.open(file).convert("RGB"))
        mask = tv_tensors.Mask(np.array(Image.open(self.masks / f"{file.stem}.png")))
        return self.transforms(image, mask)


class JPU(nn.Module):  # neither timm nor segmentation_models_pytorch has one
    def __init__(self, channels, width=512, dilations=(1, 2, 4, 8)):
        super().__init__()
        self.laterals = nn.ModuleList(Conv2dReLU(c, width, 3, padding=1) for c in channels[-3:])
        self.dilated = nn.ModuleList(
            nn.Sequential(SeparableConv2d(3 * width, width, 3, padding=d, dilation=d), nn.BatchNorm2d(width), nn.ReLU())
            for d in dilations)
        self.projection = Conv2dReLU(len(dilations) * width, 320, 1)
        self.low_level = Conv2dReLU(channels[-4], 64, 1)
        self.fuse = nn.Sequential(SeparableConv2d(384, 384, 3, padding=1), nn.BatchNorm2d(384), nn.ReLU())

    def forward(self, features):
        maps = [lateral(f) for lateral, f in zip(self.laterals, features[-3:])]
        joined = torch.cat([F.interpolate(m, size=maps[0].shape[2:]) for m in maps], dim=1)
        views = torch.cat([branch(joined) for branch in self.dilated], dim=1)
        low = self.low_level(features[-4])
        projected = F.interpolate(self.projection(views), size=low.shape[2:])
        return self.fuse(torch.cat([projected, low], dim=1))


class Segmenter(nn.Module):
    def __init__(self, encoder="ese_vovnet57b", classes=19):
        super().__init__()
        self.encoder = timm.create_model(encoder, features_only=True)
        self.decoder = JPU(self.encoder.feature_info.channels())
        self.classifier = nn.Conv2d(384, classes, 1)

    def forward(self, images):
        logits = self.classifier(self.decoder(self.encoder(images)))
        return F.interpolate(logits, size=images.shape[2:])


def train(model, path, size=512, batch_size=8, epochs=80):
    transforms = v2.Compose([
        v2.ScaleJitter((size, size), scale_range=(0.5, 2)),
        v2.RandomCrop(size, pad_if_needed=True, fill={tv_tensors.Image: 0, tv_tensors.Mask: 255}),
        v2.RandomHorizontalFlip(),
        v2.ColorJitter(brightness=0.4, contrast=0.4, saturation=0.4),
        normalize,
    ])
    loader = DataLoader(
        MaskFolders(path, transforms=transforms), batch_size=batch_size, shuffle=True, drop_last=True, num_workers=2)
    criterion = nn.CrossEntropyLoss(ignore_index=255)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=1e-3, total_steps=epochs * len(loader))
    model.train()
    for epoch in range(epochs):
        total = 0
        for images, masks in loader:
            optimizer.zero_grad()
            loss = criterion(model(images), masks.long())
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1)
            optimizer.step()
            schedule.step()
            total += loss.item()
        print(f"epoch {epoch}: loss {total / len(loader)}")


@torch.no_grad()
def predict(model, path, mask):
    image = normalize(tv_tensors.Image(Image.open(path).convert("RGB")))
    classes = model.eval()(image[None])[0].argmax(dim=0)
    output = Image.fromarray(classes.byte().numpy())
    output.putpalette(np.random.default_rng(0).integers(0, 256, 768, dtype=np.uint8).tobytes())
    output.save(mask)


if __name__ == "__main__":
    model = Segmenter()
    print(model)
    train(model, sys.argv[1])
    torch.save(model.state_dict(), "segmenter.pt")

    loaded = Segmenter()
    loaded.load_state_dict(torch.load("segmenter.pt"))
    predict(loaded, sys.argv[2], "mask.png")
