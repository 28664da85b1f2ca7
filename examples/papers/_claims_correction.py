"""The claims of Patrini et al. (2017), checked by the rows of patrini_2017.py."""

from __future__ import annotations

import math
from collections.abc import Callable

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
from _human import ALONE, FOR_T, FOR_TUNING, LINEAR_HEAD
from _reports import select, unique, values

# Where a setting differs from the paper's.
SHORT = {
    "lstm_short": "the last 100 words, 64 units, 4 epochs, one seed",
    "resnet14": "20,000 images, 20 epochs, one seed",
}
EXCEPTIONS = ("unhinged", "sigmoid", "savage")


def table(rows: Rows, data: str, network: str, noise: str, rate: float) -> Rows:
    wanted = {"experiment": "table2", "data": data, "network": network, "noise": noise}
    return select(rows, scale="full", rate=rate, **wanted)


def setting(network: str) -> str:
    return f" ({SHORT[network]})" if network in SHORT else ""


def methods(rows: Rows) -> dict[tuple[str, str], float]:
    pairs = dict.fromkeys((row["loss"], row["T"]) for row in rows)
    return {(loss, T): accuracy(rows, loss=loss, T=T) for loss, T in pairs}


def alike(data: str, network: str) -> Callable[[Rows], Finding]:
    def check(rows: Rows) -> Finding:
        found = methods(table(rows, data, network, "none", 0.0))
        some = [number for (loss, _), number in found.items() if loss not in EXCEPTIONS]
        if len(some) < 6:
            return NOT_RUN
        return Finding(f"{min(some):.1f} to {max(some):.1f}", yes_if(max(some) - min(some) < 1))

    return check


def known_T_best(data: str, network: str, noise: str, rate: float) -> Callable[[Rows], Finding]:
    def check(rows: Rows) -> Finding:
        found = methods(table(rows, data, network, noise, rate))
        if not {("forward", "true"), ("cross_entropy", "")} <= set(found):
            return NOT_RUN
        others = {name: n for name, n in found.items() if name[0] not in ("forward", "backward")}
        best = max(others, key=others.__getitem__)
        forward, backward = found["forward", "true"], found.get(("backward", "true"), math.nan)
        text = f"forward {forward:.1f}"
        text += "" if math.isnan(backward) else f", backward {backward:.1f}"
        alone = len(others) == 1
        text += "; the only other loss run: " if alone else "; best of the others: "
        text += f"{best[0].replace('_', ' ')} {others[best]:.1f}{setting(network)}"
        holds = [forward >= others[best], not alone]
        holds += [] if math.isnan(backward) else [backward >= others[best]]
        return Finding(text, "yes" if all(holds) else "in part" if holds[0] else "no")

    return check


def costs_of_T(rows: Rows) -> dict[str, float]:
    """Points of accuracy that forward loses by estimating T."""
    found = methods(rows)
    pairs = {"the paper's": "paper", "ours": "estimated"}
    return {
        name: found["forward", "true"] - found["forward", T]
        for name, T in pairs.items()
        if ("forward", T) in found and ("forward", "true") in found
    }


def cost_of_T(data: str, network: str, noise: str, rate: float) -> Callable[[Rows], Finding]:
    def check(rows: Rows) -> Finding:
        costs = costs_of_T(table(rows, data, network, noise, rate))
        if not costs:
            return NOT_RUN
        text = f"points lost, {listed(costs)}{setting(network)}"
        return Finding(text, yes_if(max(costs.values()) > 0.2))

    return check


def no_cost_of_T(data: str, network: str, noise: str, rate: float) -> Callable[[Rows], Finding]:
    def check(rows: Rows) -> Finding:
        costs = costs_of_T(table(rows, data, network, noise, rate))
        if not costs:
            return NOT_RUN
        small = [abs(cost) < 1 for cost in costs.values()]
        text = f"points lost, {listed(costs)}{setting(network)}"
        return Finding(text, verdict(small))

    return check


def between(data: str, network: str, rate: float) -> Callable[[Rows], Finding]:
    """With an estimated T, forward is between no correction and the one by the true T."""

    def check(rows: Rows) -> Finding:
        found = methods(table(rows, data, network, "asymmetric", rate))
        wanted = {"none": ("cross_entropy", ""), "true T": ("forward", "true")}
        wanted |= {
            "T_hat of the paper": ("forward", "paper"),
            "our T_hat": ("forward", "estimated"),
        }
        numbers = {name: found[key] for name, key in wanted.items() if key in found}
        if len(numbers) < 4:
            return NOT_RUN
        estimated = (numbers["T_hat of the paper"], numbers["our T_hat"])
        inside = [numbers["none"] + 2 < n < numbers["true T"] for n in estimated]
        return Finding(listed(numbers), verdict(inside))

    return check


def no_noise_but_estimated(data: str, network: str) -> Callable[[Rows], Finding]:
    def check(rows: Rows) -> Finding:
        found = methods(table(rows, data, network, "none", 0.0))
        plain = found.get(("cross_entropy", ""), math.nan)
        names = {
            ("forward", "estimated"): "forward, ours",
            ("forward", "paper"): "forward, paper's",
            ("backward", "estimated"): "backward, ours",
        }
        some = {name: found[key] for key, name in names.items() if key in found}
        if not some or math.isnan(plain):
            return NOT_RUN
        gain = max(some.values()) - plain
        holds = "yes" if gain > 0.3 else "in part" if gain > 0 else "no"  # Seeds differ by 0.2.
        return Finding(f"{listed(some)}; none: {plain:.1f}", holds)

    return check


def forward_first(rows: Rows) -> Finding:
    better, compared = 0, 0
    for row in {
        (r["data"], r["network"], r["noise"], r["rate"]) for r in select(rows, scale="full")
    }:
        found = methods(table(rows, *row[:3], row[3]))
        if row[2] == "none" or not {("forward", "true"), ("backward", "true")} <= set(found):
            continue
        compared += 1
        better += found["forward", "true"] > found["backward", "true"]
    if not compared:
        return NOT_RUN
    return Finding(f"{better} of {compared} columns with noise", yes_if(better > compared / 2))


def hessian(rows: Rows) -> Finding:
    some = select(rows, experiment="theorem4", scale="full", loss="backward")
    if not some:
        return NOT_RUN
    within, whole = (max(values(some, f"{part}_difference")) for part in ("layer", "network"))
    holds = "in part" if within < 1e-10 < whole else yes_if(within < 1e-10)
    return Finding(
        f"relative difference within a layer {within:.0e}, of the whole network up to {whole:.1f}, "
        f"where logits are not piecewise linear, as the proof assumes",
        holds,
    )


def hessian_of_forward(rows: Rows) -> Finding:
    some = select(rows, experiment="theorem4", scale="full", loss="forward")
    if not some:
        return NOT_RUN
    least = min(values(some, "layer_difference"))
    return Finding(f"relative difference within a layer {least:.2f} or more", yes_if(least > 0.01))


def swept(data: str, network: str, high: float) -> Callable[[Rows], Finding]:
    def check(rows: Rows) -> Finding:
        some = select(rows, scale="full", data=data, network=network, noise="asymmetric")
        rates = sorted(unique(select(some, experiment="figure1"), "rate"), key=float)
        falls = {}
        for loss, T in (("cross_entropy", ""), ("forward", "true")):
            mine = select(some, loss=loss, T=T)
            each = sorted({*rates, str(high)}, key=float)
            found = known({rate: accuracy(mine, rate=rate) for rate in each})
            falls[loss] = found
        if not rates or not falls["forward"]:
            return NOT_RUN
        text = "; ".join(
            f"{loss.replace('_', '-')} {listed(found)}" for loss, found in falls.items()
        )
        drop = {loss: max(f.values()) - min(f.values()) for loss, f in falls.items()}
        small = drop["forward"] < drop["cross_entropy"] / 2
        return Finding(text, "yes" if drop["forward"] < 2 else "in part" if small else "no")

    return check


def trusted_labels(rows: Rows) -> Finding:
    """On frozen features, by the share of the labels that are trusted."""
    some = select(rows, experiment="table3", scale="full", network=LINEAR_HEAD)
    texts, holds = [], []
    for share in sorted(filter(None, unique(some, "share")), key=float):
        mine = select(some, share=share)
        tuned, alone = {"trusted": FOR_TUNING}, {"loss": "cross_entropy", "trusted": ALONE}
        found = known(
            {
                "cross-entropy": accuracy(some, loss="cross_entropy", trusted=""),
                "backward": accuracy(mine, loss="backward", trusted=FOR_T),
                "forward": accuracy(mine, loss="forward", trusted=FOR_T),
                "trusted alone": accuracy(mine, **alone),
                "cross-entropy, fine-tuned": accuracy(mine, loss="cross_entropy", **tuned),
                "forward, fine-tuned": accuracy(mine, loss="forward", **tuned),
            }
        )
        if len(found) == 6:
            texts.append(f"{float(share):.0%} trusted, {listed(found)}")
            first = found["forward, fine-tuned"] == max(found.values())
            holds.append(first and found["forward"] > found["cross-entropy"])
    if not texts:
        return NOT_RUN
    return Finding("; ".join(texts), verdict(holds))


TABLE_2 = "Table 2"
CORRECTION = (
    Claim(
        TABLE_2,
        "MNIST, no noise: losses are alike but for unhinged, sigmoid, Savage",
        alike("mnist", "mlp"),
    ),
    Claim(TABLE_2, "IMDB, embedding, no noise: the same", alike("imdb", "embedding")),
    Claim(
        TABLE_2,
        "IMDB, no noise: with an estimated T slightly better than without",
        no_noise_but_estimated("imdb", "embedding"),
    ),
    Claim(
        TABLE_2,
        "MNIST, asymmetric 0.6: the corrections with known T are best",
        known_T_best("mnist", "mlp", "asymmetric", 0.6),
    ),
    Claim(
        TABLE_2,
        "MNIST, asymmetric 0.2: the same, close to the others",
        known_T_best("mnist", "mlp", "asymmetric", 0.2),
    ),
    Claim(
        TABLE_2, "MNIST, symmetric 0.2: the same", known_T_best("mnist", "mlp", "symmetric", 0.2)
    ),
    Claim(
        TABLE_2,
        "IMDB, embedding, asymmetric 0.4: the same",
        known_T_best("imdb", "embedding", "asymmetric", 0.4),
    ),
    Claim(
        TABLE_2,
        "IMDB, LSTM, asymmetric 0.4: the same",
        known_T_best("imdb", "lstm_short", "asymmetric", 0.4),
    ),
    Claim(
        TABLE_2,
        "CIFAR-10, ResNet-14, asymmetric 0.6: the same",
        known_T_best("cifar10", "resnet14", "asymmetric", 0.6),
    ),
    Claim(
        TABLE_2,
        "CIFAR-10, ResNet-14, asymmetric 0.2: forward with known T is unbeaten",
        known_T_best("cifar10", "resnet14", "asymmetric", 0.2),
    ),
    Claim(TABLE_2, "IMDB, LSTM of 512 units on 400 words: the same", never(GPU)),
    Claim(TABLE_2, "CIFAR-10, ResNet-14 as in the paper, ResNet-32: the same", never(GPU)),
    Claim(TABLE_2, "CIFAR-100, ResNet-44: nearly no loss with known T", never(GPU)),
    Claim(TABLE_2, "CIFAR-100: estimated T best of the rest, but at 0.6", never(GPU)),
    Claim(TABLE_2, "forward is usually better than backward", forward_first),
    Claim(
        TABLE_2,
        "MNIST, asymmetric 0.6: estimating T costs accuracy",
        cost_of_T("mnist", "mlp", "asymmetric", 0.6),
    ),
    Claim(
        TABLE_2,
        "CIFAR-10, ResNet-14, asymmetric 0.6: the same",
        cost_of_T("cifar10", "resnet14", "asymmetric", 0.6),
    ),
    Claim(
        TABLE_2,
        "IMDB, LSTM, asymmetric 0.4: estimated and true T are in line",
        no_cost_of_T("imdb", "lstm_short", "asymmetric", 0.4),
    ),
    Claim(
        "Figure 1",
        "MNIST, 0.6: with an estimated T between known T and no correction",
        between("mnist", "mlp", 0.6),
    ),
    Claim(
        "Figure 1",
        "MNIST: forward with known T hardly falls as noise grows",
        swept("mnist", "mlp", 0.6),
    ),
    Claim("Figure 1", "IMDB, embedding: the same", swept("imdb", "embedding", 0.4)),
    Claim("Figure 1", "CIFAR-10 and CIFAR-100, ResNets: the same", never(GPU)),
    Claim(
        "Table 3",
        "Clothing1M: trusted labels for T, fine-tuning on them is best",
        never(NO_DATA),
    ),
    Claim(
        "Table 3",
        "the same on CIFAR-10N, worst labels, a linear head on frozen features",
        trusted_labels,
    ),
    Claim("Table 3", "the same, trained end to end", never(GPU)),
    Claim("Theorem 4", "the backward correction leaves the Hessian as it is", hessian),
    Claim("Theorem 4", "the forward correction does not", hessian_of_forward),
)
