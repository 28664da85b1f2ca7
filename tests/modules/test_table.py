"""The networks that estimators train where none is given."""

import copy

import numpy as np
import pytest
import torch
from scipy import sparse

from sknoisy._iterators._rows import csr_tensor
from sknoisy.modules import MLP, ColumnScaling, PiecewiseLinear, SparseLinear, TableMLP

RNG = np.random.default_rng(0)
X = RNG.normal(size=(50, 4)).astype(np.float32)


def test_rows_pass_as_they_are_near_zero_before_there_are_statistics():
    layer = ColumnScaling(4)
    torch.testing.assert_close(layer(torch.from_numpy(X) / 100), torch.from_numpy(X) / 100)


def test_columns_are_scaled_and_outliers_kept_in_order():
    layer = ColumnScaling(4)
    layer.fit_columns(X * 1e6 + 3e6)
    scaled = layer(torch.from_numpy(X * 1e6 + 3e6)).numpy()
    assert np.abs(np.median(scaled, axis=0)).max() < 0.1
    far = layer(torch.tensor([[3e6 + z * 1e6] * 4 for z in (0.0, 10, 100, 1e30)]))
    assert (far.diff(dim=0)[:2] > 0).all()
    assert far.abs().max() <= layer.limit


def test_the_farthest_number_is_at_the_limit():
    layer = ColumnScaling(1)
    layer.fit_columns(np.array([[1e-6], [2e-6], [3e-6]]))
    far = torch.finfo(torch.float32).max
    torch.testing.assert_close(layer(torch.tensor([[far], [-far]])), torch.tensor([[10.0], [-10]]))


def test_a_constant_column_is_zero_whatever_comes_later():
    layer = ColumnScaling(4)
    layer.fit_columns(np.full((9, 4), 1e9))
    assert not layer(torch.full((2, 4), 5.0)).any()


def test_without_statistics_and_pieces_the_network_of_tables_is_an_mlp():
    torch.manual_seed(0)
    table = TableMLP(4, 3, hidden_sizes=(8,), n_pieces=0).eval()
    plain = MLP(4, 3, hidden_sizes=(8,))
    with torch.no_grad():
        for layer, weight, bias in zip(
            (plain.layers[1], plain.layers[3]), table.weights, table.biases, strict=True
        ):
            layer.weight.copy_(weight[0].T)
            layer.bias.copy_(bias[0, 0])
    rows = torch.from_numpy(X) / 1000
    torch.testing.assert_close(table(rows), plain(rows), rtol=1e-5, atol=1e-7)


def test_pieces_say_where_in_the_quantiles_a_value_lies():
    layer = PiecewiseLinear(2, 4)
    column = np.arange(9.0)
    layer.fit_pieces(np.column_stack([column, np.full(9, 7.0)]))
    rows = torch.tensor([[3.0, 7.0], [-5.0, 0.0], [99.0, 9.0]])
    shares = (layer(rows) + layer.mean).reshape(3, 2, 4)
    assert shares[:, 1].abs().max() == 0  # A constant column has no pieces.
    torch.testing.assert_close(shares[0, 0], torch.tensor([1.0, 0.5, 0.0, 0.0]))
    assert shares[1, 0].tolist() == [0, 0, 0, 0]
    assert shares[2, 0].tolist() == [1, 1, 1, 1]
    of_training = layer(torch.from_numpy(np.column_stack([column, column])).float())
    assert of_training[:, :4].mean(dim=0).abs().max() < 1e-6


def test_a_row_of_weight_two_is_two_rows_for_the_pieces():
    rng = np.random.default_rng(0)
    rows, weights = rng.normal(size=(50, 3)), rng.integers(1, 4, 50)
    weighted, repeated = PiecewiseLinear(3, 8), PiecewiseLinear(3, 8)
    weighted.fit_pieces(rows, weights)
    repeated.fit_pieces(np.repeat(rows, weights, axis=0))
    for name, buffer in weighted.named_buffers():
        torch.testing.assert_close(buffer, dict(repeated.named_buffers())[name])


@pytest.mark.parametrize(("n_features", "n_pieces"), [(4, 8), (200, 5), (2000, 0)])
def test_wide_tables_have_fewer_pieces(n_features, n_pieces):
    module = TableMLP(n_features, 2, hidden_sizes=(3,))
    assert module.weights[0].shape[1] == n_features * (1 + n_pieces)


def linear(n_classes=3):
    module = SparseLinear(4, n_classes)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(torch.from_numpy(RNG.normal(size=parameter.shape)))
    return module


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_sparse_rows_give_the_outputs_and_gradients_of_dense_ones(dtype, n_classes):
    dense = np.where(X > 0.5, X, 0)
    module = linear(n_classes).to(dtype)
    module.fit_columns(sparse.csr_array(dense))
    other = copy.deepcopy(module)
    outputs = module(csr_tensor(sparse.csr_array(dense), dtype))
    expected = other(torch.from_numpy(dense).to(dtype))
    torch.testing.assert_close(outputs, expected)
    assert outputs.shape == (50, n_classes)
    for result in (outputs, expected):
        result.square().sum().backward()
    for own, its in zip(module.parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(own.grad, its.grad)


def test_rows_without_entries_get_the_bias():
    module = linear()
    empty = csr_tensor(sparse.csr_array((2, 4), dtype=np.float32), torch.float32)
    torch.testing.assert_close(module(empty), module.bias.expand(2, 3))


def test_the_scale_of_sparse_columns_is_that_of_their_entries_and_rows_are_short():
    module = linear()
    rows = sparse.csr_array(np.array([[1e-6, 0, 2e6, 0], [1e-6, 0, 0, 0], [0, 0, 2e6, 0]]))
    module.fit_columns(rows)
    scaled = rows.toarray() * module.factor.numpy()
    np.testing.assert_allclose(scaled[0], np.array([1, 0, 1, 0]) / np.sqrt(4 / 3), rtol=1e-6)
    assert module.factor[1] == 0


def test_linear_members_start_at_zero_and_are_one_product():
    module = TableMLP(n_features=7, n_classes=3, hidden_sizes=(), n_pieces=0, n_members=4)
    weight, bias = module.weights[0], module.biases[0]
    assert not weight.any()
    assert not bias.any()
    rows = torch.randn(5, 7)
    with torch.no_grad():
        weight.normal_()
        bias.normal_()
        together = module.logits_of_each(rows)
        for member in range(4):
            expected = module.encoded(rows) @ weight[member] + bias[member]
            torch.testing.assert_close(together[:, member], expected)
            torch.testing.assert_close(module.logits_of(member, rows), expected)
