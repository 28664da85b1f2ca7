"""Text networks ignore padding, learn, and start as in the paper."""

import numpy as np
import pytest
import torch
from torch import nn

from sknoisy import ForwardCorrectedClassifier, make_net
from sknoisy.modules import EmbeddingClassifier, LSTMClassifier
from sknoisy.modules._text import _left_aligned

N_TOKENS = 20


def embedding(**settings):
    torch.manual_seed(0)
    return EmbeddingClassifier(6, 3, N_TOKENS, embedding_size=4, **settings)


def lstm(**settings):
    torch.manual_seed(0)
    return LSTMClassifier(3, N_TOKENS, embedding_size=4, hidden_size=5, **settings)


@pytest.mark.parametrize("net", [embedding(), lstm()], ids=["embedding", "lstm"])
def test_one_training_step_changes_all_weights_but_the_vector_of_padding(net):
    X = torch.randint(1, N_TOKENS, (64, 6))
    X[:, :2] = 0
    before = {name: value.clone() for name, value in net.named_parameters()}
    loss = nn.functional.cross_entropy(net(X), torch.arange(64) % 3)
    loss.backward()
    torch.optim.Adagrad(net.parameters(), lr=0.1).step()
    assert not net.embedding.weight[0].any()
    for name, value in net.named_parameters():
        assert not torch.equal(value, before[name]), name


def test_padding_adds_nothing_to_the_logits_of_the_embedding_classifier():
    net = embedding().eval()
    X = torch.tensor([[0, 0, 3, 4, 5, 6]])
    logits = net(X)
    with torch.no_grad():
        weights = net.output[1].weight.view(3, 6, 4)  # position, entry of the vector
        weights[:, :2] = 99
    assert torch.equal(net(X), logits)
    assert not net(torch.zeros(1, 6, dtype=torch.int64)).any()


@pytest.mark.parametrize(
    "padded", [[0, 0, 3, 4, 5], [3, 4, 5, 0, 0], [0, 3, 4, 0, 5], [3, 4, 5]], ids=str
)
def test_padding_is_skipped_by_the_lstm_wherever_it_stands(padded):
    net = lstm().eval()
    torch.testing.assert_close(net(torch.tensor([padded])), net(torch.tensor([[0, 3, 4, 5]])))


def test_a_row_of_padding_alone_has_the_logits_of_a_zero_state():
    net = lstm().eval()
    expected = net.output(torch.zeros(1, 5))
    torch.testing.assert_close(net(torch.zeros(1, 4, dtype=torch.int64)), expected)


def test_rows_of_a_batch_do_not_see_each_other():
    net = lstm().eval()
    X = torch.tensor([[0, 0, 0, 7], [1, 2, 3, 4], [0, 0, 8, 9]])
    torch.testing.assert_close(net(X), torch.cat([net(row[None]) for row in X]))


def test_words_keep_their_order():
    X, lengths = _left_aligned(torch.tensor([[0, 5, 0, 3, 4], [0, 0, 0, 0, 0]]))
    assert X.tolist() == [[5, 3, 4, 0, 0], [0, 0, 0, 0, 0]]
    assert lengths.tolist() == [3, 0]


def test_an_entry_is_dropped_for_all_words_at_once():
    torch.manual_seed(0)
    net = EmbeddingClassifier(6, 3, N_TOKENS, embedding_size=100, dropout=0.5)
    words = net.embedding(torch.tensor([[1, 2, 3, 4, 5, 6], [6, 5, 4, 3, 2, 1]]))
    dropped = net.dropout(words)
    zero = (dropped == 0).all(dim=1)
    assert ((25 < zero.sum(dim=1)) & (zero.sum(dim=1) < 75)).all()  # 50 +- 5
    assert not torch.equal(zero[0], zero[1])
    torch.testing.assert_close(dropped, 2 * words * ~zero[:, None])
    assert torch.equal(net.eval().dropout(words), words)


def test_logits_are_those_of_relu_dropout_and_a_linear_layer_in_this_order():
    net = embedding(dropout=0.5)
    X = torch.randint(0, N_TOKENS, (8, 6))
    torch.manual_seed(1)
    logits = net(X)
    torch.manual_seed(1)
    words = net.dropout(net.embedding(X)).relu().flatten(1)
    torch.testing.assert_close(logits, net.output[1](words))


def test_number_of_weights():
    net = EmbeddingClassifier(400, 2)
    assert sum(p.numel() for p in net.parameters()) == 5001 * 50 + 2 * (400 * 50 + 1)
    net = LSTMClassifier(2)
    recurrent = 4 * 512 * (512 + 512 + 2)
    dense = 512 * (512 + 1) + 2 * (512 + 1)
    assert sum(p.numel() for p in net.parameters()) == 5001 * 512 + recurrent + dense


def test_initial_weights_of_the_logits_shrink_with_the_number_of_positions():
    torch.manual_seed(0)
    weights = EmbeddingClassifier(400, 2).output[1].weight
    # 40,000 normal weights: the standard error of their variance is 0.7%.
    assert weights.var().item() == pytest.approx(2 / (400 * 50), rel=4 * 0.007)


def test_initial_weights_of_the_lstm():
    net = lstm()
    assert net.embedding.weight.abs().max() <= 0.05
    assert net.lstm.weight_ih_l0.abs().max() <= 0.05
    recurrent = net.lstm.weight_hh_l0
    torch.testing.assert_close(recurrent.T @ recurrent, torch.eye(5))
    forget = net.lstm.bias_ih_l0 + net.lstm.bias_hh_l0
    assert forget.tolist() == [0] * 5 + [1] * 5 + [0] * 10


@pytest.mark.parametrize(
    ("module", "settings", "epochs"),
    [
        (EmbeddingClassifier, {"module__dropout": 0.2}, 15),
        (LSTMClassifier, {"module__hidden_size": 8, "module__embedding_dropout": 0.2}, 25),
    ],
)
def test_estimators_fill_in_the_sizes_and_it_learns(module, settings, epochs):
    rng = np.random.default_rng(0)
    X = rng.integers(3, N_TOKENS, (200, 8))
    y = np.arange(200) % 2
    X[np.arange(200), rng.integers(4, 8, 200)] = 1 + y  # one word says it
    X[:, :2] = 0
    net = make_net(
        module,
        module__n_tokens=N_TOKENS,
        module__embedding_size=8,
        lr=0.02,
        max_epochs=epochs,
        device="cpu",
        **settings,
    )
    clf = ForwardCorrectedClassifier(net, transition_matrix=np.eye(2), random_state=0).fit(X, y)
    assert clf.score(X, y) > 0.9
