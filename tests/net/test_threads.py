"""Threads share fitted nets, and take turns with the random numbers of the process."""

import contextlib
import inspect
import pickle
import sys
import threading
from concurrent import futures
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from helpers import X, Y, train, weights_of
from skorch import NeuralNetClassifier
from skorch.callbacks import Callback
from skorch.dataset import ValidSplit
from torch.utils.data import Dataset, TensorDataset

from sknoisy import RobustLossClassifier, make_net
from sknoisy._net import _threads, build_net, fit_net, predict_proba
from sknoisy.modules import MLP

PATIENCE = 10  # Seconds that a test waits for a thread before it fails.


class Watched(MLP):
    """Tells what happens to it, and whether it is in training mode in each forward pass."""

    def __init__(self, n_features, n_classes):
        super().__init__(n_features, n_classes, dropout=0.5)
        self.told = []
        self.before_forward = lambda: None

    def train(self, mode=True):
        self.told.append(mode)
        return super().train(mode)

    def forward(self, rows):
        self.before_forward()
        self.seen = self.training, torch.get_rng_state()
        return super().forward(rows)

    def __getstate__(self):
        return {**super().__getstate__(), "before_forward": None}

    def __deepcopy__(self, memo):
        raise TypeError("The examination makes a new one.")


def watched(**settings):
    net = train(make_net(Watched, max_epochs=1, **settings))
    net.module_.told.clear()
    return net


def modes_of(net):
    return [part.training for part in net.module_.modules()]


@pytest.mark.parametrize("rows", [X, TensorDataset(torch.from_numpy(X))])
def test_predicting_sets_no_mode_and_no_generator(rows):
    net = watched()
    before = torch.get_rng_state()
    predict_proba(net, rows)
    training, inside = net.module_.seen
    assert not training
    assert torch.equal(inside, before)
    assert torch.equal(torch.get_rng_state(), before)
    assert net.module_.told == []


def test_the_fitted_net_predicts_by_its_own_methods_without_a_draw():
    net = watched()
    before = torch.get_rng_state()
    net.predict(X)
    assert torch.equal(torch.get_rng_state(), before)


class Failing(Callback):
    def on_epoch_end(self, net, **kwargs):
        if len(net.history) == 2:
            raise RuntimeError("failed")


@pytest.mark.parametrize("kind", [None, NeuralNetClassifier])
def test_a_net_is_left_in_evaluation_mode_also_by_a_training_that_fails(kind):
    net = make_net(max_epochs=1, callbacks=[Failing()], module__dropout=0.5)
    if kind is not None:
        net = kind(MLP, max_epochs=1, train_split=None, verbose=0, callbacks=[Failing()])
    net = train(net)
    assert not any(modes_of(net))
    with pytest.raises(RuntimeError, match="failed"):
        fit_net(net, X, Y, n_classes=2, seed=0)
    assert not any(modes_of(net))
    assert not net.criterion_.training


def test_of_two_threads_the_last_restores_the_modes_of_the_user():
    net = watched()
    expected = predict_proba(net, X)
    net.module_.train()
    net.module_.layers[0].eval()
    before = modes_of(net)
    both_inside, first_has_left = threading.Barrier(2, timeout=PATIENCE), threading.Event()
    seen = threading.local()

    def meet():
        if not hasattr(seen, "other"):
            seen.other = True
            both_inside.wait()
            if threading.current_thread().name.endswith("_1"):
                assert first_has_left.wait(PATIENCE)

    def first_leaves():
        proba = predict_proba(net, X)
        first_has_left.set()
        return proba

    net.module_.before_forward = meet
    with ThreadPoolExecutor(2) as pool:
        answers = [pool.submit(first_leaves), pool.submit(first_leaves)]
        for answer in answers:
            np.testing.assert_array_equal(answer.result(), expected)
    assert modes_of(net) == before


def test_a_training_and_predictions_of_one_net_wait_for_each_other():
    net = watched()
    expected = predict_proba(net, X)
    inside, go_on = threading.Event(), threading.Event()

    def hold():
        if not inside.is_set():
            inside.set()
            assert go_on.wait(PATIENCE)

    net.module_.before_forward = hold
    with ThreadPoolExecutor(2) as pool:
        answer = pool.submit(predict_proba, net, X)
        assert inside.wait(PATIENCE)
        training = pool.submit(fit_net, net, X, Y, n_classes=2, seed=0)
        with pytest.raises(futures.TimeoutError):
            training.result(0.5)
        assert not any(modes_of(net))
        go_on.set()
        np.testing.assert_array_equal(answer.result(), expected)
        training.result()
    assert not np.array_equal(predict_proba(net, X), expected)


class Meeting(Callback):
    """Waits for another training, which comes unless they take turns."""

    barrier = threading.Barrier(2)

    def on_epoch_begin(self, net, **kwargs):
        try:
            self.barrier.wait(0.1)
        except threading.BrokenBarrierError:
            pass


@pytest.mark.parametrize("dropout", [0.0, 0.5])
def test_fits_in_threads_are_those_of_fits_alone(dropout):
    def fitted(seed, callbacks=()):
        net = make_net(max_epochs=2, module__dropout=dropout, callbacks=list(callbacks))
        net = build_net(net, n_classes=2, sample_shape=(6,))
        return weights_of(fit_net(net, X, Y, n_classes=2, seed=seed))

    alone = [fitted(seed) for seed in (1, 2)]
    before = torch.get_rng_state()
    Meeting.barrier.reset()
    with ThreadPoolExecutor(2) as pool:
        fits = [pool.submit(fitted, seed, [Meeting()]) for seed in (1, 2)]
        for fit, weights in zip(fits, alone, strict=True):
            assert torch.equal(fit.result(), weights)
    assert torch.equal(torch.get_rng_state(), before)


def test_a_fit_is_not_disturbed_by_a_prediction_that_lasts_for_some_steps():
    other = watched()
    expected = predict_proba(other, X)
    inside, go_on = threading.Event(), threading.Event()

    def hold():
        inside.set()
        assert go_on.wait(PATIENCE)

    class Predicting(Callback):
        answer = None

        def on_batch_end(self, net, **kwargs):
            if self.answer is None:
                type(self).answer = pool.submit(predict_proba, other, X)
                assert inside.wait(PATIENCE)
            elif not go_on.is_set():
                go_on.set()
                np.testing.assert_array_equal(self.answer.result(PATIENCE), expected)

    class Idle(Callback):
        def on_batch_end(self, net, **kwargs):
            pass

    other.module_.before_forward = hold
    settings = {"max_epochs": 2, "module__dropout": 0.5}
    with ThreadPoolExecutor(1) as pool:
        disturbed = train(make_net(callbacks=[Predicting()], **settings))
    alone = train(make_net(callbacks=[Idle()], **settings))
    assert torch.equal(weights_of(disturbed), weights_of(alone))


class Drawing(MLP):
    def forward(self, rows):
        return super().forward(rows) + torch.rand(len(rows), 1) * torch.tensor([0.0, 1.0])


class DrawingRows(Dataset):
    def __len__(self):
        return len(X)

    def __getitem__(self, row):
        return torch.from_numpy(X[row]) + 0.1 * torch.rand(6)


@pytest.mark.parametrize(("module", "rows"), [(Drawing, X), (MLP, DrawingRows())])
def test_random_numbers_of_the_user_repeat_and_leave_the_generator_alone(module, rows):
    net = train(make_net(module, max_epochs=1))
    for again in (net, pickle.loads(pickle.dumps(net))):
        before = torch.get_rng_state()
        first = predict_proba(again, rows)
        assert torch.equal(torch.get_rng_state(), before)
        np.testing.assert_array_equal(predict_proba(again, rows), first)


def test_a_split_without_a_seed_takes_that_of_the_fit():
    def losses(random_state, train_split):
        net = make_net(max_epochs=1, train_split=train_split)
        clf = RobustLossClassifier(net, random_state=random_state).fit(X, Y)
        return clf.history_[-1, "valid_loss"]

    before = np.random.get_state()[1].copy()  # noqa: NPY002
    first = losses(0, ValidSplit(0.3))
    assert np.array_equal(np.random.get_state()[1], before)  # noqa: NPY002
    np.random.rand(1)  # noqa: NPY002
    assert losses(0, ValidSplit(0.3)) == first
    assert losses(0, ValidSplit(0.3, random_state=1)) != first


class Pickling(Callback):
    def on_epoch_end(self, net, **kwargs):
        net.pickled = pickle.dumps(net)


def test_a_net_can_be_pickled_in_training_without_its_rows():
    net = train(make_net(max_epochs=1, train_split=ValidSplit(0.2), callbacks=[Pickling()]))
    assert X.tobytes()[:400] not in net.pickled
    again = pickle.loads(net.pickled)
    again.partial_fit(X, Y)
    assert len(again.history_) == 2


def test_a_forked_process_finds_nothing_held():
    with ThreadPoolExecutor(1) as pool:
        held, go_on = threading.Event(), threading.Event()

        def hold():
            with _threads.own_generators():
                held.set()
                go_on.wait(PATIENCE)

        holding = pool.submit(hold)
        assert held.wait(PATIENCE)
        _threads._forget()
        with _threads.own_generators():
            pass
        go_on.set()
        holding.result()


def interrupted_at(moment, use):
    """Whether KeyboardInterrupt, raised at this event of the bookkeeping, cut `use` short.

    Events are begins and ends of calls, where Python looks whether Ctrl-C was pressed. Before 3.11
    it looks inside of a generator that goes on, not where it is told to: an error there would pass
    its `finally` by.
    """
    files = (_threads.__file__, threading.__file__, contextlib.__file__)
    events = 0

    def trace(frame, event, arg):
        nonlocal events
        if frame.f_code.co_filename not in files:
            return None
        in_generator = bool(frame.f_code.co_flags & inspect.CO_GENERATOR)
        suspended = in_generator and event == "return"
        goes_on = in_generator and event == "call" and frame.f_lasti >= 0
        unreal = suspended or (goes_on and sys.version_info < (3, 11))
        if event in ("call", "return") and not unreal:
            events += 1
            if events == moment:
                raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        use()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(before)
    return False


@pytest.mark.parametrize("purpose", [_threads.evaluation_mode, _threads.training])
def test_ctrl_c_at_any_moment_leaves_the_net_to_other_threads(purpose):
    net = watched()

    def use():
        with purpose(net):
            pass

    def other():
        with _threads.training(net), _threads.evaluation_mode(net):
            pass

    moment = 1
    while interrupted_at(moment, use):
        thread = threading.Thread(target=other, daemon=True)
        thread.start()
        thread.join(PATIENCE)
        assert not thread.is_alive(), moment
        moment += 1
    assert moment > 10
