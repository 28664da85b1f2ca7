"""Rolnick et al. (2017), "Deep Learning is Robust to Massive Label Noise", with sknoisy.

    python examples/papers/rolnick_2017.py --quick --data-home DIR
    python examples/papers/rolnick_2017.py --full --only experiment=uniform network=mlp2
    python examples/papers/rolnick_2017.py --full --only network=conv4 --device cuda --jobs 8
    python examples/papers/rolnick_2017.py list --full
    python examples/papers/rolnick_2017.py report

For each clean example alpha more are added whose labels say little. The experiments are the
paper's figures: "uniform" noise by network; "summed", the same with all labels of an image in one
batch; "structured" noise by degree and order; added examples
from elsewhere ("vocabulary"); "unique" against repeated ones; "sample_size", with the number of
clean examples that a given accuracy takes; "batch_size"; "h_alpha", the limit of an infinite
batch; "rate", the learning rate. "choice" is what the rates and the number of examples were settled
by: noisy labels that are held out. What the paper did not try stands beside: the same with forward
correction, for T of the diluted set is known.

A run is one training; a row of docs/results/rolnick_2017.csv is written when it ends, and the same
command goes on after an interruption. --quick trains on fewer examples; --full has all of MNIST
and CIFAR-10, of which only the perceptron, the MLPs and "conv4-narrow" are meant for a CPU.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from _dilution_report import write_report
from _dilutions import GREY, run_dilution
from _experiments import Context, Study, main
from _results import Row

Settings = Mapping[str, Any]
LOSSES = ("cross_entropy", "forward")
FLAT_NETWORKS = ("perceptron", "mlp1", "mlp2", "mlp4")
MNIST_NETWORKS = (*FLAT_NETWORKS, "conv4-narrow", "conv4")
CIFAR10_NETWORKS = ("conv2", "conv4", "conv6", "resnet18")
# How many examples a training sees at most; at least one pass over the diluted set.
SEEN = {"tiny": 2_000, "quick": 120_000, "full": 600_000}
# Of "uniform", networks that a CPU trains fast; by "choice", five passes at alpha = 20.
SEEN_LONG = 6_000_000
# Five passes over 10,000 clean examples at alpha = 20.
SEEN_FIVE_TIMES = 1_000_000
# Where few clean examples would be memorised, the number is chosen by the held-out loss.
SEEN_CHOICES = {
    "tiny": (2_000,),
    "quick": (30_000, 120_000),
    "full": (30_000, 100_000, 600_000, 2_000_000),
}
MOST_PASSES = 50
# Over images with all their labels: the rate is Adam's, and passes are what a CPU has the time for.
SUMMED = {"source": "summed", "batch_size": 64, "lr": 0.001}
SUMMED_PASSES = {100: 5, 50: 3}
FEWEST_PASSES = 2
# Of "critical", by alpha: clean examples, and how many images to see. More is worse but at 50.
CRITICAL = {
    10: ((500, 1000, 2000, 4000, 8000), (20_000, 60_000)),
    20: ((1000, 2000, 4000, 8000, 16_000), (20_000, 60_000)),
    50: ((5000, 10_000, 20_000, 50_000), (20_000, 60_000, 180_000)),
}
# Of AdaDelta at the start, by "choice"; a cosine anneals it.
LEARNING_RATES = {"cross_entropy": 1.0, "forward": 0.3, "h_alpha": 0.05}
PERCEPTRON_RATE = 0.1
# Of MLPs at alpha = 100, where SEEN_LONG is one pass.
ONE_PASS_RATE = 0.1


def grid(scale: str) -> list[dict[str, Any]]:
    """All runs of a scale; each experiment says where it starts from."""
    base = {"data": "mnist", "n_examples": SEEN[scale]}
    if scale == "tiny":
        base["n_clean"] = 500
    experiments = (
        uniform,
        summed,
        sample_size,
        critical,
        structured,
        vocabulary,
        unique,
        batch_size,
        h_alpha,
        rate,
        choice,
    )
    return [
        {
            **base,
            "experiment": experiment.__name__,
            "lr": LEARNING_RATES[settings["loss"]],
            **settings,
        }
        for experiment in experiments
        for settings in experiment(scale)
    ]


def uniform(scale: str) -> Iterator[Settings]:
    """Figure 1 to 3: accuracy against alpha for each network."""
    alphas = {"tiny": (0, 5), "quick": (0, 5, 10), "full": (0, 10, 20, 50, 100)}[scale]
    networks = {"tiny": ("perceptron", "mlp2"), "quick": ("perceptron", "mlp2")}
    size = {} if scale != "quick" else {"n_clean": 10_000}
    for network in networks.get(scale, MNIST_NETWORKS):
        flat = not network.startswith("conv")
        seen = {"n_examples": SEEN_LONG} if flat and scale == "full" else {}
        for alpha in alphas:
            for loss in LOSSES if alpha else LOSSES[:1]:
                lr = {}
                if network == "perceptron" and loss == "cross_entropy":
                    lr = {"lr": PERCEPTRON_RATE}
                elif network.startswith("mlp") and alpha == 100:
                    lr = {"lr": ONE_PASS_RATE}
                yield {"network": network, "alpha": alpha, "loss": loss, **size, **seen, **lr}
    if scale != "full":
        return
    for network in CIFAR10_NETWORKS:
        for alpha in (0, 2, 5, 10):
            for loss in LOSSES if alpha else LOSSES[:1]:
                yield {"data": "cifar10", "network": network, "alpha": alpha, "loss": loss}


def summed(scale: str) -> Iterator[Settings]:
    """Figure 1 to 3 again: the 1 + alpha labels of an image stand in one batch, as their shares.

    The loss of a pass is that of "uniform". What a network computes for an image serves all its
    labels, so that a pass takes as long at any alpha, and a CPU carries the ConvNet.
    """
    networks, alphas, n_clean = {
        "tiny": (("perceptron",), (5,), 500),
        "quick": (("perceptron", "mlp2"), (100, 10, 0), 10_000),
        "full": (("conv4-narrow", *FLAT_NETWORKS, "conv4"), (100, 50, 20, 10, 0), 60_000),
    }[scale]
    size = {} if scale == "full" else {"n_clean": n_clean}
    for network in networks:
        for alpha in alphas:
            seen = SUMMED_PASSES.get(alpha, FEWEST_PASSES) * n_clean * (1 + alpha)
            for loss in LOSSES if alpha else LOSSES[:1]:
                yield {
                    **{"network": network, "alpha": alpha, "loss": loss, **SUMMED},
                    **{"n_examples": seen, **size},
                }


def sample_size(scale: str) -> Iterator[Settings]:
    """Accuracy against the number of clean examples; its crossing is the critical size."""
    alphas = {"tiny": (5,), "quick": (10,), "full": (10, 20, 50)}[scale]
    sizes = {"tiny": (200,), "quick": (1000, 4000)}.get(
        scale, (500, 1000, 2000, 5000, 10000, 20000, 50000)
    )
    networks = ("mlp2",) if scale != "full" else ("mlp2", "conv4-narrow", "conv4")
    for network in networks:
        for alpha in alphas:
            for n_clean in sizes:
                # More than 600,000 is for networks that a CPU trains fast.
                most = SEEN_LONG if network == "mlp2" else SEEN[scale]
                for n_examples in numbers_to_see(scale, n_clean * (1 + alpha), most):
                    for loss in LOSSES:
                        yield {
                            **{"network": network, "alpha": alpha, "loss": loss},
                            **{"n_clean": n_clean, "n_examples": n_examples},
                        }


def critical(scale: str) -> Iterator[Settings]:
    """The same for the ConvNet near the sizes that the paper names, as in "summed".

    The held-out loss chooses how often to see the images.
    """
    sizes = {"tiny": {5: ((200,), (1_000,))}, "quick": {}, "full": CRITICAL}[scale]
    network = "perceptron" if scale == "tiny" else "conv4-narrow"
    for alpha, (numbers, seen) in sizes.items():
        for n_clean in numbers:
            for passes in dict.fromkeys(max(1, round(n_images / n_clean)) for n_images in seen):
                for loss in LOSSES:
                    yield {
                        **{"network": network, "alpha": alpha, "loss": loss, **SUMMED},
                        **{"n_clean": n_clean, "n_examples": passes * n_clean * (1 + alpha)},
                    }


def numbers_to_see(scale: str, size: int, most: int) -> list[int]:
    """How many examples of a set of `size` to see; those that make a difference."""
    by_passes = {max(1, round(n / size)): n for n in SEEN_CHOICES[scale] if n <= most}
    return [n for passes, n in by_passes.items() if passes <= MOST_PASSES]


def structured(scale: str) -> Iterator[Settings]:
    """Accuracy against the degree of structure, for three orders of the wrong classes."""
    alpha = 20 if scale == "full" else 10
    degrees = {"tiny": (0.5,), "quick": (0.0, 0.5, 0.9)}.get(scale, (0.0, 0.25, 0.5, 0.75, 0.9))
    size = {} if scale == "tiny" else {"n_clean": 10_000}
    networks: list[dict[str, Any]] = [{"network": "mlp2", **size}]
    if scale == "full":
        networks[0] |= {"n_examples": SEEN_FIVE_TIMES}
        n_clean = 20_000  # Three passes, as in "critical".
        conv = {"n_clean": n_clean, "n_examples": 3 * n_clean * (1 + alpha), **SUMMED}
        networks.append({"network": "conv4-narrow", **conv})
    for network in networks:
        for order in ("confusion", "reverse", "random"):
            for delta in degrees:
                for loss in LOSSES:
                    yield {**network, "alpha": alpha, "loss": loss, "order": order, "delta": delta}


def vocabulary(scale: str) -> Iterator[Settings]:
    """Added examples that belong to no class, beside added ones that do."""
    alphas = {"tiny": (5,), "quick": (5, 10)}.get(scale, (5, 10, 20, 50))
    clean = {} if scale == "tiny" else {"n_clean": 10_000}
    for source in ("same", "white noise"):
        for alpha in alphas:
            yield {
                **{"network": "mlp2", "alpha": alpha, "loss": "cross_entropy"},
                **{"source": source, **clean},
            }
    if scale == "full":
        # Grey images in the role of CIFAR-100, and a network that a CPU trains.
        for source in ("same", "white noise", GREY):
            for alpha in (5, 10, 20):
                yield {
                    **{"network": "conv4-narrow", "alpha": alpha, "loss": "cross_entropy"},
                    **{"source": source, **clean, "n_examples": 300_000},
                }
        for source in ("same", "white noise", "cifar100"):
            for alpha in (2, 5, 10):
                yield {
                    **{"data": "cifar10", "network": "conv4", "alpha": alpha},
                    **{"loss": "cross_entropy", "source": source},
                }


def unique(scale: str) -> Iterator[Settings]:
    """Noisy labels on the clean examples once more, or on examples of their own."""
    alphas = {"tiny": (5,), "quick": (5, 10)}.get(scale, (5, 10, 20, 50))
    for source in ("repeated", "unique"):
        for alpha in alphas:
            n_clean = 200 if scale == "tiny" else 1000
            for n_examples in numbers_to_see(scale, n_clean * (1 + alpha), SEEN[scale]):
                for loss in LOSSES:
                    yield {
                        **{"network": "mlp2", "alpha": alpha, "loss": loss},
                        **{"source": source, "n_clean": n_clean, "n_examples": n_examples},
                    }


def batch_size(scale: str) -> Iterator[Settings]:
    """Large batches, at the same number of passes."""
    sizes = {"tiny": (32,), "quick": (32, 128, 512)}.get(scale, (32, 64, 128, 256, 512))
    alphas = {"tiny": (5,), "quick": (10,)}.get(scale, (10, 20, 50))
    clean = {} if scale == "tiny" else {"n_clean": 5000}
    for alpha in alphas:
        for size in sizes:
            for loss in LOSSES:
                yield {
                    **{"network": "mlp2", "alpha": alpha, "loss": loss, **clean},
                    **{"batch_size": size},
                }


def h_alpha(scale: str) -> Iterator[Settings]:
    """Clean examples with the loss that a diluted batch without limit would give.

    The logits of the minimum are about 10 / (1 + alpha) apart, for any network outside its usual
    range. It divides its logits by 1 + alpha, which makes the gradients smaller a second time; the
    rate makes up for both, which is simple with SGD. Rate and passes by the loss on held-out
    training examples, whose labels are clean here.
    """
    alphas = {"tiny": (0, 10), "quick": (0, 10, 100)}.get(scale, (0, 5, 10, 20, 50, 100))
    seen = {"n_examples": 2 * SEEN[scale]}
    for alpha in alphas:
        lr = round(LEARNING_RATES["h_alpha"] * (1 + alpha) ** 2, 6)
        yield {"network": "mlp2", "loss": "h_alpha", "loss_alpha": alpha, "lr": lr, **seen}


def rate(scale: str) -> Iterator[Settings]:
    """The four rates of the paper, and AdaDelta's own."""
    rates = {"tiny": (0.1,), "quick": (0.1, 0.5, 1.0)}.get(scale, (0.01, 0.05, 0.1, 0.5, 1.0))
    alphas = {"tiny": (5,), "quick": (5, 20)}.get(scale, (0, 5, 10, 20, 50))
    size = {} if scale == "tiny" else {"n_clean": 10_000}
    seen = {"n_examples": SEEN_FIVE_TIMES} if scale == "full" else {}
    for alpha in alphas:
        for lr in rates:
            for loss in LOSSES if alpha else LOSSES[:1]:
                yield {"network": "mlp2", "alpha": alpha, "loss": loss, "lr": lr, **size, **seen}


def choice(scale: str) -> Iterator[Settings]:
    """Rates and passes, by the loss of held-out noisy labels: of "uniform", and of a ConvNet."""
    seen, clean = {"tiny": ((1_000,), 400), "quick": ((120_000,), 5_000)}.get(
        scale, ((1_200_000, 3_500_000, 6_000_000), 55_000)
    )
    rates = {"perceptron": (0.03, 0.1, 0.3, 1.0), "mlp2": (0.1, 0.3, 1.0)}
    for network in ("perceptron",) if scale == "tiny" else ("perceptron", "mlp2"):
        for loss in LOSSES:
            for lr in rates[network][: 1 if scale == "tiny" else None]:
                for n_examples in seen:
                    yield {
                        **{"network": network, "alpha": 20, "loss": loss, "lr": lr},
                        **{"n_examples": n_examples, "n_clean": clean},
                    }
    if scale == "full":
        for loss in LOSSES:
            for lr in (0.1, 0.3, 1.0):
                yield {
                    **{"network": "mlp2", "alpha": 100, "loss": loss, "lr": lr},
                    **{"n_examples": SEEN_LONG, "n_clean": clean},
                }
        for lr in (0.3, 0.5, 1.0):
            yield {
                **{"network": "conv4-narrow", "alpha": 10, "loss": "cross_entropy", "lr": lr},
                **{"n_clean": 10_000},
            }
        for passes in (FEWEST_PASSES, SUMMED_PASSES[100]):
            for loss in LOSSES:
                yield {
                    **{"network": "conv4-narrow", "alpha": 100, "loss": loss, **SUMMED},
                    **{"n_clean": clean, "n_examples": passes * clean * 101},
                }


def report(rows: Sequence[Row], folder: Path) -> list[Path]:
    jobs = [*STUDY.jobs("quick"), *STUDY.jobs("full")]
    return write_report(rows, folder, jobs, STUDY.key_columns)


def run(settings: Settings, seed: int, context: Context) -> Mapping[str, Any]:
    return run_dilution(settings, seed, context)


STUDY = Study(
    name="rolnick_2017",
    description=__doc__,
    settings=(
        "experiment",
        "data",
        "network",
        "alpha",
        "loss",
        "n_clean",
        "delta",
        "order",
        "source",
        "batch_size",
        "lr",
        "loss_alpha",
        "n_examples",
    ),
    results=("accuracy", "held_out_loss", "epochs"),
    grid=grid,
    run=run,
    report=report,
)

if __name__ == "__main__":
    sys.exit(main(STUDY))
