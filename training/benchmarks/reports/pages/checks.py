# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What training does when it is asked wrongly or interrupted, and the tests that hold it."""
from __future__ import annotations

from dataclasses import dataclass

from training.benchmarks.reports.image_pairs import markdown_table


@dataclass(frozen=True)
class Check:
    """What was tried, what happens, and what holds it: a file of test/ and a test in it."""

    tried: str
    now: str
    file: str
    test: str


TRAINER = (
    Check('`python -m training train --help`', 'lists methods and recipes, without heavy imports',
          'training/commands/test_train.py',
          'test_help_lists_methods_and_recipes_without_heavy_imports'),
    Check('no images, an empty folder, an unknown method, recipe or setting', 'one sentence, and '
          'no folder is left', 'training/test_run_folder.py',
          'test_a_failed_start_leaves_nothing_behind'),
    Check('a folder of another layout', 'names the files that the layout has',
          'training/test_run_folder.py', 'test_a_wrong_layout_names_the_files_that_it_has'),
    Check('`--root` at a scene itself', 'says that there are no scenes, and what they have',
          'training/benchmarks/test_hpatches.py', 'test_a_folder_without_scenes_is_named'),
    Check('a finished run with other settings', 'says that it is finished and what changes '
          'nothing; config.json stays', 'training/test_resuming.py',
          'test_a_finished_run_says_so_and_what_changes_nothing'),
    Check('going on with another loss, rate, batch, seed or start', 'refused, each named with '
          'both values', 'training/test_resuming.py',
          'test_what_decides_what_is_learned_is_refused_and_nothing_is_written'),
    Check('going on with more steps, or elsewhere', 'allowed, logged, and on the card',
          'training/test_resuming.py',
          'test_how_long_where_and_how_often_is_logged_and_recorded'),
    Check('going on with other photographs', 'refused by the digest of their names',
          'training/test_resuming.py', 'test_photographs_may_move_but_not_change'),
    Check('a rate of 1e8', 'the run stops, names step and loss, keeps the last good checkpoint',
          'training/test_divergence.py',
          'test_a_run_that_diverges_keeps_its_last_good_checkpoint'),
    Check('a full disk', 'is called so; the checkpoint before is kept, nothing is left',
          'training/test_checkpoint.py', 'test_a_full_disk_is_called_so'),
    Check('Ctrl-C', 'the step is saved, and the same command goes on exactly',
          'training/test_interruption.py',
          'test_ctrl_c_saves_the_step_and_the_run_goes_on_exactly'),
    Check('`optim.steps=0`, `optim.batch=0`, `data.keypoints=0`', 'refused in a sentence',
          'training/test_checks.py', 'test_settings_that_cannot_be_had_are_refused'),
    Check('photographs without keypoints', 'the run says that it learned nothing',
          'training/test_train.py',
          'test_photographs_without_keypoints_teach_nothing_and_that_is_said'),
    Check("`--recipe finetune` on the paper's model", 'keeps its networks and its loss',
          'training/test_recipes.py', 'test_finetune_goes_on_with_the_papers_model_and_loss'),
    Check('which checkpoints there are', '`last.pt` and `best.pt`', 'training/test_train.py',
          'test_the_best_checkpoint_is_kept_beside_the_last'),
    Check('a checkpoint of another method or model', 'named, with the part that fits',
          'training/test_pretrained.py',
          'test_other_networks_are_named_with_the_part_that_fits'),
    Check("two epochs of the paper on one's own photographs", '`optim.epochs=2` counts them',
          'training/test_epochs.py', 'test_epochs_count_the_photographs_to_train_on'),
)
PROVENANCE = (
    Check("a card's command", "has recipe, start and all settings that are not the recipe's; it "
          'is run for some steps', 'training/test_run_command.py',
          'test_a_shipped_cards_command_trains'),
    Check('the steps of weights that began with others', "are the last run's, in tables too; the "
          "card's note tells those before", 'training/test_export.py',
          'test_the_card_states_the_run'),
    Check('a start that is no shipped method', 'the command says `pretrained=CHECKPOINT` and the '
          'note says which; such weights are told, not made again', 'training/test_run_command.py',
          'test_paths_are_not_named'),
    Check("a card's validation", 'h is shrunk as it is where the method runs; `shrink` among the '
          'scores says so where training had another. Cards without it, older ones of windows '
          'models, were validated with h at the whole image',
          'training/methods/residual/test_validation.py',
          'test_a_run_validates_at_the_shrink_that_runs'),
    Check("a card's data", "the digest of the photographs' names is on it, of runs from now on",
          'training/test_export.py', 'test_the_card_names_its_data_by_a_digest'),
    Check("a result's weights", "each sha256 is a shipped card's", 'docs/test_figures.py',
          'test_what_was_measured_is_what_is_shipped'),
    Check("authors' weights", '`import` reads the layouts of SuperPoint, PoSFeat and GoodPoint, '
          'and a forward pass is compared', 'training/authors/test_importing.py',
          'test_posfeats_two_files_give_what_the_authors_networks_give'),
    Check('published numbers', 'are entered twice, each with paper, table, row',
          'training/benchmarks/reports/test_published.py',
          'test_every_table_is_entered_twice_and_names_its_place'),
    Check('the test scenes as development scenes', 'weights, thresholds and architectures are '
          'chosen by held-out images; earlier choices on the Oxford scenes are declared',
          'training/benchmarks/test_validation.py', 'test_numbers_tables_and_origin_are_saved'),
)
FAULTS = (
    Check("full h without its head's ReLU, refine MLP without its first", 'noticed',
          'training/methods/residual/test_model.py',
          'test_h_gives_what_the_paper_s_layers_give'),
    Check("PoSFeat's decoder without ELU, its detector without an instance norm", 'noticed',
          'training/methods/posfeat/test_model.py',
          'test_h_gives_what_the_paper_s_layers_give'),
    Check("LF-Net's descriptor without BatchNorm and ReLU", 'noticed',
          'training/methods/lfnet/test_model.py', 'test_f_gives_what_the_paper_s_layers_give'),
    Check('another batch, rate or number of steps in a recipe', 'noticed',
          'training/methods/residual/test_recipe.py', 'test_the_paper_recipe_is_the_papers'),
    Check('another published number', 'noticed',
          'training/benchmarks/reports/test_published.py',
          'test_rows_are_those_of_the_papers_text'),
)
SECTIONS = {'The trainer': TRAINER, 'Where weights and numbers come from': PROVENANCE,
            'Faults that tests notice': FAULTS}


def text(written: str) -> str:
    """Return the page; written: by what."""
    parts = ['# What is asked of the trainer', written]
    for title, checks in SECTIONS.items():
        parts += [f'## {title}', markdown_table(['tried', 'what happens', 'held by'], [
            [check.tried, check.now, held_by(check)] for check in checks])]
    return '\n\n'.join(parts) + '\n'


def held_by(check: Check) -> str:
    """Return the test, linked."""
    return f'[{check.test}](../../test/{check.file})'
