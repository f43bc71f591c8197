"""The command `hea` as a user types it."""

import json
import signal
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from hea_lib import problems
from hea_lib.cli import main
from hea_lib.models.gan import ConditionalGAN
from hea_lib.networks.adversarial import GanLearner


def run(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments], prog_name="hea")


def refused(*arguments):
    """The one line with which a command is refused."""
    result = run(*arguments)
    assert result.exit_code == 2, result.output
    assert result.stdout == "" and result.stderr.count("\n") == 1 and result.stderr.startswith("hea: ")
    return result.stderr


def refused_late(*arguments):
    """The last line of a command that stops after it has shown some progress."""
    result = run(*arguments)
    assert result.exit_code == 2 and result.stdout == "", result.output
    return result.stderr.splitlines()[-1]


def test_lists_problems_and_models():
    listed = run("problems").stdout
    assert all(name in listed for name in problems.names())
    assert "--target shear_modulus=VALUE   [GPa] 23.06 to 256.1" in listed
    assert "swap" in run("models").stdout


def test_without_a_command_it_helps():
    result = run()
    assert result.exit_code == 0 and "Commands:" in result.stdout


def test_design_writes_fractions_then_requested_then_achieved(tmp_path):
    out = tmp_path / "designs.csv"
    result = run(
        "design", "refractory", "--model", "swap", "--target", "shear_modulus=90", "--n", 50, "--localize", "--out", out
    )
    assert result.exit_code == 0 and result.stdout == ""
    table = pd.read_csv(out)
    symbols = list(problems.get("refractory").designs.columns)
    assert list(table.columns) == [
        *symbols,
        "requested_shear_modulus_GPa",
        "requested_fracture_toughness_MPa_sqrt_m",
        "achieved_shear_modulus_GPa",
        "achieved_fracture_toughness_MPa_sqrt_m",
    ]
    assert len(table) == 50 and np.allclose(table[symbols].sum(axis=1), 1)
    assert (table["requested_shear_modulus_GPa"] == 90).all()
    late = (table["achieved_shear_modulus_GPa"] - 90).abs() > 0.1
    assert late.sum() <= 2 and ("near to their requests" in result.stderr) == late.any()


def test_design_is_repeatable_and_seeds_differ(tmp_path):
    files = [tmp_path / f"{i}.csv" for i in range(3)]
    for file, seed in zip(files, (1, 1, 2), strict=True):
        run("design", "refractory", "--model", "swap", "--targets-from-data", "--n", 20, "--seed", seed, "--out", file)
    first, second, third = (file.read_text() for file in files)
    assert first == second != third


def test_design_mos2_has_cell_columns(tmp_path):
    out = tmp_path / "cells.csv"
    assert (
        run("design", "mos2", "--model", "neighbours", "--target", "band_gap=0.5", "--n", 10, "--out", out).exit_code
        == 0
    )
    expected = ["a", "b", "c", "alpha", "beta", "gamma", "field", "requested_band_gap_eV", "achieved_band_gap_eV"]
    assert list(pd.read_csv(out).columns) == expected


@pytest.mark.parametrize(("model", "alone"), [("cinn", 0.6), ("inn", 0.4), ("mdn", 0.1), ("cvae", 0.0)])
def test_design_mos2_comes_nearer_when_localised(model, alone, tmp_path):
    """Weights come with the library; the share is that of cells whose gap the judge finds within 0.05 eV."""
    space, shares = problems.get("mos2").space, []
    for number, options in enumerate(([], ["--localize"])):
        out = tmp_path / f"{number}.csv"
        result = run("design", "mos2", "--model", model, "--target", "band_gap=0.5", "--n", 150, *options, "--out", out)
        assert result.exit_code == 0 and result.stdout == "" and "training" not in result.stderr, result.output
        table = pd.read_csv(out)
        assert len(table) == 150 and space.contains(table).all()
        assert (table["requested_band_gap_eV"] == 0.5).all()
        shares.append(((table["achieved_band_gap_eV"] - 0.5).abs() <= 0.05).mean())
    assert shares[0] >= alone
    assert shares[1] > max(0.75, shares[0])


def test_designs_that_do_not_arrive_are_counted(tmp_path):
    target = ["--target", "shear_modulus=120", "--target", "fracture_toughness=0.2", "--localize", "--n", 5]
    result = run("design", "refractory", "--model", "swap", *target, "--out", tmp_path / "x.csv")
    assert result.exit_code == 0 and "; 5 of them are only near to their requests" in result.stderr
    assert result.stderr.startswith(
        "hea: warning: no design has shear_modulus = 120 GPa, fracture_toughness = 0.2 MPa_sqrt_m; the nearest feasible"
    )


def test_strict_refuses_what_no_design_can_have(tmp_path):
    target = ["--target", "shear_modulus=120", "--target", "fracture_toughness=0.2", "--out", tmp_path / "x.csv"]
    assert "the nearest feasible target is" in refused("design", "refractory", "--model", "swap", *target, "--strict")
    feasible = ["--target", "shear_modulus=90", "--n", 2, "--strict", "--out", tmp_path / "y.csv"]
    assert run("design", "refractory", "--model", "swap", *feasible).exit_code == 0
    assert [path.name for path in tmp_path.iterdir()] == ["y.csv"]


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """Weights that `hea train` wrote after a few steps, and what it said."""
    path = tmp_path_factory.mktemp("weights") / "small"
    result = run("train", "refractory", "--model", "cgan", "--steps", 20, "--out", path)
    assert result.exit_code == 0 and result.stdout == "", result.output
    return path, result.stderr


def test_train_writes_weights_that_design_reads(weights, tmp_path):
    path, said = weights
    assert "step 20 of 20" in said and f"wrote {path}.safetensors and {path}.json" in said
    notes = json.loads(path.with_suffix(".json").read_text())
    assert notes["steps"] == 20 and notes["seeds"] == [0] and notes["identity"]["problem"] == "refractory"
    out = tmp_path / "x.csv"
    design = ["design", "refractory", "--model", "cgan", "--target", "shear_modulus=90", "--n", 30, "--out", out]
    for given in (path, path.with_suffix(".safetensors")):
        assert run(*design, "--weights", given).exit_code == 0
    problem = problems.get("refractory")
    table = pd.read_csv(out)[list(problem.designs.columns)]
    part_seed = int(np.random.default_rng([0, 0]).integers(2**31))
    requests = problem.requests({"shear_modulus": 90.0}, 30, seed=part_seed)
    pd.testing.assert_frame_equal(table, ConditionalGAN.load(problem, path).sample(requests, seed=part_seed))


def test_a_stopped_training_goes_on_from_its_checkpoint(weights, tmp_path, monkeypatch):
    checkpoint, out = tmp_path / "state", tmp_path / "weights"
    train = ["train", "refractory", "--model", "cgan", "--steps", 20, "--checkpoint", checkpoint, "--out", out]

    def interrupted(self, *args):
        if self.done == 10:
            monkeypatch.undo()
            signal.raise_signal(signal.SIGINT)
        return step(self, *args)

    step = GanLearner.step
    monkeypatch.setattr(GanLearner, "step", interrupted)
    assert f"stopped; --resume goes on from checkpoint {checkpoint}" in refused_late(*train)
    assert not out.with_suffix(".json").exists()
    assert run(*train, "--resume").exit_code == 0
    assert out.with_suffix(".safetensors").read_bytes() == weights[0].with_suffix(".safetensors").read_bytes()
    other = refused_late(*train[:4], "--steps", 30, "--seed", 1, *train[6:], "--resume")
    assert "is of another training: seeds is [0] there and [1] here" in other


def test_an_interrupt_without_a_checkpoint_leaves_nothing(tmp_path, monkeypatch):
    def stop(self):
        raise KeyboardInterrupt

    monkeypatch.setattr(GanLearner, "step", stop)
    assert "stopped; nothing was written" in refused_late(
        "train", "refractory", "--model", "cgan", "--out", tmp_path / "x"
    )
    assert list(tmp_path.iterdir()) == []


def test_an_ensemble_is_trained_at_once(tmp_path):
    out = tmp_path / "three"
    assert run("train", "mos2", "--model", "cgan", "--steps", 5, "--seeds", 3, "--seed", 4, "--out", out).exit_code == 0
    assert json.loads(out.with_suffix(".json").read_text())["seeds"] == [4, 5, 6]
    design = ["design", "mos2", "--model", "cgan", "--target", "band_gap=0.5", "--n", 4, "--weights", out]
    assert run(*design, "--out", tmp_path / "x.csv").exit_code == 0


def test_weights_that_do_not_fit_are_refused(weights, tmp_path):
    path, _ = weights
    design = ["--targets-from-data", "--n", 2, "--out", tmp_path / "x.csv", "--weights"]
    assert "do not fit this" in refused("design", "mos2", "--model", "cgan", *design, path)
    assert "unknown weights" in refused("design", "refractory", "--model", "cgan", *design, tmp_path / "absent")
    damaged = tmp_path / "damaged"
    damaged.with_suffix(".json").write_bytes(path.with_suffix(".json").read_bytes())
    damaged.with_suffix(".safetensors").write_bytes(path.with_suffix(".safetensors").read_bytes()[:-9])
    assert "are damaged" in refused("design", "refractory", "--model", "cgan", *design, damaged)
    damaged.with_suffix(".safetensors").unlink()
    assert "is missing; weights are two files" in refused("design", "refractory", "--model", "cgan", *design, damaged)
    assert not (tmp_path / "x.csv").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["refractory", "--model", "swap"], "model 'swap' has no weights to train or to read; these have: "),
        (["refractory", "--model", "cgam"], "did you mean 'cgan'"),
        (["refractori", "--model", "cgan"], "did you mean 'refractory'"),
        (["refractory", "--model", "cgan", "--steps", 0], "--steps"),
        (["refractory", "--model", "cgan", "--device", "tpu"], "device 'tpu' is unknown"),
        (["refractory", "--model", "cgan", "--device", "cuda"], "there is no usable CUDA GPU"),
        (["refractory", "--model", "cgan", "--resume"], "--resume needs --checkpoint PATH"),
        (["refractory", "--model", "cgan", "--resume", "--checkpoint", "absent"], "there is no checkpoint 'absent'"),
    ],
)
def test_bad_trainings_are_refused_before_they_start(arguments, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert words in refused("train", *arguments, "--out", tmp_path / "x")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_does_not_exist_is_named_before_the_training(tmp_path, monkeypatch):
    monkeypatch.setattr(ConditionalGAN, "fit", lambda *args, **options: pytest.fail("the training has started"))
    train = ["train", "refractory", "--model", "cgan"]
    assert "'{}' does not exist".format(tmp_path / "no") in refused(*train, "--out", tmp_path / "no" / "x")
    same = refused(*train, "--out", tmp_path / "x.json", "--checkpoint", tmp_path / "x")
    assert "--checkpoint and --out are the same path" in same


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("Al,Ni\n0.5,0.4\n", "row 1 sums to 0.9"),
        ("Al,Ni,steps,single_phase_probability\n0.5,0.5,1,1\n", "already has a column"),
        ("Al,Ni\n0.5,0.5\n", "'{}' does not exist"),
    ],
)
def test_what_is_wrong_with_files_is_said_before_a_model_is_made(content, words, tmp_path, monkeypatch):
    for module in ("commands", "strategies"):
        monkeypatch.setattr(f"hea_lib.cli.{module}.ready", lambda *args: pytest.fail("a model was made ready"))
    file, folder = tmp_path / "in.csv", tmp_path / "no"
    file.write_text(content)
    out = (folder if "exist" in words else tmp_path) / "x.csv"
    words = words.format(folder)
    assert words in refused("predict", "single-phase", file, "--out", out)
    assert words in refused("nudge", "single-phase", file, "--out", out)
    if not out.parent.exists():
        wanted = ["--target", "single_phase=1", "--elements", 5]
        assert words in refused("design", "single-phase", "--model", "dvae", *wanted, "--out", out)
        assert words in refused("screen", "single-phase", "--elements", "Al,Co", "--out", out)


def test_a_model_without_shipped_weights_says_that_it_is_trained_first(tmp_path, monkeypatch):
    monkeypatch.setattr("hea_lib._weights.names", lambda kind=None: [])
    fit = ConditionalGAN.fit
    monkeypatch.setattr(ConditionalGAN, "fit", lambda self, seed=0: fit(self, seed, steps=5))
    result = run(
        "design", "refractory", "--model", "cgan", "--targets-from-data", "--n", 3, "--out", tmp_path / "x.csv"
    )
    assert result.exit_code == 0 and "no weights of cgan for refractory come with the library" in result.stderr


def test_predict_keeps_rows_and_other_columns(tmp_path):
    file, out = tmp_path / "alloys.csv", tmp_path / "predicted.csv"
    file.write_text("name,Ti,Zr,Nb,note\nfirst,0.5,0.5,,x\nsecond,0.3334,0.3333,0.3332,\n")
    assert run("predict", "single-phase", file, "--model", "forward", "--out", out).exit_code == 0
    table = pd.read_csv(out)
    assert table["name"].tolist() == ["first", "second"]
    assert list(table.columns) == ["name", "Ti", "Zr", "Nb", "note", "single_phase_probability", "distance_to_known"]
    assert table["single_phase_probability"].between(0, 1).all()


def test_predict_leaves_what_the_user_wrote(tmp_path):
    file, out = tmp_path / "alloys.csv", tmp_path / "predicted.csv"
    file.write_text('\ufeffid, W ,Ta,note\n007,1.0,,"NA, once"\n0x1,0.50,0.5,None\n', encoding="utf-8")
    run("predict", "refractory", file, "--out", out)
    lines = out.read_text().splitlines()
    assert lines[0].startswith("id,W,Ta,note,shear_modulus_GPa,")
    assert lines[1].startswith('007,1.0,,"NA, once",146.6') and lines[2].startswith("0x1,0.50,0.5,None,103.4")


def test_predict_tells_known_alloys_from_new_ones(tmp_path):
    file, out = tmp_path / "alloys.csv", tmp_path / "predicted.csv"
    known = problems.get("refractory").designs.iloc[[3]]
    pd.concat([known, known.assign(W=known["W"] + 0.1) / 1.1]).to_csv(file, index=False)
    run("predict", "refractory", file, "--out", out)
    assert pd.read_csv(out)["distance_to_known"].round(6).tolist()[0] == 0
    assert pd.read_csv(out)["distance_to_known"][1] > 0.02


def test_a_link_is_followed_and_nothing_but_a_file_is_replaced(tmp_path):
    real, link = tmp_path / "real.csv", tmp_path / "link.csv"
    real.write_text("old")
    link.symlink_to(real)
    run("design", "refractory", "--model", "neighbours", "--targets-from-data", "--n", 2, "--out", link)
    assert link.is_symlink() and len(pd.read_csv(real)) == 2
    assert "no ordinary file" in refused(
        "design", "refractory", "--model", "neighbours", "--targets-from-data", "--n", 2, "--out", "/dev/null"
    )


def test_predict_agrees_with_the_formulas(tmp_path):
    file, out = tmp_path / "w.csv", tmp_path / "p.csv"
    file.write_text("W,Ta\n1,0\n0.5,0.5\n")
    run("predict", "refractory", file, "--out", out)
    assert pd.read_csv(out)["shear_modulus_GPa"].round(2).tolist() == [146.6, 103.45]


def test_score_reads_what_design_wrote(tmp_path):
    out = tmp_path / "designs.csv"
    run("design", "refractory", "--model", "neighbours", "--targets-from-data", "--n", 60, "--out", out)
    figures = dict(line.rsplit(maxsplit=1) for line in run("score", "refractory", out).stdout.splitlines())
    assert float(figures["designs"]) == 60 and float(figures["novel"]) == 0
    assert 0 < float(figures["mae shear_modulus"]) < 10
    other = dict(
        line.rsplit(maxsplit=1)
        for line in run("score", "refractory", out, "--target", "shear_modulus=200").stdout.splitlines()
    )
    assert float(other["mae shear_modulus"]) > 50


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["design", "refactory", "--model", "swap", "--target", "shear_modulus=90"], "did you mean 'refractory'"),
        (["design", "refractory", "--model", "swop", "--target", "shear_modulus=90"], "did you mean 'swap'"),
        (["design", "refractory", "--model", "forward", "--target", "shear_modulus=90"], "cannot sample designs"),
        (["design", "single-phase", "--model", "gradient", "--target", "single_phase=1"], "these can"),
        (["design", "refractory", "--model", "swap", "--target", "shear_modulus=900"], "out of reach"),
        (["design", "mos2", "--model", "cinn", "--target", "band_gap=2.5"], "nearest feasible value is 2.391"),
        (["design", "mos2", "--model", "inn", "--target", "band_gap=-0.1", "--localize"], "feasible value is 0"),
        (["design", "single-phase", "--model", "cinn", "--target", "single_phase=1"], "these can"),
        (["design", "refractory", "--model", "swap", "--target", "G=90"], "unknown target of refractory 'G'"),
        (["design", "refractory", "--model", "swap", "--target", "shear_modulus"], "write NAME=NUMBER"),
        (["design", "refractory", "--model", "swap", "--target", "shear_modulus=nan"], "not a finite number"),
        (["design", "refractory", "--model", "swap"], "either --target"),
        (
            ["design", "refractory", "--model", "swap", "--target", "shear_modulus=90", "--targets-from-data"],
            "either --target",
        ),
        (["design", "refractory", "--model", "swap", "--targets-from-data", "--n", "0"], "--n"),
        (["design", "refractory", "--targets-from-data"], "--model"),
        (["design", "single-phase", "--model", "swap", "--targets-from-data", "--localize"], "has no slopes to follow"),
        (["design", "refractory", "--model", "swap", "--targets-from-data", "--weights", "x"], "'swap' has no weights"),
        (["brew"], "No such command 'brew'"),
    ],
)
def test_bad_requests_are_refused_in_one_line(arguments, words, tmp_path):
    out = [] if arguments == ["brew"] else ["--out", tmp_path / "x.csv"]
    assert words in refused(*arguments, *out)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "no rows"),
        ("Ti,Zr\n", "no rows"),
        ("Ti;Zr\n0.5;0.5\n", "semicolons"),
        ("Ti,Ti,Zr\n0.5,0.2,0.3\n", "more than one column 'Ti'"),
        ("Ti,Zr\nA1,0.5,0.5\n", "row 1 of"),
        ("x,y\n1,2\n", "no column is an element"),
        ("Ti,Zr\n0.5,0.5\n0.5,0.4\n", "row 2 sums to 0.9"),
        ("Ti,Zr\n50,50\n", "rows sum to 100"),
        ("Ti,Zr\n0.5,-0.5\n", "row 1 has Zr = -0.5"),
        ("Ti,Fe\n0.5,0.5\n", "row 1 contains Fe"),
        ("Ti,Zr\nhalf,0.5\n", "row 1 has Ti = 'half', which is no number"),
        ("Ti,Zr,shear_modulus_GPa\n0.5,0.5,1\n", "already has a column"),
    ],
)
def test_bad_files_are_refused_in_one_line(content, words, tmp_path):
    file = tmp_path / "in.csv"
    file.write_text(content)
    assert words in refused("predict", "refractory", file, "--out", tmp_path / "out.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


def test_a_file_that_is_no_text_is_refused(tmp_path):
    file = tmp_path / "in.csv"
    file.write_bytes(b"\xff\xfe\x00Ti")
    assert "not a CSV table" in refused("predict", "refractory", file, "--out", tmp_path / "out.csv")


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ("x,3.1,12,90,90,120,0", "row 1 has a = 'x'"),
        (",3.1,12,90,90,120,0", "row 1 has no finite a"),
        ("3.1,3.1,12,90,90,nan,0", "row 1 has gamma = 'nan', which is no number"),
        ("3.1,3.1,12,1.5708,1.5708,2.0944,0", "look like radians; in degrees they are [90.0, 90.0, 120.0]"),
        (
            ".316,.316,1.2295,90,90,120,0",
            "row 1: a = 0.316 is shorter than any lattice vector; lengths are in angstrom",
        ),
        ("3.1,3.1,12,108,108,144,0", "close no cell (singular lattice)"),
    ],
)
def test_bad_cells_are_refused_in_one_line(cells, words, tmp_path):
    file = tmp_path / "in.csv"
    file.write_text(f"a,b,c,alpha,beta,gamma,field\n{cells}\n")
    assert words in refused("score", "mos2", file)
    assert words in refused("predict", "mos2", file, "--out", tmp_path / "x.csv")


def test_a_missing_cell_parameter_is_named(tmp_path):
    file = tmp_path / "in.csv"
    file.write_text("a,b,c,alpha,beta,field\n3.1,3.1,12,90,90,0\n")
    assert "column 'gamma' is missing" in refused("predict", "mos2", file, "--out", tmp_path / "x.csv")


def test_cells_outside_the_box_are_not_predicted_and_count_as_misses(tmp_path):
    file, out = tmp_path / "in.csv", tmp_path / "x.csv"
    known = problems.get("mos2").designs.iloc[:3]
    known.assign(a=[*known["a"][:2], 12.3], c=[*known["c"][:2], 3.1]).to_csv(file, index=False)
    words = "row 3 lies outside the space of mos2: a = 12.3 is not from 2.528 to 3.792; with a and c exchanged"
    assert words in refused("predict", "mos2", file, "--out", out) and not out.exists()
    result = run("score", "mos2", file)
    assert result.exit_code == 0 and result.stderr.startswith(f"hea: warning: {words}")
    figures = dict(line.rsplit(maxsplit=1) for line in result.stdout.splitlines())
    assert float(figures["in space"]) == pytest.approx(2 / 3, abs=1e-5)


def test_cells_that_stick_out_by_rounding_are_predicted(tmp_path):
    file, out = tmp_path / "in.csv", tmp_path / "x.csv"
    known = problems.get("mos2").designs.iloc[:2]
    known.assign(field=[0.0, 1.0005]).to_csv(file, index=False)
    assert run("predict", "mos2", file, "--out", out).exit_code == 0
    assert pd.read_csv(out)["band_gap_eV"].ge(0).all()


def test_missing_files_and_folders_are_named(tmp_path):
    assert "absent.csv" in refused("predict", "refractory", tmp_path / "absent.csv", "--out", tmp_path / "x.csv")
    assert "'{}' does not exist".format(tmp_path / "no") in refused(
        "design", "refractory", "--model", "swap", "--targets-from-data", "--out", tmp_path / "no" / "x.csv"
    )


def test_results_are_never_half_written(tmp_path, monkeypatch):
    out = tmp_path / "designs.csv"
    out.write_text("what was there\n")
    monkeypatch.setattr("hea_lib.cli.commands._CHUNK", 10)
    calls = []

    def fails_late(self, requests, rng):
        calls.append(len(requests))
        if len(calls) == 2:
            raise OSError("disk is full")
        return self.problem.designs.to_numpy()[: len(requests)]

    monkeypatch.setattr("hea_lib.models.baselines.Neighbours._sample", fails_late)
    message = refused("design", "refractory", "--model", "neighbours", "--targets-from-data", "--n", 25, "--out", out)
    assert "disk is full" in message and calls == [10, 10]
    assert [path.name for path in tmp_path.iterdir()] == ["designs.csv"] and out.read_text() == "what was there\n"


def test_chunks_add_up(tmp_path, monkeypatch):
    monkeypatch.setattr("hea_lib.cli.commands._CHUNK", 10)
    out = tmp_path / "designs.csv"
    run("design", "refractory", "--model", "neighbours", "--targets-from-data", "--n", 25, "--out", out)
    table = pd.read_csv(out)
    assert len(table) == 25 and not table.iloc[:5].equals(table.iloc[10:15].reset_index(drop=True))


def test_the_library_is_quick_to_import_and_leaves_torch_alone():
    code = (
        "import sys, hea_lib; from hea_lib import alloys, datasets, problems, evaluation, cli;"
        "print([m for m in ('torch', 'sklearn', 'matplotlib', 'pymatgen', 'ipywidgets') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.fixture(scope="module")
def classifier(tmp_path_factory):
    """Weights of a classifier of phases after a few steps."""
    path = tmp_path_factory.mktemp("classifier") / "few"
    result = run("train", "single-phase", "--model", "dvae", "--steps", 30, "--out", path)
    assert result.exit_code == 0, result.output
    return path


@pytest.fixture
def mine(tmp_path):
    """Two alloys as a user writes them."""
    file = tmp_path / "mine.csv"
    file.write_text("name,Al,Co,Cr,Fe,Ni\nfirst,0.2,0.2,0.2,0.2,0.2\nsecond,0.4,0.15,0.15,0.15,0.15\n")
    return file


def test_predict_says_how_far_the_networks_differ(classifier, mine, tmp_path):
    out = tmp_path / "out.csv"
    result = run("predict", "single-phase", mine, "--model", "dvae", "--weights", classifier, "--out", out)
    assert result.exit_code == 0, result.output
    table = pd.read_csv(out)
    assert list(table.columns[-3:]) == [
        "single_phase_probability",
        "spread_single_phase_probability",
        "distance_to_known",
    ]
    assert table["single_phase_probability"].between(0, 1).all()
    assert (table["spread_single_phase_probability"] > 0).all()


def test_design_under_conditions_says_what_they_kept(classifier, tmp_path):
    out = tmp_path / "out.csv"
    result = run(
        "design", "single-phase", "--model", "dvae", "--weights", classifier, "--target", "single_phase=1",
        "--elements", "3-6", "--without", "Au", "--n", 20, "--out", out,
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    table = pd.read_csv(out)
    designs = table[list(problems.get("single-phase").space.columns)]
    assert len(table) == 20 and (designs > 0).sum(axis=1).between(3, 6).all() and (designs["Au"] == 0).all()
    assert list(table.columns[-2:]) == ["requested_single_phase_probability", "achieved_single_phase_probability"]
    said = result.stderr.splitlines()
    assert said[-4].startswith("3 to 6 elements: kept ") and said[-3].startswith("without Au: kept ")
    assert said[-1] == f"wrote 20 designs to {out}"


def test_nudge_writes_where_alloys_ended_and_how(mine, tmp_path):
    out, paths = tmp_path / "out.csv", tmp_path / "paths.csv"
    result = run("nudge", "single-phase", mine, "--fixed", "Cr", "--no-add", "--paths", paths, "--out", out)
    assert result.exit_code == 0 and result.stdout == "", result.output
    table, steps = pd.read_csv(out), pd.read_csv(paths)
    assert table["name"].tolist() == ["first", "second"] and table["Cr"].round(9).tolist() == [0.2, 0.15]
    assert (table["distance_at%"] <= 20 + 1e-6).all() and table["steps"].sum() == len(steps) - 2
    assert (table["probability_after"] >= table["probability_before"]).all()
    assert table["achieved_single_phase_probability"].between(0, 1).all()
    assert list(steps.columns[:5]) == ["row", "step", "exchange", "distance_at%", "probability"]
    assert steps["row"].drop_duplicates().tolist() == [1, 2]
    assert f"wrote 2 alloys to {out}; {table['arrived'].sum()} arrived" in result.stderr


def test_nudge_warns_or_refuses_when_the_budget_is_too_small(mine, tmp_path):
    out, small = tmp_path / "out.csv", ["--budget", 1, "--step", 1]
    result = run("nudge", "single-phase", mine, *small, "--target", "single_phase=1", "--out", out)
    assert result.exit_code == 0 and "hea: warning: " in result.stderr and "within 1 at%" in result.stderr
    out.unlink()
    assert "came closest, row " in refused("nudge", "single-phase", mine, *small, "--strict", "--out", out)
    assert not out.exists()


def test_screen_writes_the_best_of_all(tmp_path):
    out = tmp_path / "out.csv"
    screen = ["screen", "single-phase", "--elements", "Co, Cr,Ni", "--step", 10, "--best", 5, "--out", out]
    result = run(*screen)
    assert result.exit_code == 0 and result.stdout == "", result.output
    table = pd.read_csv(out)
    assert (
        len(table) == 5 and table["probability"].is_monotonic_decreasing and (table[["Co", "Cr", "Ni"]] > 0).all().all()
    )
    assert "of 36 alloys have a probability of 0.5 or more; wrote the best 5" in result.stderr
    assert run(*screen, "--size", "2-3", "--lowest", 20, "--highest", 60).exit_code == 0
    assert pd.read_csv(out)[["Co", "Cr", "Ni"]].max().max() <= 0.6


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["screen", "single-phase", "--elements", "Al,,Co"], "--elements 'Al,,Co': write elements with commas"),
        (["screen", "single-phase", "--elements", "Al,Xx"], "elements names 'Xx'"),
        (["screen", "single-phase", "--elements", "Al,Xe"], "names 'Xe', which is not among"),
        (["screen", "single-phase", "--elements", "Al,Co", "--size", "three"], "--size 'three': write a number such"),
        (["screen", "single-phase", "--elements", "Al,Co", "--step", 7], "whole number of steps"),
        (["screen", "single-phase", "--elements", "Al,Co", "--lowest", 7], "whole steps of 5"),
        (["screen", "single-phase", "--elements", "Al,Co,Cr,Fe,Ni", "--limit", 100], "has 3,876 alloys, more than"),
        (["screen", "single-phase", "--elements", "Al,Co", "--model", "swap"], "model 'swap' cannot predict"),
        (["screen", "mos2", "--elements", "Al,Co"], "are no alloys"),
        (["screen", "refractory", "--elements", "Al,Ti"], "unknown target of refractory 'single_phase'"),
        (["screen", "single-phase"], "--elements"),
        (["design", "single-phase", "--model", "swap", "--targets-from-data", "--elements", 5], "needs --target"),
        (
            ["design", "single-phase", "--model", "swap", "--target", "single_phase=1", "--elements", "5-3"],
            "elements is (5, 3)",
        ),
        (
            ["design", "single-phase", "--model", "swap", "--target", "single_phase=1", "--contains", "Xx"],
            "contains names 'Xx'",
        ),
        (
            ["design", "single-phase", "--model", "swap", "--target", "single_phase=1", "--at-least", 2],
            "at_least is 2",
        ),
    ],
)
def test_bad_strategies_are_refused_in_one_line(arguments, words, tmp_path):
    assert words in refused(*arguments, "--out", tmp_path / "x.csv")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--fixed", "Xx"], "fixed names 'Xx'"),
        (["--add", "Ti", "--no-add"], "--add names elements that --no-add forbids"),
        (["--budget", 200], "budget is 2.0"),
        (["--fixed", "Al,Co,Cr,Fe,Ni"], "row 1 cannot change"),
        (["--target", "single_phase=0.3"], "asks for one class"),
        (["--model", "swap"], "model 'swap' cannot predict"),
        (["--model", "forward", "--weights", "x"], "model 'forward' has no weights"),
        (["--paths", "absent/x.csv"], "does not exist"),
    ],
)
def test_bad_nudges_are_refused_in_one_line(options, words, mine, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert words in refused("nudge", "single-phase", mine, *options, "--out", tmp_path / "x.csv")
    assert "same file" in refused("nudge", "single-phase", mine, "--paths", "x.csv", "--out", tmp_path / "x.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.csv"]


def test_what_nudge_would_write_twice_is_named(tmp_path):
    file = tmp_path / "in.csv"
    file.write_text("steps,Al,Ni\n1,0.5,0.5\n")
    assert "already has a column 'steps'" in refused("nudge", "single-phase", file, "--out", tmp_path / "x.csv")


def test_designs_under_conditions_say_only_what_was_requested(tmp_path):
    out = tmp_path / "made.csv"
    wanted = ("--target", "shear_modulus=90", "--elements", 4, "--n", 5)
    done = run("design", "refractory", "--model", "swap", *wanted, "--out", out)
    assert done.exit_code == 0, done.output
    columns = pd.read_csv(out).columns
    assert [name for name in columns if name.startswith("requested_")] == ["requested_shear_modulus_GPa"]
    assert "achieved_fracture_toughness_MPa_sqrt_m" in columns
