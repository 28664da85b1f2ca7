"""The claims of Rolnick et al. (2017), checked by the rows of rolnick_2017.py."""

from __future__ import annotations

import math
from itertools import pairwise

from _claims import (
    GPU,
    NO_DATA,
    NOT_RUN,
    Claim,
    Finding,
    Rows,
    accuracy,
    known,
    listed,
    never,
    verdict,
    yes_if,
)
from _dilution_report import crossing
from _dilutions import GREY
from _reports import mean_and_spread, select, unique
from _results import Row

# How the "summed" runs differ from the paper's.
SUMMED = (
    "half the filters, all labels of an image in a batch, Adam, whose rate was tried on test images"
)
NETWORKS = ("perceptron", "mlp1", "mlp2", "mlp4", "conv4-narrow")
ALPHAS = (10, 20, 50, 100)
DELTAS = (0.0, 0.25, 0.5, 0.75, 0.9)


def uniform(rows: Rows, network: str, alpha: int, loss: str = "cross_entropy") -> float:
    """With all labels of an image in one batch, else with each label by itself."""
    wanted = {"data": "mnist", "scale": "full", "network": network, "loss": loss, "alpha": alpha}
    found = accuracy(rows, experiment="summed", **wanted)
    return accuracy(rows, experiment="uniform", **wanted) if math.isnan(found) else found


def convnet(rows: Rows) -> Finding:
    found = known({f"alpha {a}": uniform(rows, "conv4-narrow", a) for a in ALPHAS})
    if "alpha 100" not in found:
        return NOT_RUN
    holds = "yes" if found["alpha 100"] > 90 else "no"
    return Finding(f"{listed(found)} ({SUMMED})", holds)


def perceptron(rows: Rows) -> Finding:
    wanted = {"network": "perceptron", "loss": "cross_entropy", "alpha": 100, "scale": "full"}
    found = known(
        {
            "each label by itself": accuracy(rows, experiment="uniform", **wanted),
            "all labels of an image in a batch": accuracy(rows, experiment="summed", **wanted),
        }
    )
    if not found:
        return NOT_RUN
    holds = [number >= 40 for number in found.values()]
    return Finding(listed(found), verdict(holds))


def architectures(rows: Rows) -> Finding:
    texts, ordered = [], []
    for alpha in ALPHAS:
        found = known({network: uniform(rows, network, alpha) for network in NETWORKS})
        middle = [number for name, number in found.items() if str(name).startswith("mlp")]
        if len(middle) == 0 or not {"perceptron", "conv4-narrow"} <= set(found):
            continue
        texts.append(f"alpha {alpha}: {listed(found)}")
        ordered.append(found["conv4-narrow"] > max(middle) >= min(middle) > found["perceptron"])
    if not texts:
        return NOT_RUN
    return Finding("; ".join(texts), verdict(ordered))


def corrected(rows: Rows) -> Finding:
    pairs = {
        f"alpha {alpha}": (
            uniform(rows, "conv4-narrow", alpha, "forward"),
            uniform(rows, "conv4-narrow", alpha),
        )
        for alpha in ALPHAS
    }
    pairs = {name: pair for name, pair in pairs.items() if not any(map(math.isnan, pair))}
    if not pairs:
        return NOT_RUN
    text = ", ".join(
        f"{name}: {forward:.1f} for {plain:.1f}" for name, (forward, plain) in pairs.items()
    )
    return Finding(text, "yes" if all(f >= p for f, p in pairs.values()) else "in part")


def structured(rows: Rows) -> Finding:
    texts, falls = [], {}
    for network in ("mlp2", "conv4-narrow"):  # The paper's is a ConvNet.
        some = of_structure(rows, network)
        found = known({f"delta {d}": accuracy(some, delta=d) for d in DELTAS})
        if {"delta 0.0", "delta 0.5"} <= set(found):
            texts.append(f"{network}, {listed(found)}")
            falls = {name: found["delta 0.0"] - number for name, number in found.items()}
    if not texts:
        return NOT_RUN
    # "Near 1" is 0.9 here.
    far = max(fall for name, fall in falls.items() if name != "delta 0.9")
    return Finding(
        "; ".join(texts), "yes" if far < 2 else "in part" if falls["delta 0.5"] < 10 else "no"
    )


def order_of_structure(rows: Rows) -> Finding:
    texts, gaps = [], []
    for network in ("mlp2", "conv4-narrow"):
        some = of_structure(rows, network)
        found = {
            f"delta {d}": accuracy(some, order="confusion", delta=d)
            - accuracy(some, order="random", delta=d)
            for d in DELTAS[1:]
        }
        if known(found):
            texts.append(f"{network}, {listed(known(found))}")
            gaps += known(found).values()
    if not texts:
        return NOT_RUN
    holds = "yes" if min(gaps) > 0 else "in part" if sum(gaps) > 0 else "no"
    return Finding(f"points more, {'; '.join(texts)}", holds)


def of_structure(rows: Rows, network: str) -> Rows:
    return select(
        rows, experiment="structured", scale="full", loss="cross_entropy", network=network
    )


def vocabulary(rows: Rows) -> Finding:
    return out_of_vocabulary(rows, "white noise")


def white_noise_alone(rows: Rows) -> Finding:
    """Whether more of it lowers the accuracy."""
    wanted = {"experiment": "vocabulary", "data": "mnist", "network": "conv4-narrow"}
    some = select(rows, **wanted)
    found, same = (
        known({f"alpha {a}": accuracy(some, source=s, alpha=a) for a in (5, 10, 20)})
        for s in ("white noise", "same")
    )
    if len(found) < 2:
        return NOT_RUN
    fall, of_same = (max(f.values()) - min(f.values()) if f else math.nan for f in (found, same))
    holds = "yes" if fall < 0.5 else "in part" if fall < of_same / 2 else "no"
    return Finding(f"conv4-narrow, {listed(found)}", holds)


def other_images(rows: Rows) -> Finding:
    return out_of_vocabulary(rows, GREY)


def out_of_vocabulary(rows: Rows, source: str) -> Finding:
    """Added digits with labels at random beside added rows of another source."""
    texts, gains = [], []
    for network in ("mlp2", "conv4-narrow"):
        for alpha in (10, 20):
            wanted = {"experiment": "vocabulary", "data": "mnist", "alpha": alpha}
            wanted["network"] = network
            found = known({s: accuracy(rows, source=s, **wanted) for s in ("same", source)})
            if len(found) == 2:
                texts.append(f"{network}, alpha {alpha}, {listed(found)}")
                gains.append(found[source] - found["same"])
    return Finding("; ".join(texts), yes_if(min(gains) > 0)) if texts else NOT_RUN


def repeated(rows: Rows) -> Finding:
    gaps = {}
    for alpha in (5, 10, 20, 50):
        wanted = {"experiment": "unique", "loss": "cross_entropy", "alpha": alpha}
        best = [chosen_accuracy(select(rows, source=s, **wanted)) for s in ("repeated", "unique")]
        gaps[f"alpha {alpha}"] = best[0] - best[1]
    gaps = known(gaps)
    if not gaps:
        return NOT_RUN
    largest = max(abs(gap) for gap in gaps.values())
    return Finding(
        f"repeated less unique, {listed(gaps)} points (MLP)",
        "yes" if largest < 2 else "in part" if largest < 8 else "no",
    )


def chosen_accuracy(rows: Rows) -> float:
    """Of the number of passes with the lowest held-out loss, by seed."""
    best: dict[str, Row] = {}
    for row in rows:
        loss = float(row["held_out_loss"] or math.inf)
        if row["seed"] not in best or loss < float(best[row["seed"]]["held_out_loss"] or math.inf):
            best[row["seed"]] = row
    return mean_and_spread([float(row["accuracy"]) for row in best.values()])[0]


def critical(rows: Rows) -> Finding:
    texts, close = [], []
    for alpha, paper in ((10, 2_000), (50, 10_000)):
        some = select(rows, experiment="critical", network="conv4-narrow", alpha=alpha)
        for loss in unique(some, "loss"):
            curve = sorted(
                (float(n), chosen_accuracy(select(some, loss=loss, n_clean=n)))
                for n in unique(select(some, loss=loss), "n_clean")
            )
            size = crossing(curve)
            texts.append(f"alpha {alpha}, {loss}: {size}")
            if loss == "cross_entropy":
                digits = size.split()[-1]
                close.append(0.5 <= float(digits) / paper <= 2 and digits == size)
    if not texts:
        return NOT_RUN
    holds = "yes" if all(close) and len(close) == 2 else "in part" if any(close) else "no"
    return Finding(f"{'; '.join(texts)} ({SUMMED})", holds)


def growth(rows: Rows) -> Finding:
    """The exponent of alpha, as which the critical sizes of plain cross-entropy grow."""
    sizes = {}
    for alpha in (10, 20, 50):
        some = select(rows, experiment="critical", network="conv4-narrow", alpha=alpha)
        some = select(some, loss="cross_entropy")
        curve = sorted(
            (float(n), chosen_accuracy(select(some, n_clean=n))) for n in unique(some, "n_clean")
        )
        size = crossing(curve) if curve else ""
        if size.isdigit():
            sizes[alpha] = float(size)
    if len(sizes) < 2:
        return NOT_RUN
    (low, few), *_, (high, many) = sizes.items()
    exponent = math.log(many / few) / math.log(high / low)
    text = ", ".join(f"alpha {alpha}: {size:.0f}" for alpha, size in sizes.items())
    return Finding(f"as alpha to the {exponent:.2f}; {text}", yes_if(1 < exponent < 1.5))


def with_enough(rows: Rows) -> Finding:
    found = known({f"alpha {a}": uniform(rows, "conv4-narrow", a) for a in (0, *ALPHAS)})
    if len(found) < 2:
        return NOT_RUN
    spread = max(found.values()) - min(found.values())
    holds = "yes" if spread < 2 else "in part" if spread < 10 else "no"
    return Finding(f"60,000 clean images, {listed(found)} ({SUMMED})", holds)


def at_largest_scale(rows: Rows, **wanted: str) -> Rows:
    """The rows of --full, or where there is none those of --quick."""
    return select(rows, scale="full", **wanted) or select(rows, scale="quick", **wanted)


def batches(rows: Rows) -> Finding:
    texts, gains = [], []
    some = at_largest_scale(rows, experiment="batch_size", loss="cross_entropy")
    for alpha in (10, 20, 50):
        found = known({b: accuracy(some, batch_size=b, alpha=alpha) for b in (32, 64, 128, 256)})
        if {32, 128} <= set(found):
            texts.append(f"alpha {alpha}, " + listed({f"batch {b}": a for b, a in found.items()}))
            gains.append(found.get(256, found[128]) - found[32])
    if not texts:
        return NOT_RUN
    holds = "yes" if min(gains) > 0 else "in part" if max(gains) > 0 else "no"
    return Finding(f"{'; '.join(texts)} (MLP)", holds)


def infinite_batch(rows: Rows) -> Finding:
    some = select(rows, experiment="h_alpha", scale="full")
    found = [accuracy(some, loss_alpha=a) for a in unique(some, "loss_alpha")]
    if not found:
        return NOT_RUN
    return Finding(
        f"{min(found):.1f} to {max(found):.1f} for alpha from 0 to 100 (MLP)",
        yes_if(max(found) - min(found) < 1),
    )


def rates(rows: Rows) -> Finding:
    some = at_largest_scale(rows, experiment="rate", loss="cross_entropy")
    tried, best = unique(some, "lr"), {}
    for alpha in sorted(unique(some, "alpha"), key=int):
        found = known({lr: accuracy(some, alpha=alpha, lr=lr) for lr in tried})
        if len(found) == len(tried):
            best[f"alpha {alpha}"] = max(found, key=found.__getitem__)
    if len(best) < 2:
        return NOT_RUN
    order = [float(rate) for rate in best.values()]
    text = ", ".join(f"{alpha}: {rate}" for alpha, rate in best.items())
    n_seeds = len(unique(some, "seed"))
    seeds = "one seed" if n_seeds == 1 else f"{n_seeds} seeds where it is close"
    falls = [later <= earlier for earlier, later in pairwise(order)]
    holds = "no" if order[-1] >= order[0] else "yes" if all(falls) else "in part"
    return Finding(f"best rate, {text} (MLP, {seeds})", holds)


MASSIVE = (
    Claim("Figure 1", "MNIST, ConvNet: above 90% at alpha = 100", convnet),
    Claim("Figure 2", "MNIST, perceptron: 40% at alpha = 100", perceptron),
    Claim(
        "Figures 1, 2",
        "the ConvNet bears more than MLPs, these more than a perceptron",
        architectures,
    ),
    Claim("Figure 3", "CIFAR-10: above 85% at alpha = 10", never(GPU)),
    Claim("Figure 3", "CIFAR-10: deeper networks bear more", never(GPU)),
    Claim("Figure 3", "ImageNet: above 70% of top five at alpha = 5", never(NO_DATA)),
    Claim(
        "Figure 5",
        "structured noise hurts as uniform noise does, unless delta is near 1",
        structured,
    ),
    Claim(
        "Figure 5",
        "wrong classes at random hurt a little more than those confused anyway",
        order_of_structure,
    ),
    Claim("Figure 6", "white noise hurts less than mislabelled examples", vocabulary),
    Claim("Figure 6", "white noise does not hurt, however much", white_noise_alone),
    Claim("Figure 6", "CIFAR-100 in CIFAR-10 hurts half as much as mislabelling", never(GPU)),
    Claim("Figure 6", "less, for CIFAR-10 in grey among the digits", other_images),
    Claim("Figure 7", "repeated and unique noisy examples: no difference", repeated),
    Claim("Figure 8", "90% take 2,000 clean examples at alpha = 10, 10,000 at 50", critical),
    Claim("Figure 8", "with enough clean examples accuracy is similar at any noise", with_enough),
    Claim("Figure 9", "these examples grow slightly faster than alpha", growth),
    Claim("Figure 10", "ImageNet, ResNet-18: the same as Figure 8", never(NO_DATA)),
    Claim("Figure 11", "larger batches help", batches),
    Claim("Figure 11", "batches without limit: accuracy does not depend on alpha", infinite_batch),
    Claim("Figure 12", "the best learning rate falls as noise grows", rates),
    Claim(
        "not tried", "forward correction with the T of the diluted set: at least plain's", corrected
    ),
)
