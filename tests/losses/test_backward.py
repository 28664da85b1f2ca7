import itertools

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from sknoisy.losses import BackwardLoss, ForwardLoss, LabelSmoothingLoss

BASE_LOSSES = {
    "cross_entropy": "cross_entropy",
    "squared_error": "squared_error",
    "callable": lambda log_proba: (1 - log_proba.exp()) * log_proba.roll(1, dims=1),
}
T = torch.tensor([[0.7, 0.2, 0.1], [0.0, 0.8, 0.2], [0.3, 0.3, 0.4]], dtype=torch.float64)


def batch(n=20, k=3, seed=0):
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(n, k, generator=generator, dtype=torch.float64)
    return logits.requires_grad_(), torch.randint(k, (n,), generator=generator)


def every_label(logits, weight=None):
    """Each row with each label, the labels running fastest, and weights of shape (n, k)."""
    n, k = logits.shape
    weight = None if weight is None else weight.flatten()
    return logits.repeat_interleave(k, dim=0), (torch.arange(k).repeat(n), weight)


@pytest.mark.parametrize("base_loss", BASE_LOSSES.values(), ids=BASE_LOSSES)
def test_mean_over_the_noise_is_the_clean_loss(base_loss):
    """Theorem 1, summed over the noisy labels instead of sampled."""
    logits, y = batch()
    corrected = BackwardLoss(T, base_loss=base_loss, reduction="none")(*every_label(logits))
    averaged = (T[y] * corrected.reshape(-1, 3)).sum(dim=1)
    clean = BackwardLoss(np.eye(3), base_loss=base_loss, reduction="none")(logits, y)
    torch.testing.assert_close(averaged, clean, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("base_loss", BASE_LOSSES.values(), ids=BASE_LOSSES)
def test_gradient_averaged_over_the_noise_is_the_clean_gradient(base_loss):
    logits, y = batch()

    def gradient(loss):
        return torch.autograd.grad(loss.sum(), logits)[0]

    corrected = BackwardLoss(T, base_loss=base_loss, reduction="none")(*every_label(logits, T[y]))
    clean = BackwardLoss(np.eye(3), base_loss=base_loss, reduction="none")(logits, y)
    torch.testing.assert_close(gradient(corrected), gradient(clean), rtol=1e-12, atol=1e-12)


def test_squared_error_of_the_identity_is_the_brier_score():
    logits, y = batch()
    expected = (logits.softmax(dim=1) - F.one_hot(y, 3)).square().sum(dim=1)
    loss = BackwardLoss(np.eye(3), base_loss="squared_error", reduction="none")(logits, y)
    torch.testing.assert_close(loss, expected)


def test_identity_gives_cross_entropy_and_its_gradient():
    logits, y = batch(200, 7)
    backward = BackwardLoss(np.eye(7), reduction="none")(logits, y)
    plain = F.cross_entropy(logits, y, reduction="none")
    torch.testing.assert_close(backward, plain, rtol=1e-14, atol=1e-14)
    (gradient,) = torch.autograd.grad(backward.mean(), logits)
    (expected,) = torch.autograd.grad(plain.mean(), logits)
    torch.testing.assert_close(gradient, expected, rtol=0, atol=1e-16)


def relu_network():
    """A small network as a function of one vector of parameters; the size of each layer."""
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 3)).double()
    X = torch.randn(6, 2, dtype=torch.float64)
    shapes = {name: p.shape for name, p in network.named_parameters()}
    sizes = [shape.numel() for shape in shapes.values()]

    def logits(flat):
        pieces = flat.split(sizes)
        named = {n: p.reshape(s) for (n, s), p in zip(shapes.items(), pieces, strict=True)}
        return torch.func.functional_call(network, named, (X,))

    start = torch.cat([p.detach().flatten() for p in network.parameters()])
    return logits, start, torch.tensor([0, 1, 2, 0, 1, 2]), (sizes[0] + sizes[1])


def hessian_of(loss, logits, start):
    return torch.autograd.functional.hessian(lambda flat: loss(logits(flat)), start)


def test_hessian_of_each_layer_ignores_noise_and_correction():
    """Theorem 4: the same for any T, any labels, corrected or not."""
    logits, start, y, first = relu_network()
    expected = hessian_of(lambda h: F.cross_entropy(h, y), logits, start)
    for matrix, labels in itertools.product((torch.eye(3), T), (y, y.roll(1))):
        corrected = hessian_of(lambda h, t=matrix, v=labels: BackwardLoss(t)(h, v), logits, start)
        for layer in (slice(None, first), slice(first, None)):
            assert expected[layer, layer].abs().max() > 0.1
            torch.testing.assert_close(
                corrected[layer, layer], expected[layer, layer], rtol=0, atol=1e-12
            )


def test_hessian_between_layers_is_the_clean_one_on_average_only():
    """Logits are linear in each layer, but bilinear in two: there the labels do enter."""
    logits, start, y, first = relu_network()
    clean = hessian_of(lambda h: F.cross_entropy(h, y), logits, start)
    corrected = hessian_of(lambda h: BackwardLoss(T)(h, y), logits, start)
    assert (corrected - clean)[:first, first:].abs().max() > 0.01
    averaged = hessian_of(
        lambda h: BackwardLoss(T, reduction="sum")(*every_label(h, T[y])) / len(y),
        logits,
        start,
    )
    torch.testing.assert_close(averaged, clean, rtol=0, atol=1e-12)


def test_hessian_in_the_inputs_ignores_noise_and_correction():
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 3))
    network.double()
    x = torch.randn(1, 2, dtype=torch.float64)
    y = torch.tensor([1])
    expected = hessian_of(lambda h: F.cross_entropy(h, y), network, x)
    assert expected.abs().max() > 1e-4
    for labels in (y, y - 1):
        corrected = hessian_of(lambda h, v=labels: BackwardLoss(T)(h, v), network, x)
        torch.testing.assert_close(corrected, expected, rtol=0, atol=1e-12)


def test_hessian_needs_a_loss_that_is_linear_odd_in_the_logits():
    """The square loss is so in the scores, not in their softmax: the theorem's limit."""
    logits, start, y, first = relu_network()
    plain, corrected = (
        hessian_of(lambda h, t=t: BackwardLoss(t, base_loss="squared_error")(h, y), logits, start)
        for t in (torch.eye(3), T)
    )
    assert (corrected - plain)[first:, first:].abs().max() > 0.01


def test_uniform_noise_is_corrected_by_negative_label_smoothing():
    logits, y = batch(k=4)
    rate = 0.3
    uniform = (1 - rate) * np.eye(4) + rate / 4
    torch.testing.assert_close(
        BackwardLoss(uniform, reduction="none")(logits, y),
        LabelSmoothingLoss(-rate / (1 - rate), reduction="none")(logits, y),
    )


def test_constant_added_to_the_logits_cancels():
    logits, y = batch()
    torch.testing.assert_close(
        BackwardLoss(T)(logits + 1e6, y), BackwardLoss(T)(logits, y), rtol=0, atol=1e-8
    )


@pytest.mark.parametrize("base_loss", BASE_LOSSES.values(), ids=BASE_LOSSES)
def test_gradients_agree_with_finite_differences(base_loss):
    logits, y = batch(6)

    def loss(h):
        return BackwardLoss(T, base_loss=base_loss, reduction="none")(h, y)

    assert torch.autograd.gradcheck(loss, (logits,))
    assert torch.autograd.gradgradcheck(loss, (logits,))


def test_identity_mixing_mixes_before_inverting():
    logits, y = batch()
    mixed = 0.4 * torch.eye(3, dtype=torch.float64) + 0.6 * T
    torch.testing.assert_close(
        BackwardLoss(T, identity_mixing=0.4)(logits, y), BackwardLoss(mixed)(logits, y)
    )
    torch.testing.assert_close(
        BackwardLoss(T, identity_mixing=1)(logits, y), F.cross_entropy(logits, y)
    )


@pytest.mark.parametrize("n_classes", [2, 10])
def test_singular_matrix_is_explained_and_mixing_cures_it(n_classes):
    singular = np.full((n_classes, n_classes), 1 / n_classes)
    with pytest.raises(ValueError, match="singular .* identity_mixing"):
        BackwardLoss(singular)
    assert BackwardLoss(singular, identity_mixing=0.1).identity_mixing == 0.1


def test_no_number_underflows_where_logits_lie_far_apart():
    logits = torch.tensor([[0.0, -95.0, -500.0]], requires_grad=True)
    loss = BackwardLoss(np.eye(3))(logits, torch.tensor([1]))
    (gradient,) = torch.autograd.grad(loss, logits)
    assert loss == 95
    torch.testing.assert_close(gradient, torch.tensor([[1.0, -1.0, 0.0]]), rtol=0, atol=1e-7)
    assert (gradient.abs() >= torch.finfo(torch.float32).tiny).all()


def test_of_positive_and_unlabelled_rows_it_is_the_unbiased_risk():
    """That of du Plessis et al. 2015: the labelled rows stand for all positive ones."""
    c, logits = 0.3, batch(k=2)[0].detach()
    labelled = torch.arange(20) < 4
    T = [[1.0, 0.0], [1 - c, c]]
    by_label = -torch.log_softmax(logits, dim=1)
    share = labelled.double().mean() / c
    of_positives = by_label[labelled].mean(dim=0)
    partial = by_label[:, 0].mean() - share * of_positives[0]
    risk = share * of_positives[1] + partial
    torch.testing.assert_close(BackwardLoss(T)(logits, labelled.long()), risk)


def test_the_forward_loss_of_positive_and_unlabelled_rows_is_not_negative():
    c, labelled = 0.3, torch.arange(20) < 4
    T = [[1.0, 0.0], [1 - c, c]]
    memorised = torch.stack([torch.zeros(20), 40.0 * labelled - 20], dim=1)
    assert BackwardLoss(T)(memorised, labelled.long()) < -2
    assert ForwardLoss(T)(memorised, labelled.long()) > 0


def test_non_negative_is_the_sum_of_the_sizes_of_the_parts_by_clean_class():
    logits, y = batch()
    corrected = np.linalg.inv(T.numpy())[y]
    parts = (corrected * -F.log_softmax(logits, dim=1).detach().numpy()).mean(axis=0)
    assert parts.min() < 0 < parts.max()
    loss = BackwardLoss(T, base_loss="non_negative")(logits, y)
    assert loss.item() == pytest.approx(np.abs(parts).sum())
    (grad,) = torch.autograd.grad(loss, logits)
    p = torch.softmax(logits, dim=1).detach()
    signed = torch.from_numpy(corrected * np.sign(parts))
    expected = (p * signed.sum(dim=1, keepdim=True) - signed) / len(y)
    torch.testing.assert_close(grad, expected)


def test_non_negative_is_cross_entropy_where_no_part_is_negative():
    logits, _ = batch(n=30)
    y = torch.arange(3).repeat(10)
    noise = 0.98 * torch.eye(3, dtype=torch.float64) + 0.02 / 3
    losses = [
        BackwardLoss(noise, base_loss=name)(logits, y) for name in ("non_negative", "cross_entropy")
    ]
    torch.testing.assert_close(*losses)
