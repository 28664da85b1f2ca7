"""The table of claims says what rows say, and what was not run."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "examples" / "papers"))

import claims
import patrini_2017
import rolnick_2017
from _claims_correction import (
    CORRECTION,
    alike,
    between,
    cost_of_T,
    forward_first,
    hessian,
    hessian_of_forward,
    known_T_best,
    no_cost_of_T,
    no_noise_but_estimated,
    swept,
    trusted_labels,
)
from _claims_massive import (
    MASSIVE,
    architectures,
    batches,
    convnet,
    corrected,
    critical,
    growth,
    order_of_structure,
    other_images,
    rates,
    repeated,
    structured,
    vocabulary,
    white_noise_alone,
    with_enough,
)
from _dilutions import GREY
from _human import ALONE, FOR_T, FOR_TUNING, LINEAR_HEAD
from _results import ResultsFile


def row(study, **settings):
    return {name: str(settings.get(name, "")) for name in study.columns}


def massive(network, alpha, accuracy, loss="cross_entropy", **changed):
    usual = {"scale": "full", "experiment": "summed", "data": "mnist", "seed": 0}
    found = {"network": network, "alpha": alpha, "accuracy": accuracy, "loss": loss}
    return row(rolnick_2017.STUDY, **{**usual, **found, **changed})


def corrections(noise, rate, **accuracies):
    """Rows of Table 2 by loss, or by loss and T as forward_true."""
    rows = []
    for name, accuracy in accuracies.items():
        loss, _, T = name.rpartition("_") if name[:7] in ("forward", "backwar") else (name, "", "")
        usual = {"scale": "full", "experiment": "table2", "data": "mnist", "network": "mlp"}
        found = {"noise": noise, "rate": rate, "loss": loss, "T": T, "accuracy": accuracy}
        rows.append(row(patrini_2017.STUDY, **usual, **found, seed=0))
    return rows


def test_claims_without_rows_are_not_run_and_say_why():
    found = [claim.check([]) for claim in (*MASSIVE, *CORRECTION, *claims.OPEN_END)]
    assert {finding.holds for finding in found} == {"not run"}
    assert all(finding.here.startswith("not run") for finding in found)


@pytest.mark.parametrize(("accuracy", "holds"), [(92.9, "yes"), (89.0, "no")])
def test_a_claim_holds_by_its_number(accuracy, holds):
    found = convnet([massive("conv4-narrow", 100, accuracy), massive("conv4-narrow", 50, 95)])
    assert found.holds == holds
    assert f"alpha 100: {accuracy}" in found.here


def test_architectures_are_compared_at_each_alpha():
    rows = [massive(n, 50, a) for n, a in (("perceptron", 50), ("mlp2", 70), ("conv4-narrow", 94))]
    assert architectures(rows).holds == "yes"
    rows += [
        massive(n, 100, a) for n, a in (("perceptron", 60), ("mlp2", 40), ("conv4-narrow", 90))
    ]
    assert architectures(rows).holds == "in part"


def test_the_correction_is_compared_where_both_were_run():
    rows = [massive("conv4-narrow", 50, 93), massive("conv4-narrow", 50, 95, loss="forward")]
    assert corrected(rows) == ("alpha 50: 95.0 for 93.0", "yes")


def test_critical_sizes_are_compared_with_those_of_the_paper():
    rows = [
        massive("conv4-narrow", alpha, accuracy, experiment="critical", n_clean=n)
        for alpha, n, accuracy in ((10, 1000, 85), (10, 2000, 91), (50, 5000, 85), (50, 10000, 91))
    ]
    assert critical(rows).holds == "yes"
    assert critical(rows[:2]).holds == "in part"


def test_critical_sizes_grow_as_a_power_of_alpha():
    rows = [
        massive("conv4-narrow", alpha, accuracy, experiment="critical", n_clean=n)
        for alpha, crossed in ((10, 2000), (50, 20000))
        for n, accuracy in ((crossed // 2, 85), (crossed, 90))
    ]
    assert growth(rows) == ("as alpha to the 1.43; alpha 10: 2000, alpha 50: 20000", "yes")
    assert growth(rows[:2]).holds == "not run"
    slower = [{**one, "n_clean": one["n_clean"].removesuffix("0")} for one in rows[2:]]
    assert growth(rows[:2] + slower).holds == "no"


@pytest.mark.parametrize(("least", "holds"), [(98, "yes"), (93, "in part"), (80, "no")])
def test_accuracy_with_all_images_is_compared_over_the_noise(least, holds):
    rows = [massive("conv4-narrow", alpha, a) for alpha, a in ((0, 99), (100, least))]
    assert with_enough(rows).holds == holds


def test_the_critical_size_is_that_of_the_passes_that_held_out_labels_choose():
    rows = []
    for n, loss, accuracy in ((1000, 1, 80), (1000, 2, 99), (2000, 1, 91), (2000, 2, 50)):
        settings = {"experiment": "critical", "n_clean": n, "held_out_loss": loss}
        rows.append(massive("conv4-narrow", 10, accuracy, n_examples=loss, **settings))
    assert "cross_entropy: 1878" in critical(rows).here


def test_added_rows_are_compared_by_their_source():
    rows = [
        massive("conv4-narrow", 10, accuracy, experiment="vocabulary", source=source)
        for source, accuracy in (("same", 90), ("white noise", 95), (GREY, 89))
    ]
    assert vocabulary(rows).holds == "yes"
    assert other_images(rows).holds == "no"
    assert vocabulary(rows[:1]).holds == "not run"


@pytest.mark.parametrize(("least", "holds"), [(97.9, "yes"), (96, "in part"), (85, "no")])
def test_more_white_noise_is_compared_with_less(least, holds):
    rows = [
        massive("conv4-narrow", alpha, accuracy, experiment="vocabulary", source=source)
        for source, found in (("white noise", (98, least)), ("same", (97, 81)))
        for alpha, accuracy in zip((5, 20), found, strict=True)
    ]
    assert white_noise_alone(rows).holds == holds


def test_the_order_of_structure_is_judged_by_all_degrees():
    rows = [
        massive("mlp2", 20, accuracy, experiment="structured", delta=delta, order=order)
        for delta, found in ((0.25, (85, 86)), (0.5, (80, 77)))
        for order, accuracy in zip(("confusion", "random"), found, strict=True)
    ]
    assert order_of_structure(rows) == (
        "points more, mlp2, delta 0.25: -1.0, delta 0.5: 3.0",
        "in part",
    )
    assert order_of_structure(rows[2:]).holds == "yes"
    assert order_of_structure(rows[:2]).holds == "no"


def test_structure_is_judged_by_the_network_of_the_paper():
    rows = [
        massive(network, 20, accuracy, experiment="structured", delta=delta, order="random")
        for network, fall in (("mlp2", 9), ("conv4-narrow", 1))
        for delta, accuracy in ((0.0, 90), (0.5, 90 - fall), (0.9, 40))
    ]
    assert structured(rows).holds == "yes"
    assert structured(rows[:3]).holds == "in part"
    assert "mlp2, delta 0.0: 90.0" in structured(rows).here


def test_trusted_labels_are_judged_at_every_share():
    rows = []
    for share in (0.01, 0.1):
        for loss, trusted, accuracy in (
            ("cross_entropy", ALONE, 60),
            ("backward", FOR_T, 75),
            ("forward", FOR_T, 76),
            ("cross_entropy", FOR_TUNING, 74),
            ("forward", FOR_TUNING, 77),
        ):
            usual = {"scale": "full", "experiment": "table3", "network": LINEAR_HEAD, "seed": 0}
            found = {"loss": loss, "trusted": trusted, "share": share, "accuracy": accuracy}
            rows.append(row(patrini_2017.STUDY, **usual, **found))
    assert trusted_labels(rows).holds == "not run"
    plain = {"loss": "cross_entropy", "accuracy": 73, "trusted": ""}
    rows.append({**rows[0], **{name: str(value) for name, value in plain.items()}, "share": ""})
    assert trusted_labels(rows).holds == "yes"
    rows[-2]["accuracy"] = "70"
    assert trusted_labels(rows).holds == "in part"


def test_of_several_numbers_of_passes_the_held_out_loss_chooses():
    rows = [
        massive("mlp2", 5, accuracy, experiment="unique", source=source, held_out_loss=loss)
        for source in ("repeated", "unique")
        for accuracy, loss in ((90, 1.0), (95, 2.0))
    ]
    rows[-2]["accuracy"] = "89"
    assert repeated(rows) == ("repeated less unique, alpha 5: 1.0 points (MLP)", "yes")


def test_corrections_are_compared_with_the_best_of_the_others():
    rows = corrections("asymmetric", 0.6, cross_entropy=52, sigmoid=77, forward_true=97)
    assert known_T_best("mnist", "mlp", "asymmetric", 0.6)(rows) == (
        "forward 97.0; best of the others: sigmoid 77.0",
        "yes",
    )
    rows += corrections("asymmetric", 0.6, backward_true=70, forward_estimated=80)
    assert known_T_best("mnist", "mlp", "asymmetric", 0.6)(rows).holds == "in part"
    assert cost_of_T("mnist", "mlp", "asymmetric", 0.6)(rows) == ("points lost, ours: 17.0", "yes")
    assert forward_first(rows) == ("1 of 1 columns with noise", "yes")


def test_one_other_loss_is_not_the_best_of_all():
    rows = corrections("asymmetric", 0.6, cross_entropy=52, forward_true=97)
    found = known_T_best("mnist", "mlp", "asymmetric", 0.6)(rows)
    assert found == ("forward 97.0; the only other loss run: cross entropy 52.0", "in part")


def test_estimated_T_is_compared_with_none_and_with_the_true_one():
    rows = corrections("asymmetric", 0.6, cross_entropy=52, forward_true=97)
    rows += corrections("asymmetric", 0.6, forward_estimated=80, forward_paper=97.5)
    check = between("mnist", "mlp", 0.6)
    assert check(rows).holds == "in part"
    assert check(rows[:-1]).holds == "not run"
    assert no_cost_of_T("mnist", "mlp", "asymmetric", 0.6)(rows).holds == "in part"
    assert no_cost_of_T("mnist", "mlp", "asymmetric", 0.6)(rows[:3]).holds == "no"


def test_an_estimated_T_may_help_without_noise():
    check = no_noise_but_estimated("mnist", "mlp")
    rows = corrections("none", 0.0, cross_entropy=88, backward_estimated=88.2)
    assert check(rows).holds == "in part"
    rows += corrections("none", 0.0, forward_estimated=88.6)
    assert check(rows) == ("forward, ours: 88.6, backward, ours: 88.2; none: 88.0", "yes")


def test_the_theorem_holds_within_a_layer():
    usual = {"experiment": "theorem4", "scale": "full", "seed": 0}
    found = {"backward": (1e-16, 1.4), "forward": (0.3, 0.8)}
    rows = [
        row(patrini_2017.STUDY, loss=loss, layer_difference=layer, network_difference=net, **usual)
        for loss, (layer, net) in found.items()
    ]
    assert hessian(rows).holds == "in part"
    assert hessian_of_forward(rows).holds == "yes"
    rows[0]["network_difference"] = "1e-12"
    assert hessian(rows).holds == "yes"
    rows[0]["layer_difference"] = "0.1"
    assert hessian(rows).holds == "no"


def test_without_noise_losses_are_alike_but_for_three():
    names = ("cross_entropy", "bootstrap_soft", "bootstrap_hard")
    rows = corrections("none", 0.0, **dict.fromkeys(names, 98.0), sigmoid=90)
    rows += corrections("none", 0.0, forward_true=98.2, forward_paper=98, backward_true=97.9)
    assert alike("mnist", "mlp")(rows) == ("97.9 to 98.2", "yes")


def test_the_rates_of_a_figure_are_listed():
    rows = corrections("asymmetric", 0.6, cross_entropy=52, forward_true=97)
    for rate, accuracy in ((0.3, 95), (0.5, 80)):
        some = corrections("asymmetric", rate, cross_entropy=accuracy, forward_true=97)
        rows += [{**one, "experiment": "figure1"} for one in some]
    found = swept("mnist", "mlp", 0.6)(rows)
    assert found.holds == "yes"
    assert "cross-entropy 0.3: 95.0, 0.5: 80.0, 0.6: 52.0" in found.here
    rows[-1]["accuracy"] = "85"
    assert swept("mnist", "mlp", 0.6)(rows).holds == "in part"
    rows[-1]["accuracy"] = "60"
    assert swept("mnist", "mlp", 0.6)(rows).holds == "no"


def test_batches_are_compared_at_the_larger_scale_alone():
    rows = [
        massive("mlp2", 10, accuracy, experiment="batch_size", batch_size=size, scale=scale)
        for scale, by_size in {"quick": {32: 10, 128: 20}, "full": {32: 80, 128: 70}}.items()
        for size, accuracy in by_size.items()
    ]
    assert batches(rows) == ("alpha 10, batch 32: 80.0, batch 128: 70.0 (MLP)", "no")
    assert batches(rows[:2]).holds == "yes"


def test_rates_are_compared_where_all_were_run():
    found = {0: {0.1: 95, 1.0: 96}, 20: {0.1: 80}, 5: {0.1: 91, 1.0: 85}}
    rows = [
        massive("mlp2", alpha, accuracy, experiment="rate", lr=lr)
        for alpha, by_rate in found.items()
        for lr, accuracy in by_rate.items()
    ]
    assert rates(rows) == ("best rate, alpha 0: 1.0, alpha 5: 0.1 (MLP, one seed)", "yes")
    again = [{**row, "seed": "1"} for row in rows]
    assert "(MLP, 2 seeds where it is close)" in rates(rows + again).here
    later = {10: {0.1: 80, 1.0: 85}, 50: {0.1: 60, 1.0: 50}, 100: {0.1: 30, 1.0: 40}}
    rows += [
        massive("mlp2", alpha, accuracy, experiment="rate", lr=lr)
        for alpha, by_rate in later.items()
        for lr, accuracy in by_rate.items()
    ]
    assert rates(rows).holds == "no"
    assert rates(rows[:-2]).holds == "in part"


def test_the_page_holds_every_claim(tmp_path):
    study = rolnick_2017.STUDY
    with ResultsFile(tmp_path / "rolnick_2017.csv", study.columns, study.key_columns) as results:
        results.append(massive("conv4-narrow", 100, 92.9))
    assert claims.main(["--folder", str(tmp_path)]) == 0
    text = (tmp_path / "claims.md").read_text(encoding="utf-8")
    for claim in (*MASSIVE, *CORRECTION, *claims.OPEN_END):
        assert f"| {claim.place} | {claim.text} |" in text
    assert "alpha 100: 92.9" in text


def test_a_folder_without_results_or_with_torn_ones_is_refused(tmp_path, capsys):
    with pytest.raises(SystemExit) as stopped:
        claims.main(["--folder", str(tmp_path / "none")])
    assert stopped.value.code == 2
    assert "there is no folder" in capsys.readouterr().err
    (tmp_path / "rolnick_2017.csv").write_text("scale,seed,note\nfull\n", encoding="utf-8")
    with pytest.raises(SystemExit, match=r"Line 2 of .* must have 3 fields"):
        claims.main(["--folder", str(tmp_path)])
    assert not (tmp_path / "claims.md").exists()
