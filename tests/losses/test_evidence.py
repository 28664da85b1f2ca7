import pickle

import numpy as np
import pytest
import torch

from sknoisy.losses import ForwardLoss, Target
from sknoisy.losses._evidence import EvidenceLoss

T = np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.3, 0.3, 0.4]])
GENERATOR = torch.Generator().manual_seed(0)
LOGITS = torch.randn(20, 3, generator=GENERATOR, dtype=torch.float64)
Y = torch.randint(3, (20,), generator=GENERATOR)


def at(index):
    """A target whose labels say nothing."""
    return Target(torch.zeros_like(index), index=index)


def test_columns_of_T_give_the_forward_loss():
    loss = EvidenceLoss(np.log(T).T, reduction="none")(LOGITS, at(Y))
    forward = ForwardLoss(T, reduction="none")(LOGITS, Y)
    # The factor that makes the largest entry of each column 1.
    torch.testing.assert_close(loss, forward + torch.tensor(np.log(T.max(axis=0)))[Y])


def test_two_labels_are_explained_together():
    log_T = np.log(T)
    table = log_T.T[Y] + log_T.T[Y.flip(0)]
    loss = EvidenceLoss(table, reduction="none")(LOGITS, at(torch.arange(20)))
    likelihood = torch.tensor(np.exp(table - table.max(axis=1, keepdims=True)))
    torch.testing.assert_close(loss, -(LOGITS.softmax(dim=1) * likelihood).sum(dim=1).log())


def test_hundreds_of_labels_neither_underflow_nor_lose_the_gradient():
    logits = torch.zeros(1, 3, requires_grad=True)
    criterion = EvidenceLoss(np.full((1, 3), -5000.0) + [[0, -1, -2]])
    criterion(logits, at(torch.tensor([0]))).backward()
    assert logits.grad.abs().sum() > 0.1


def test_criterion_survives_pickling():
    criterion = EvidenceLoss(np.log(T).T)
    expected = criterion(LOGITS, at(Y))
    assert pickle.loads(pickle.dumps(criterion))(LOGITS, at(Y)) == expected


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


def test_target_that_does_not_fit_is_explained():
    criterion = EvidenceLoss(np.zeros((1, 3)))
    with pytest.raises(ValueError, match="logits must have 3 columns"):
        criterion(torch.zeros(1, 2), at(torch.tensor([0])))
    with pytest.raises(ValueError, match="EvidenceLoss needs target=.*index"):
        criterion(torch.zeros(1, 3), torch.tensor([0]))
