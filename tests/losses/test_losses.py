"""What holds for every loss in LOSSES, whatever its formula."""

import copy
import pickle
import sys

import numpy as np
import pytest
import torch
from skorch import NeuralNet
from torch import nn

from sknoisy import losses
from sknoisy.losses import LOSSES, Criterion, Target

K = 4
NAN = float("nan")
# Zeros off and on the diagonal: label 3 is never given to its own class.
T = np.array([[0.7, 0.3, 0, 0], [0.1, 0.8, 0.1, 0], [0, 0.2, 0.6, 0.2], [0.5, 0.0, 0.5, 0.0]])
INVERTIBLE = np.array([[0.7, 0.3, 0, 0], [0, 1, 0, 0], [0.1, 0.1, 0.8, 0], [0, 0, 0.4, 0.6]])
PARAMS = {
    "forward": {"transition_matrix": T},
    "backward": {"transition_matrix": INVERTIBLE},
    "importance_reweighting": {"transition_matrix": T},
}
VARIANTS = [(name, {}) for name in LOSSES] + [
    ("active_passive", {"active": "nfl", "passive": "mae"}),
    ("active_passive", {"active": lambda log_proba: -log_proba}),
    ("backward", {"base_loss": "squared_error"}),
    ("backward", {"base_loss": lambda log_proba: -log_proba}),
    ("bootstrap_hard", {"beta": 0.0}),
    ("bootstrap_soft", {"beta": 0.0}),
    ("eps_softmax", {"m": 0.0}),
    ("eps_softmax", {"m": 1e-9}),
    ("forward", {"base_loss": "squared_error"}),
    ("forward", {"base_loss": lambda log_proba: -log_proba}),
    ("gce", {"q": 0.0}),
    ("gce", {"q": 1e-6}),
    ("label_smoothing", {"rate": -0.5}),
    ("ramp", {"batch_norm": False}),
    ("savage", {"coding": "one_hot", "softmax": True}),
    ("sigmoid", {"batch_norm": False}),
    ("sigmoid", {"coding": "one_hot"}),
    ("unhinged", {"batch_norm": False}),
]
# The gradient treats part of these as constants, on purpose: see their own tests.
WITH_CONSTANTS = {"early_learning", "importance_reweighting"}


def variant_id(variant):
    return " ".join(str(v) for v in (variant[0], *variant[1].values()) if not callable(v))


every_loss = pytest.mark.parametrize("name", sorted(LOSSES))
every_variant = pytest.mark.parametrize("variant", VARIANTS, ids=variant_id)


def make(name, **params):
    return LOSSES[name](**{**PARAMS.get(name, {}), **params})


def batch(n=12, dtype=torch.float64, seed=0):
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(n, K, generator=generator, dtype=torch.float64).to(dtype)
    return logits, torch.randint(K, (n,), generator=generator)


def target_of(criterion, y, weight=None, index=None):
    if not criterion.needs_index:
        return y if weight is None else (y, weight)
    return y, weight, torch.arange(len(y)) if index is None else index


def evaluated(criterion, logits, y, **kwargs):
    """Value and gradient of a fresh copy, so that no state carries over."""
    criterion = copy.deepcopy(criterion)
    logits = logits.detach().clone().requires_grad_()
    value = criterion(logits, target_of(criterion, y, **kwargs))
    (gradient,) = torch.autograd.grad(value.sum(), logits)
    return value.detach(), gradient


def test_all_names_exist_and_are_final_criteria():
    assert set(losses.__all__) <= set(dir(losses))
    for criterion in LOSSES.values():
        assert issubclass(criterion, Criterion)
        # Python 3.10 does not mark them.
        assert sys.version_info < (3, 11) or criterion.__final__
        assert criterion.__name__ in losses.__all__


@every_variant
def test_extreme_logits_give_finite_values_and_gradients(variant):
    name, params = variant
    rows = torch.cartesian_prod(*[torch.tensor([-1e4, 0.0, 1e4])] * K)
    logits = rows.repeat_interleave(K, dim=0)
    y = torch.arange(K).repeat(len(rows))
    value, gradient = evaluated(make(name, reduction="none", **params), logits, y)
    assert value.dtype == gradient.dtype == torch.float32
    assert value.isfinite().all()
    assert gradient.isfinite().all()


@pytest.mark.parametrize(
    "variant", [v for v in VARIANTS if v[0] not in WITH_CONSTANTS], ids=variant_id
)
def test_gradients_agree_with_finite_differences(variant):
    name, params = variant
    logits, y = batch(5)
    criterion = make(name, reduction="none", **params)
    logits.requires_grad_()
    assert torch.autograd.gradcheck(lambda h: criterion(h, y), (logits,))
    assert torch.autograd.gradgradcheck(lambda h: criterion(h, y), (logits,))


@every_variant
def test_reductions_are_those_of_the_weighted_losses(variant):
    name, params = variant
    logits, y = batch()
    weight = torch.linspace(0, 3, len(y), dtype=torch.float64)
    plain, _ = evaluated(make(name, reduction="none", **params), logits, y)
    assert plain.shape == y.shape
    expected = {"none": weight * plain, "sum": weight @ plain, "mean": weight @ plain / len(y)}
    for reduction, value in expected.items():
        criterion = make(name, reduction=reduction, **params)
        torch.testing.assert_close(evaluated(criterion, logits, y, weight=weight)[0], value)


@every_variant
@pytest.mark.parametrize("label", [-100, -1, K])
def test_labels_outside_the_classes_are_refused(variant, label):
    """PyTorch's cross-entropy would silently ignore -100."""
    name, params = variant
    logits, y = batch()
    y[3] = label
    criterion = make(name, **params)
    with pytest.raises(ValueError, match=f"class indices from 0 to 3, .* got {label}"):
        criterion(logits, target_of(criterion, y))


@every_loss
def test_weights_of_one_change_no_bit(name):
    logits, y = batch()
    plain = evaluated(make(name), logits, y)
    weighted = evaluated(make(name), logits, y, weight=torch.ones(len(y)))
    assert torch.equal(plain[0], weighted[0])
    assert torch.equal(plain[1], weighted[1])


@every_loss
def test_a_tuple_a_list_and_a_target_give_the_same_loss(name):
    logits, y = batch()
    fields = y, torch.linspace(0, 3, len(y)), torch.arange(len(y)), torch.zeros_like(y)
    values = [make(name)(logits, target) for target in (fields, list(fields), Target(*fields))]
    assert values[0] == values[1] == values[2]


@every_loss
def test_order_of_examples_does_not_matter(name):
    logits, y = batch()
    order = torch.randperm(len(y), generator=torch.Generator().manual_seed(1))
    value, gradient = evaluated(make(name, reduction="none"), logits, y)
    shuffled = evaluated(make(name, reduction="none"), logits[order], y[order], index=order)
    torch.testing.assert_close(shuffled[0], value[order])
    torch.testing.assert_close(shuffled[1], gradient[order])


@every_variant
def test_constructor_parameters_are_kept_as_attributes(variant):
    name, params = variant
    params = {**PARAMS.get(name, {}), **params, "reduction": "sum"}
    criterion = make(name, **params)
    for parameter, value in params.items():
        kept = getattr(criterion, parameter)
        assert kept is value or kept == value


@pytest.mark.parametrize(
    ("name", "params", "message"),
    [
        ("active_passive", {"active": "rce"}, r"active must be one of \('nce', 'nfl'\).*got 'rce'"),
        ("active_passive", {"passive": "nce"}, r"passive must be one of \('rce', 'mae'\).*'nce'"),
        ("active_passive", {"alpha": -1}, r"alpha must be in \[0, inf\)"),
        ("active_passive", {"beta": -1}, r"beta must be in \[0, inf\)"),
        ("backward", {"identity_mixing": -0.1}, r"identity_mixing must be in \[0, 1\]"),
        ("backward", {"identity_mixing": 1.1}, r"identity_mixing must be in \[0, 1\]"),
        ("backward", {"identity_mixing": NAN}, r"identity_mixing must be in \[0, 1\]"),
        ("backward", {"base_loss": "hinge"}, "base_loss must be one of"),
        ("bootstrap_hard", {"beta": 1.2}, r"beta must be in \[0, 1\]"),
        ("bootstrap_soft", {"beta": -0.1}, r"beta must be in \[0, 1\]"),
        ("early_learning", {"strength": -1}, r"strength must be in \[0, inf\)"),
        ("early_learning", {"momentum": 1.0}, r"momentum must be in \[0, 1\)"),
        ("early_learning", {"momentum": -0.1}, r"momentum must be in \[0, 1\)"),
        ("early_learning", {"n_samples": 0}, "n_samples must be at least 1"),
        ("eps_softmax", {"m": -1}, "m must be in"),
        ("eps_softmax", {"m": float("inf")}, "m must be in"),
        ("eps_softmax", {"alpha": -1}, r"alpha must be in \[0, inf\)"),
        ("eps_softmax", {"beta": -1}, r"beta must be in \[0, inf\)"),
        ("gce", {"q": -0.1}, r"q must be in \[0, 1\]; got -0.1"),
        ("gce", {"q": 1.5}, r"q must be in \[0, 1\]"),
        ("gce", {"q": NAN}, r"q must be in \[0, 1\]"),
        ("h_alpha", {"alpha": -0.1}, "alpha must be in"),
        ("h_alpha", {"alpha": float("inf")}, "alpha must be in"),
        ("importance_reweighting", {"max_weight": 0}, "max_weight must be in"),
        ("importance_reweighting", {"max_weight": NAN}, "max_weight must be in"),
        ("label_smoothing", {"rate": 1.1}, "rate must be in"),
        ("label_smoothing", {"rate": float("-inf")}, "rate must be in"),
        ("mae", {"reduction": "median"}, "reduction must be one of .* got 'median'"),
        ("ramp", {"coding": "binary"}, "coding must be one of 'one_vs_rest', 'one_hot'"),
        ("savage", {"coding": "binary"}, "coding must be one of 'one_vs_rest', 'one_hot'"),
        ("sigmoid", {"beta": 0}, r"beta must be in \(0, inf\)"),
        ("sigmoid", {"beta": NAN}, r"beta must be in \(0, inf\)"),
        ("symmetric_cross_entropy", {"alpha": -1}, r"alpha must be in \[0, inf\)"),
        ("symmetric_cross_entropy", {"beta": -1}, r"beta must be in \[0, inf\)"),
        ("symmetric_cross_entropy", {"log_zero": 1}, r"log_zero must be in \(-inf, 0\]"),
    ],
)
def test_parameters_out_of_range_are_explained(name, params, message):
    with pytest.raises(ValueError, match=message):
        make(name, **params)


def test_only_early_learning_keeps_state():
    assert [name for name, criterion in LOSSES.items() if criterion.keeps_state] == [
        "early_learning"
    ]


@every_loss
def test_pickled_and_copied_criteria_give_the_same_loss(name):
    logits, y = batch(dtype=torch.float32)
    criterion = make(name)
    criterion(logits, target_of(criterion, y))
    expected = evaluated(criterion, logits, y)
    for other in (pickle.loads(pickle.dumps(criterion)), copy.deepcopy(criterion)):
        assert torch.equal(evaluated(other, logits, y)[0], expected[0])


@every_loss
def test_state_of_a_trained_criterion_loads_into_a_new_one(name):
    logits, y = batch(dtype=torch.float32)
    trained, new = make(name), make(name)
    trained(logits, target_of(trained, y))
    new.load_state_dict(trained.state_dict())
    assert torch.equal(evaluated(new, logits, y)[0], evaluated(trained, logits, y)[0])


@every_loss
def test_follows_the_dtype_of_the_logits(name):
    criterion = make(name)
    for dtype in (torch.float32, torch.float64, torch.float32):
        logits, y = batch(dtype=dtype)
        assert criterion(logits, target_of(criterion, y)).dtype == dtype


@every_loss
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_computed_in_single(name, dtype):
    logits, y = batch(dtype=dtype)
    value, gradient = evaluated(make(name), logits, y)
    expected, _ = evaluated(make(name), logits.float(), y)
    assert value.dtype == torch.float32
    assert gradient.dtype == dtype
    assert torch.equal(value, expected)


@every_loss
def test_trains_in_a_plain_torch_loop(name):
    X, y = separable()
    torch.manual_seed(0)
    network = nn.Linear(2, K)
    criterion = make(name, **LEARNABLE.get(name, {}))
    optimizer = torch.optim.Adam(network.parameters(), lr=0.1)
    for _ in range(60):
        optimizer.zero_grad()
        criterion(network(X), target_of(criterion, y)).backward()
        optimizer.step()
    scores = criterion.eval().output_layer(network(X))
    assert (scores.argmax(dim=1) == y).float().mean() > 0.95


class Linear(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, K)

    def forward(self, X):
        return self.layer(X)


class WithTargetTuple(torch.utils.data.Dataset):
    def __init__(self, X, y):
        self.X, self.y = X, y

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        return self.X[i], (self.y[i], torch.tensor(1.0), i)


@every_loss
def test_trains_in_a_plain_skorch_net(name):
    X, y = separable()
    torch.manual_seed(0)
    params = {**PARAMS.get(name, {}), **LEARNABLE.get(name, {})}
    net = NeuralNet(
        Linear,
        criterion=LOSSES[name],
        optimizer=torch.optim.Adam,
        lr=0.1,
        max_epochs=30,
        batch_size=64,
        train_split=None,
        verbose=0,
        **{f"criterion__{key}": value for key, value in params.items()},
    )
    net.fit(WithTargetTuple(X, y), y=None)
    criterion = net.criterion_.eval()
    scores = criterion.output_layer(torch.as_tensor(net.predict_proba(X)))
    assert (scores.argmax(dim=1) == y).float().mean() > 0.95


# Clean labels, so that the corrections get T = I.
LEARNABLE = {
    name: {"transition_matrix": np.eye(K)}
    for name in ("forward", "backward", "importance_reweighting")
}


def separable(n=200):
    generator = torch.Generator().manual_seed(0)
    y = torch.randint(K, (n,), generator=generator)
    centres = 3 * torch.tensor([[1.0, 1.0], [-1.0, 1.0], [-1.0, -1.0], [1.0, -1.0]])
    return centres[y] + 0.5 * torch.randn(n, 2, generator=generator), y
