"""Warm-up, main part and fine-tuning: what is trained, and what callbacks see of it."""

import numpy as np
import pytest
import torch
from helpers import T2, X, Y, train, weights_of
from skorch.callbacks import Callback, Checkpoint, EarlyStopping, EpochScoring, LRScheduler
from skorch.dataset import ValidSplit
from torch.utils.data import Subset

from sknoisy import make_net
from sknoisy._net import LeanNet, WarmUp, fine_tune
from sknoisy.callbacks import BestEpoch, CorrectedAccuracy, NoiseFloor
from sknoisy.losses import CrossEntropy, ForwardLoss

CORRECTED = {"criterion": ForwardLoss, "criterion__transition_matrix": T2}
SPLIT = ValidSplit(0.25, stratified=True, random_state=0)
EPOCHS, WARM = 5, 2


def phased(net, warm_up=WARM):
    """Trained on noisy labels: the first epochs without correction."""
    first = WarmUp({"criterion": CrossEntropy}, warm_up)
    return train(net, criterion=CORRECTED, warm_up=first)


def small_net(*callbacks, **settings):
    return make_net(**{"max_epochs": EPOCHS, "callbacks": list(callbacks), **settings})


class Recorder(Callback):
    """What a callback of the user's is told."""

    def initialize(self):
        self.events_ = []
        return self

    def _note(self, name, net):
        self.events_.append((name, len(net.history), type(net.criterion_).__name__))

    def on_train_begin(self, net, X, y, **kwargs):
        self._note("train begins", net)
        assert len(X) == len(y) == 230

    def on_epoch_begin(self, net, **kwargs):
        self._note("epoch begins", net)

    def on_epoch_end(self, net, **kwargs):
        self._note("epoch ends", net)

    def on_train_end(self, net, X, y, **kwargs):
        self._note("train ends", net)
        assert len(X) == len(y) == 230


class ScheduleRecorder(LRScheduler):
    """A scheduler, which runs in all phases, and what it is told."""

    interrupt_in = None

    def initialize(self):
        self.began_, self.ended_, self.held_out_, self.trained_ = 0, 0, [], []
        return super().initialize()

    def on_train_begin(self, net, **kwargs):
        self.began_ += 1
        super().on_train_begin(net, **kwargs)

    def on_epoch_begin(self, net, dataset_train=None, dataset_valid=None, **kwargs):
        if len(net.history) == self.interrupt_in:  # That of the epoch is there.
            raise KeyboardInterrupt
        if dataset_valid is not None:
            self.trained_.append(sorted(dataset_train.indices))
            self.held_out_.append(sorted(dataset_valid.indices))
        super().on_epoch_begin(net, dataset_train=dataset_train, **kwargs)

    def on_train_end(self, net, **kwargs):
        self.ended_ += 1


def halving():
    return ScheduleRecorder("StepLR", step_size=1, gamma=0.5)


# %% Warm-up and main part


def test_a_callback_of_the_users_sees_the_main_part_only():
    net = phased(small_net(Recorder()))
    events = dict(net.callbacks_)["Recorder"].events_
    epochs = [
        (name, epoch, "ForwardLoss")
        for epoch in (3, 4, 5)
        for name in ("epoch begins", "epoch ends")
    ]
    # The beginning before the warm-up: some change the module there.
    first, last = ("train begins", 0, "ForwardLoss"), ("train ends", 5, "ForwardLoss")
    assert events == [first, *epochs, last]


@pytest.mark.parametrize(
    "make",
    [
        lambda folder: (EarlyStopping, {"patience": 99}),
        lambda folder: (BestEpoch, {}),
        lambda folder: (CorrectedAccuracy, {}),
        lambda folder: (NoiseFloor, {"tolerance": 1e9}),
        lambda folder: (EpochScoring, {"scoring": "accuracy", "name": "acc"}),
        lambda folder: (Checkpoint, {"dirname": str(folder), "f_history": None}),
    ],
    ids=["EarlyStopping", "BestEpoch", "CorrectedAccuracy", "NoiseFloor", "scoring", "Checkpoint"],
)
def test_who_judges_a_network_by_its_loss_gets_no_epoch_of_the_warm_up(make, tmp_path):
    kind, settings = make(tmp_path)
    told = []

    class Spied(kind):
        def on_train_begin(self, net, **kwargs):
            told.append("begin")
            super().on_train_begin(net, **kwargs)

        def on_epoch_end(self, net, **kwargs):
            told.append(net.history[-1, "epoch"])
            super().on_epoch_end(net, **kwargs)

        def on_train_end(self, net, **kwargs):
            told.append("end")
            super().on_train_end(net, **kwargs)

    phased(small_net(Spied(**settings), train_split=SPLIT))
    assert told == ["begin", 3, 4, 5, "end"]


def test_a_schedule_of_the_learning_rate_spans_all_epochs():
    net = phased(small_net(halving(), lr=1e-3))
    scheduler = dict(net.callbacks_)["ScheduleRecorder"]
    np.testing.assert_allclose(net.history[:, "event_lr"], 1e-3 * 0.5 ** np.arange(EPOCHS))
    assert (scheduler.began_, scheduler.ended_) == (1, 1)


def test_the_history_holds_the_epochs_of_all_phases():
    net = phased(small_net(CorrectedAccuracy(), train_split=SPLIT))
    assert net.history[:, "epoch"] == [1, 2, 3, 4, 5]
    for column in ("train_loss", "valid_loss", "dur", "train_batch_count"):
        assert len(net.history[:, column]) == EPOCHS
    assert ["valid_corrected_acc" in row for row in net.history] == [False, False, True, True, True]
    fine_tune(net, X[:20], Y[:20], seed=0, epochs=2, lr_factor=0.5)
    assert net.history[:, "epoch"] == [1, 2, 3, 4, 5, 6, 7]


def test_hooks_of_the_net_itself_are_called_once():
    class Own(LeanNet):
        calls = ()

        def on_train_begin(self, *args, **kwargs):
            self.calls = (*self.calls, "begin")
            super().on_train_begin(*args, **kwargs)

        def on_train_end(self, *args, **kwargs):
            self.calls = (*self.calls, "end")
            super().on_train_end(*args, **kwargs)

    net = make_net(max_epochs=EPOCHS)
    own = Own(**net.get_params(deep=False))
    assert phased(own).calls == ("begin", "end")


class UnseededSplit:
    """Holds out other rows at every call."""

    calls = 0

    def __call__(self, dataset, y):
        type(self).calls += 1
        rows = np.random.default_rng().permutation(len(dataset)).tolist()
        return Subset(dataset, rows[60:]), Subset(dataset, rows[:60])


def test_rows_are_held_out_once_for_warm_up_and_main_part():
    UnseededSplit.calls = 0
    net = phased(small_net(halving(), train_split=UnseededSplit()))
    seen = dict(net.callbacks_)["ScheduleRecorder"]
    assert UnseededSplit.calls == 1
    assert seen.held_out_ == [seen.held_out_[0]] * EPOCHS
    assert seen.trained_ == [seen.trained_[0]] * EPOCHS
    assert sorted(seen.held_out_[0] + seen.trained_[0]) == list(range(230))
    assert type(net.train_split) is UnseededSplit


def test_a_net_may_split_by_itself():
    class Own(LeanNet):
        def get_split_datasets(self, X, y=None, **kwargs):
            rows = list(range(len(X)))
            return Subset(X, rows[60:]), Subset(X, rows[:60])

    own = Own(**small_net(halving()).get_params(deep=False))
    seen = dict(phased(own).callbacks_)["ScheduleRecorder"]
    assert seen.held_out_ == [list(range(60))] * EPOCHS
    assert seen.trained_ == [list(range(60, 230))] * EPOCHS


@pytest.mark.parametrize("column", ["train_loss", "valid_loss"])
def test_the_best_loss_is_that_of_corrected_epochs_only(column):
    # Clean labels: the uncorrected loss falls below what the corrected one can reach.
    net = phased(small_net(train_split=SPLIT, max_epochs=14, lr=0.01), warm_up=10)
    losses, best = net.history[:, column], net.history[:, f"{column}_best"]
    assert min(losses[:10]) < min(losses[10:]), "for this test to say something"
    for start, end in ((0, 10), (10, 14)):
        lowest = np.minimum.accumulate(losses[start:end])
        expected = [True, *(np.diff(lowest) < 0)]
        assert best[start:end] == expected


def test_a_checkpoint_keeps_the_best_corrected_epoch(tmp_path):
    kept = Checkpoint(dirname=str(tmp_path), load_best=True)
    net = phased(small_net(kept, train_split=SPLIT, max_epochs=14, lr=0.01), warm_up=10)
    best = 10 + int(np.argmin(net.history[10:, "valid_loss"])) + 1
    saved = make_net(max_epochs=best, lr=0.01, train_split=SPLIT)
    stopped = phased(saved, warm_up=10)
    assert torch.equal(weights_of(net), weights_of(stopped))


# %% Ends before the end


class StopsAfter(Recorder):
    def __init__(self, epoch, error=KeyboardInterrupt):
        self.epoch, self.error = epoch, error

    def on_epoch_end(self, net, **kwargs):
        super().on_epoch_end(net, **kwargs)
        if len(net.history) == self.epoch:
            raise self.error


def assert_settings_are_those_of_before(net, names):
    assert [name for name, _ in net.callbacks_ if name in names] == names
    assert not any(
        name in ("marker", "finite_loss", "progress", "complete") for name, _ in net.callbacks_
    )
    assert type(net.criterion_) is ForwardLoss
    assert type(net.train_split) is ValidSplit


def test_a_callback_that_stops_the_training_does_so_in_the_main_part():
    net = phased(small_net(StopsAfter(4), train_split=SPLIT))
    events = dict(net.callbacks_)["StopsAfter"].events_
    assert [epoch for name, epoch, _ in events if name == "epoch ends"] == [3, 4]
    assert [event[0] for event in events].count("train ends") == 1
    assert len(net.history) == 4
    assert_settings_are_those_of_before(net, ["StopsAfter"])


def interrupted(epoch, *callbacks):
    """A net whose scheduler is interrupted as the epoch of this number begins, with its error."""
    built = []

    class Own(LeanNet):
        def initialize(self):
            built.append(self)
            return super().initialize()

    settings = small_net(halving(), *callbacks, train_split=SPLIT).get_params(deep=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ScheduleRecorder, "interrupt_in", epoch)
        try:
            phased(Own(**settings))
        except KeyboardInterrupt as error:
            return built[0], error
    return built[0], None


@pytest.mark.parametrize("epoch", [2, 3])
def test_an_interruption_is_passed_on_and_the_callbacks_are_told_of_the_end(epoch):
    net, error = interrupted(epoch, BestEpoch(), Recorder())
    assert isinstance(error, KeyboardInterrupt)
    names = [name for name, *_ in dict(net.callbacks_)["Recorder"].events_]
    assert names == ["train begins", "train ends"]
    assert dict(net.callbacks_)["ScheduleRecorder"].ended_ == 1
    assert_settings_are_those_of_before(net, ["ScheduleRecorder", "BestEpoch", "Recorder"])


def test_an_interruption_as_the_training_begins_is_passed_on():
    class Impatient(Callback):
        def on_train_begin(self, net, **kwargs):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        phased(small_net(Impatient()))


def test_a_main_part_interrupted_later_is_given_up_too():
    _, error = interrupted(4, BestEpoch(), Recorder())
    assert isinstance(error, KeyboardInterrupt)


def test_the_log_names_the_columns_of_all_callbacks(capsys):
    net = small_net(EpochScoring("accuracy", name="mine"), verbose=1, train_split=SPLIT)
    train(net, criterion=CORRECTED, warm_up=WarmUp({"criterion": CrossEntropy}, WARM))
    lines = [line for line in capsys.readouterr().out.splitlines() if line.strip()]
    headers = [line for line in lines if "train_loss" in line]
    assert ["mine" in line for line in headers] == [False, True]
    columns = len(headers[-1].split())
    assert all(len(line.split()) == columns for line in lines[-(EPOCHS - WARM) :])


def test_an_interruption_before_any_epoch_is_complete_is_passed_on():
    net, error = interrupted(1, BestEpoch(), Recorder())
    assert isinstance(error, KeyboardInterrupt)
    assert_settings_are_those_of_before(net, ["ScheduleRecorder", "BestEpoch", "Recorder"])


def test_an_error_in_a_callback_is_passed_on_after_the_end_is_announced():
    class Failed(Exception):
        pass

    ended = []

    class Fails(StopsAfter):
        def on_train_end(self, net, **kwargs):
            ended.append(len(net.history))
            super().on_train_end(net, **kwargs)

    with pytest.raises(Failed):
        phased(small_net(Fails(3, Failed)))
    assert ended == [3]


# %% Fine-tuning


def test_settings_of_the_training_are_put_back_and_callbacks_left_out():
    net = phased(small_net(Recorder(), halving(), train_split=SPLIT, lr=1e-3))
    rate = net.optimizer_.param_groups[0]["lr"]
    callbacks, before = net.callbacks_, weights_of(net).clone()
    told = len(dict(callbacks)["Recorder"].events_)
    fine_tune(net, X[:5], Y[:5], seed=0, epochs=3, lr_factor=0.5)
    assert len(dict(callbacks)["Recorder"].events_) == told
    assert dict(callbacks)["ScheduleRecorder"].began_ == 1
    assert len(net.history) == EPOCHS + 3
    assert "valid_loss" not in net.history[-1]
    assert net.callbacks_ is callbacks
    assert type(net.train_split) is ValidSplit
    assert net.optimizer_.param_groups[0]["lr"] == rate
    assert (weights_of(net) != before).any()


def test_fine_tuning_steps_are_a_share_of_the_last_ones():
    """Plain gradient descent on the same rows: the first step is proportional to the rate."""
    settings = {"optimizer": torch.optim.SGD, "lr": 0.1, "batch_size": -1}
    steps = []
    for factor in (0.5, 0.25):
        net = phased(small_net(module__dtype=torch.float64, **settings))
        before = weights_of(net).clone()
        fine_tune(net, X, Y, seed=0, epochs=1, lr_factor=factor)
        steps.append(weights_of(net) - before)
    torch.testing.assert_close(steps[0], 2 * steps[1], rtol=1e-8, atol=1e-12)
