import pickle

import numpy as np
import pytest
import torch

from sknoisy.losses import Target, forward_loss
from sknoisy.losses._evidence import EvidenceLoss

T = np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.3, 0.3, 0.4]])


def batch(n=20):
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(n, 3, generator=generator, dtype=torch.float64)
    return logits, torch.randint(3, (n,), generator=generator)


def at(index):
    """A target whose labels say nothing."""
    return Target(torch.zeros_like(index), index=index)


def test_columns_of_T_give_the_forward_loss():
    logits, y = batch()
    loss = EvidenceLoss(np.log(T).T, reduction="none")(logits, at(y))
    forward = forward_loss(logits, y, T, reduction="none")
    # The factor that makes the largest entry of each column 1.
    torch.testing.assert_close(loss, forward + torch.tensor(np.log(T.max(axis=0)))[y])


def test_two_labels_are_explained_together():
    logits, first = batch()
    second = first.flip(0)
    log_T = np.log(T)
    table = log_T.T[first] + log_T.T[second]
    loss = EvidenceLoss(table, reduction="none")(logits, at(torch.arange(20)))
    joint = (logits.softmax(dim=1) * torch.tensor(np.exp(table - table.max(1, keepdims=True)))).sum(
        dim=1
    )
    torch.testing.assert_close(loss, -joint.log())


def test_hundreds_of_labels_neither_underflow_nor_lose_the_gradient():
    logits = torch.zeros(1, 3, requires_grad=True)
    criterion = EvidenceLoss(np.full((1, 3), -5000.0) + [[0, -1, -2]])
    criterion(logits, at(torch.tensor([0]))).backward()
    assert logits.grad.abs().sum() > 0.1


def test_criterion_survives_pickling():
    logits, y = batch()
    criterion = EvidenceLoss(np.log(T).T)
    assert pickle.loads(pickle.dumps(criterion))(logits, at(y)) == criterion(logits, at(y))


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (np.zeros(3), "shape"),
        (np.full((1, 3), -np.inf), "cannot occur"),
        (np.full((1, 3), np.nan), "finite"),
    ],
)
def test_table_that_is_no_evidence_is_explained(table, message):
    with pytest.raises(ValueError, match=message):
        EvidenceLoss(table)


def test_width_of_the_table_is_compared():
    with pytest.raises(ValueError, match="logits must have 3 columns"):
        EvidenceLoss(np.zeros((1, 3)))(torch.zeros(1, 2), at(torch.tensor([0])))


def test_target_without_an_index_is_explained():
    with pytest.raises(ValueError, match="EvidenceLoss needs target=.*index"):
        EvidenceLoss(np.zeros((1, 3)))(torch.zeros(1, 3), torch.tensor([0]))
