import torch
from torch.nn import functional as F

from sknoisy.losses import CrossEntropy, cross_entropy_loss


def test_cross_entropy_is_that_of_torch():
    logits = torch.randn(6, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    y = torch.tensor([0, 1, 2, 2, 1, 0])
    for reduction in ("mean", "sum", "none"):
        expected = F.cross_entropy(logits, y, reduction=reduction)
        torch.testing.assert_close(cross_entropy_loss(logits, y, reduction=reduction), expected)
        torch.testing.assert_close(CrossEntropy(reduction)(logits, y), expected)
