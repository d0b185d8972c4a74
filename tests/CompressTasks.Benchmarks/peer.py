"""ResNet-20 in PyTorch, as TrainingThroughput writes it in TorchSharp: trains STEPS steps for each line on its input and answers with samples per second."""
import sys
import time

import torch
from torch import nn
from torch.nn import functional

BATCH, STEPS = int(sys.argv[1]), int(sys.argv[2])
FORMAT = torch.channels_last if sys.argv[3] == "channels-last" else torch.contiguous_format


class Block(nn.Module):
    def __init__(self, given, width, stride):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(given, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(), nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width))
        self.shortcut = nn.Sequential(nn.Conv2d(given, width, 1, stride, bias=False), nn.BatchNorm2d(width)) if stride > 1 else nn.Identity()

    def forward(self, x):
        return functional.relu(self.body(x) + self.shortcut(x))


class ResNet20(nn.Module):
    def __init__(self):
        super().__init__()
        layers, given = [nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()], 16
        for width in (16, 32, 64):
            for _ in range(3):
                layers.append(Block(given, width, 2 if width > given else 1))
                given = width
        self.layers, self.head = nn.Sequential(*layers), nn.Linear(64, 10)

    def forward(self, x):
        return self.head(self.layers(x).mean((2, 3)))


torch.set_num_threads(1)
model = ResNet20().to(memory_format=FORMAT).train()
optimizer = torch.optim.SGD(model.parameters(), 0.01, 0.9)
inputs = torch.rand(BATCH, 3, 32, 32).to(memory_format=FORMAT)
labels = torch.randint(0, 10, (BATCH,))
print(torch.__version__, flush=True)
for _ in sys.stdin:
    start = time.perf_counter()
    for _ in range(STEPS):
        optimizer.zero_grad(set_to_none=False)
        functional.cross_entropy(model(inputs), labels).backward()
        optimizer.step()
    print(BATCH * STEPS / (time.perf_counter() - start), flush=True)
