import pytest
import torch

from sknoisy.modules import MLP, MemberModules, MixedTableMLP, TableMLP

ROWS = torch.randn(6, 4, generator=torch.Generator().manual_seed(0))


def members(kind, n_members=4):
    torch.manual_seed(0)
    if kind == "mixed":
        module = MixedTableMLP(4, 2, hidden_sizes=(8, 5), n_members=n_members)
        torch.nn.init.normal_(module.linear.weights[0])  # They start at zero, all alike.
        return module
    if kind == "stacked":
        return TableMLP(4, 2, hidden_sizes=(8, 5), n_members=n_members)
    return MemberModules(MLP, n_members, n_features=4, n_classes=2, hidden_sizes=(8, 5))


@pytest.mark.parametrize("kind", ["stacked", "mixed", "any class"])
def test_evaluation_gives_the_mean_posterior_of_the_members(kind):
    module = members(kind).eval()
    posteriors = [module.logits_of(m, ROWS).softmax(dim=1) for m in range(4)]
    torch.testing.assert_close(module(ROWS).exp(), torch.stack(posteriors).mean(dim=0))
    assert (posteriors[0] - posteriors[1]).abs().max() > 0.01


@pytest.mark.parametrize("kind", ["stacked", "mixed", "any class"])
def test_training_gives_the_logits_of_each(kind):
    module = members(kind)
    each = module.eval().logits_of_each(ROWS)
    assert module.train()(ROWS).shape == each.shape == (6, 4, 2)
    module.eval()
    for member in range(4):
        torch.testing.assert_close(each[:, member], module.logits_of(member, ROWS))


@pytest.mark.parametrize("kind", ["stacked", "mixed", "any class"])
def test_the_state_of_a_member_can_be_written_to(kind):
    module = members(kind).eval()
    before = module.logits_of_each(ROWS)
    with torch.no_grad():
        for part, other in zip(module.state_of(0), module.state_of(1), strict=True):
            part.copy_(other)
    after = module.logits_of_each(ROWS)
    torch.testing.assert_close(after[:, 0], before[:, 1])
    torch.testing.assert_close(after[:, 1:], before[:, 1:])


@pytest.mark.parametrize("kind", ["stacked", "any class"])
def test_a_single_member_is_a_network_like_any_other(kind):
    module = members(kind, n_members=1)
    assert module.train()(ROWS).shape == module.eval()(ROWS).shape == (6, 2)
    torch.testing.assert_close(module(ROWS), module.logits_of(0, ROWS))


def test_there_must_be_a_member():
    with pytest.raises(ValueError, match="n_members must be at least 1"):
        TableMLP(4, 2, n_members=0)


def test_half_of_mixed_members_are_linear_models():
    module = members("mixed").eval()
    assert [len(part.weights) for part in (module.networks, module.linear)] == [3, 1]
    ends = torch.stack([ROWS[0], ROWS[1], (ROWS[0] + ROWS[1]) / 2])
    module.linear.scaling.forward = module.networks.scaling.forward = lambda X: X
    first, second, between = module.logits_of_each(ends)
    bend = (between - (first + second) / 2).abs().amax(dim=1)
    assert (bend[2:] < 1e-6).all()
    assert (bend[:2] > 1e-4).all()


def test_mixed_members_are_as_many_of_either_kind():
    with pytest.raises(ValueError, match="n_members of MixedTableMLP must be even"):
        MixedTableMLP(4, 2, n_members=3)
