# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Do the tests notice a fault? python test/support/mutants.py [WORD ...] makes each one and looks.

A mutant is one change of one file that makes the program wrong. Each is made in a copy of this
checkout, and the tests that guard the place are run on it: they must fail, and must pass without
it. WORDs choose the mutants that have one of them in their name or file. It exits with 1 where a
mutant survived, where its tests cannot run, or where the text that it changes is not found exactly
once.
"""
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
FAILED = 1  # pytest's exit code where tests ran and some failed


@dataclass(frozen=True)
class Mutant:
    """A fault: `text`, which `file` has exactly once, becomes `replacement`; `tests` must fail."""

    name: str
    file: str
    text: str
    replacement: str
    tests: tuple[str, ...]


RESIDUAL, LFNET, POSFEAT, SUPERPOINT, GOODPOINT = (
    (f'training/methods/{name}/model.py', f'test/training/methods/{name}/test_model.py')
    for name in ('residual', 'lfnet', 'posfeat', 'superpoint', 'goodpoint'))
RESIDUAL_RECIPE, LFNET_RECIPE, SUPERPOINT_RECIPE, GOODPOINT_RECIPE = (
    (f'training/methods/{name}/recipe.py', f'test/training/methods/{name}/test_recipe.py')
    for name in ('residual', 'lfnet', 'superpoint', 'goodpoint'))
POSFEAT_RECIPE = ('training/methods/posfeat/config.py',
                  'test/training/methods/posfeat/test_recipe.py')
PUBLISHED = ('training/benchmarks/reports/published.py',
             'test/training/benchmarks/reports/test_published.py')
VERDICT, MEASURED, CONVERGENCE_CLAIM = (
    (f'training/benchmarks/reports/pages/{name}.py',
     f'test/training/benchmarks/reports/pages/test_{name}.py')
    for name in ('verdict', 'measured', 'convergence'))
SHRINK, SPEED = (
    ('training/methods/residual/shrink.py', 'test/training/methods/residual/test_shrink.py'),
    ('training/training_speed.py', 'test/training/test_training_speed.py'))
HPATCHES = 'training/benchmarks/hpatches.py', 'test/training/benchmarks/test_hpatches.py'
KEPT, SCORE = (
    (f'training/benchmarks/{name}.py', f'test/training/benchmarks/test_{name}.py')
    for name in ('posed_features', 'matching_score'))
IMPORTING = 'training/authors/importing.py', 'test/training/authors/test_importing.py'
NETWORK = 'residual_features_ros/network.py', 'test/test_network.py'
GAPS_MATCHED, PAIRS_OF_A_BAG = (
    (f'residual_features_ros/tools/evaluate_bag/{name}.py',
     f'test/tools/evaluate_bag/test_{name}.py') for name in ('methods', 'pairs'))
RTABMAP = 'residual_features_ros/examples/rtabmap.py', 'test/examples/test_rtabmap.py'
NEIGHBOURS, THRESHOLDS = (
    (f'training/calibration/{name}.py', f'test/training/calibration/test_{name}.py')
    for name in ('neighbours', 'thresholds'))
CERTIFICATION = 'residual_features_ros/certification.py', 'test/test_certification.py'
WORKER = 'residual_features_ros/ros/worker.py', 'test/ros/test_worker.py'
SWAP = 'residual_features_ros/ros/weights_swap.py', 'test/ros/test_weights_swap.py'
LOOPS = 'residual_features_ros/loop_closing.py', 'test/test_loop_closing.py'
LOOPS_DOWN, BAG, TEXT, INDEX, TREE = (
    (f'residual_features_ros/{file}.py', f'test/vocabulary/test_{test}.py') for file, test in (
        ('loops', 'tree'), ('vocabulary/bag', 'bag'), ('vocabulary/text_format', 'text_format'),
        ('vocabulary/inverted_index', 'inverted_index'), ('vocabulary/tree', 'tree')))
CHAIN, SESSION, PARITY, TYPED = (
    (f'residual_features_ros/{file}.py', f'test/{test}.py') for file, test in (
        ('backends/chain', 'backends/test_chain'),
        ('backends/nvidia/session', 'backends/nvidia/test_session'),
        ('backends/nvidia/parity', 'backends/nvidia/test_parity'),
        ('backends/nvidia/typed', 'backends/nvidia/test_typed')))
CLUSTERS = 'training/vocabulary/clusters.py', 'test/training/vocabulary/test_clusters.py'
PLACES = ('training/benchmarks/place_recognition.py',
          'test/training/benchmarks/test_place_recognition.py')
PAIRS = ('training/data/pairs/keypoint_pairs.py',
         'test/training/data/pairs/test_keypoint_pairs.py')
WHOLE, WHOLE_NETWORKS = (
    (f'residual_features_ros/{name}.py', 'test/test_whole.py', 'test/test_whole_networks.py')
    for name in ('whole', 'whole_networks'))
RESUMING = 'training/resuming.py', 'test/training/test_resuming.py'
CONVERGENCE, STUDY, COST = (
    (f'training/{name}.py', f'test/training/test_{name}.py')
    for name in ('convergence', 'study', 'cost'))
SEEDS = 'training/benchmarks/seeds.py', 'test/training/benchmarks/test_seeds.py'
SEQUENCE_PAIRS = ('training/data/pairs/sequence_pairs.py',
                  'test/training/data/pairs/test_sequence_pairs.py')
JUDGE, BLEND, FLOW = ((f'training/learn/{name}.py', f'test/training/learn/test_{name}.py')
                      for name in ('judge', 'blend', 'flow'))
TRAINER = ('training/train.py', 'test/training/test_run_folder.py',
           'test/training/test_divergence.py', 'test/training/test_interruption.py')


def mutant(name, place, text, replacement=''):
    """Return a mutant of a place: a file and the file of its tests."""
    file, *tests = place
    return Mutant(name, file, text, replacement, tuple(tests))


MUTANTS = (
    # Weights that change while a node runs.
    mutant('weights: descriptors without numbers pass', CERTIFICATION,
           'np.abs(np.linalg.norm(rows, axis=1) - 1) < UNIT',
           '~(np.abs(np.linalg.norm(rows, axis=1) - 1) >= UNIT)'),
    mutant('weights: a reference without int8', CERTIFICATION,
           "'int8' in extractor.backend_description", "'int8' == config.precision"),
    mutant('weights: they end before the images that have begun', WORKER,
           'with self._ends.turn(number):\n                end()', 'end()'),
    mutant('weights: what is overtaken is put in place', SWAP,
           'if self._wanted is not None or self._ended:', 'if self._ended:'),
    # Which earlier images are of the same place.
    mutant('loops: images too near in time count', LOOPS, 'first + bisect_right(', 'first + len('
           'self._kept) + 0 * bisect_right('),
    mutant('loops: without geometry', LOOPS, 'if candidate.inliers >= config.loop_min_inliers',
           'if candidate.matches >= config.loop_min_inliers'),
    mutant('loops: the worst first', LOOPS, '-candidate.inliers)', 'candidate.inliers)'),
    mutant('loops: images of later times stay', LOOPS, """seconds(stamp)} s'
            self.forget()""", "seconds(stamp)} s'"),
    mutant('loops: numbers count from the oldest image that is kept', LOOPS,
           'self._kept[number - first]', 'self._kept[number % len(self._kept)]'),
    mutant('loops: bytes of images that left count on', LOOPS,
           'self._bytes -= bytes_of(self._kept[0][1])', 'pass'),
    # What is compared: curves, costs, seeds.
    mutant('convergence: a score had once counts', CONVERGENCE, 'last = below[-1]',
           'last = below[0]'),
    mutant('convergence: a factor of the validation before', CONVERGENCE,
           'validated = quotient(rival.at, fused.at)', 'validated = quotient(rival.at, '
           'fused.before)'),
    mutant('convergence: the bounds of one seed', CONVERGENCE, '(min, max, min, max)',
           '(min, max, max, min)'),
    mutant('convergence: what is open in one seed is left out', CONVERGENCE,
           'None if None in column', 'None if None in column[:1]'),
    mutant('study: runs of other settings are read', STUDY,
           'check_settings(run, settings, path)\n', 'pass\n'),
    mutant('study: a cosine of another length is the same run', STUDY,
           "if settings.optim.schedule == 'constant':", 'if True:'),
    mutant('study: runs of other photographs are compared', STUDY, "if len(digests - {''}) > 1:",
           'if False:'),
    mutant('study: a run that cannot go on begins anew', STUDY, 'if not run.state.optimizer:',
           'if False:'),
    mutant('cost: operations are multiply-adds', COST, '.get_total_flops()) // 2',
           '.get_total_flops())'),
    mutant('cost: h sees the whole image', COST, 'step = form.stride * networks.shrink',
           'step = form.stride'),
    mutant('seeds: the same weights are two seeds', SEEDS, 'if len(set(found)) < len(found):',
           'if False:'),
    mutant('seeds: sizes may differ', SEEDS, 'if here[name] != there[name]:',
           "if name != 'protocol' and here[name] != there[name]:"),
    # What the network sees, and what the detector says.
    mutant('chain: a run that fails opens the next backend for that network alone', CHAIN,
           'for each, session in zip(held, sessions, strict=True):',
           'for each, session in zip(held[-1:], sessions[-1:], strict=True):'),
    mutant('chain: each thread that failed goes on', CHAIN, 'if of.session is session:',
           'if True:'),
    mutant('engines: recorded work forgets pinned memory', SESSION,
           'for address in buffer.addresses)', 'for address in buffer.addresses[:1])'),
    mutant('engines: rows that belong together come in parts', SESSION,
           'return total if self._together else count', 'return count'),
    mutant('parity: recorded work is not compared', PARITY,
           'probes += [inputs(rng, session, shapes), probes[0]]', 'pass'),
    mutant('parity: keypoints that are not there do not count', PARITY,
           "lost = 1 - same['near'] * min(1, wanted / max(there, 1))", 'lost = 0.0'),
    mutant('fp16: what follows is not asked what it takes', TYPED,
           'and moving and moving <= half', 'and moving'),
    mutant('profiles: images are not shrunk to max_size', NETWORK,
           'scale = min(1, longest / max(height, width))', 'scale = 1'),
    mutant('preparation: no division by the standard deviation', NETWORK,
           'return blob if np.all(std == 1) else np.divide(blob, std, out=blob)', 'return blob'),
    mutant('preparation: BGR', NETWORK, 'swapRB=colour', 'swapRB=False'),
    mutant("SURF of mahotas: a diameter is the filter's scale",
           ('residual_features_ros/keypoints/surf.py', 'test/keypoints/test_surf.py'),
           'scale * np.float32(DIAMETER)', 'scale'),
    # Which keypoints correspond.
    mutant('correspond: angles count for upright keypoints too',
           ('training/data/correspondence.py', 'test/training/data/test_correspondence.py'),
           'np.zeros_like(turn) if upright else np.abs(turn)', 'np.abs(turn)'),
    mutant('pairs: upright keypoints are taken for others', PAIRS,
           'correspond(predicted, rows[1], upright)', 'correspond(predicted, rows[1], False)'),
    mutant('pairs: a match outside the view', PAIRS,
           'match[~inside(predicted[:, :2], size)] = -1'),
    mutant('matching score: neighbours outside the shared view',
           ('training/benchmarks/metrics.py', 'test/training/benchmarks/test_metrics.py'),
           '(right & shared).sum() / max(shared.sum(), 1)', 'right.mean()'),
    mutant('hpatches: keypoints outside the shared view', HPATCHES,
           'first.take(shared)', 'first'),
    mutant('hpatches: the second view has the size of the first', HPATCHES,
           'pair.homography, second.image_size)', 'pair.homography, first.image_size)'),
    mutant("colmap: the mapper's own limits cannot be had",
           ('training/benchmarks/mapping.py', 'test/training/benchmarks/test_mapping.py'),
           'options if colmap.defaults else for_small_videos(options)',
           'for_small_videos(options)'),
    mutant('front end speed: what a network keeps in fp32 gets weights in fp16',
           ('training/front_end_speed.py', 'test/training/test_front_end_speed.py'),
           'if layer in inside - outside', 'if layer in inside | outside'),
    mutant('colmap: cameras that nobody knows stay as they were guessed',
           ('training/benchmarks/mapping.py', 'test/training/benchmarks/test_mapping.py'),
           'pipeline(seed, colmap.threads, refined)', 'pipeline(seed, colmap.threads)'),
    mutant('colmap: a guessed focal length counts as measured',
           ('training/benchmarks/colmap_files.py',
            'test/training/benchmarks/test_colmap_files.py'),
           'made.has_prior_focal_length = not camera.guessed',
           'made.has_prior_focal_length = True'),
    mutant("photographs: what lies in a posed scene's folder is another scene",
           ('residual_features_ros/datasets/photographs.py', 'test/datasets/test_photographs.py'),
           'and not {folder, *folder.parents} & set(taken)', ''),
    # What a scene of a thousand photographs must not do to the memory, and which pairs it has.
    mutant('cache: features that are on disk stay in memory', KEPT,
           'predictor.keep(image)', 'predictor.extract(image)'),
    mutant('cache: matches are never forgotten', KEPT,
           'if len(self.kept) > MOST_KEPT', 'if False'),
    mutant('colmap: matches are gathered before they are written',
           ('training/benchmarks/mapping.py', 'test/training/benchmarks/test_mapping.py'),
           'views, found())', 'views, list(found()))'),
    mutant('threads: one after the other', KEPT, 'pool.map if threads > 1 else map', 'map'),
    mutant('retrieval: an image is like itself',
           ('training/benchmarks/retrieval.py', 'test/training/benchmarks/test_retrieval.py'),
           'if other != number', ''),
    mutant('matching score: pairs that share too little', SCORE,
           'if rgbd.overlap(*views) < rgbd.LEAST_OVERLAP', 'if False'),
    mutant('matching score: depth of the file, not of the shrunk photograph', SCORE,
           'RgbdView(image, depth, camera.K', 'RgbdView(image, depth, posed.camera.K'),
    # Which images of a bag are matched, and what failures count.
    mutant('gaps: an image that is one too near', GAPS_MATCHED, 'self._newest[-1 - gap]',
           'self._newest[-gap]'),
    mutant('gaps: one image too few is kept', GAPS_MATCHED, 'default=0) + 1', 'default=0)'),
    mutant('gaps: failures have no error', PAIRS_OF_A_BAG,
           'self.rotation_deg if self.has_motion else FAILED_DEG', 'self.rotation_deg'),
    mutant('gaps: a direction that is not found is none', PAIRS_OF_A_BAG,
           'FAILED_DEG if np.isnan(self.direction_deg) else self.direction_deg',
           'self.direction_deg'),
    mutant('gaps: the rotation alone makes a pose accurate',
           ('residual_features_ros/tools/evaluate_bag/gaps.py',
            'test/tools/evaluate_bag/test_gaps.py'),
           '(~(errors >= ACCURATE_DEG)).all(1)', '(~(errors >= ACCURATE_DEG))[:, 0]'),
    # The papers' networks.
    mutant("residual: h's head without ReLU", RESIDUAL,
           '*convolution(previous, 256, config.batch_norm),',
           '*convolution(previous, 256, config.batch_norm)[:-1],'),
    mutant("residual: h's BatchNorm left out", ('training/networks.py', RESIDUAL[1]),
           '[nn.BatchNorm2d(width)]', '[]'),
    mutant('residual: what is frozen is trained', (
        'training/methods/residual/method.py', 'test/training/methods/residual/test_method.py'),
           "if name != f'{config.frozen}.')", 'if name)'),
    mutant('rounding: one digit less', ('training/rounding.py', 'test/training/test_rounding.py'),
           'DIGITS = 6', 'DIGITS = 5'),
    mutant('residual: halves of free length', RESIDUAL,
           'torch.cat([unit(self.refine(handcrafted)), unit(sampled)], 2)',
           'torch.cat([self.refine(handcrafted), sampled], 2)'),
    mutant('residual: refine without its first ReLU', RESIDUAL, 'relu_1=nn.ReLU(), '),
    mutant("residual: h's poolings one layer later", RESIDUAL,
           '((64, 64), (64, 64), (128, 128), (128, 128))',
           '((64, 64, 64), (64, 128), (128, 128), (128,))'),
    mutant('superpoint: layers without ReLU', ('training/networks.py', SUPERPOINT[1]),
           '*norm, nn.ReLU(inplace=True)', '*norm'),
    mutant('goodpoint: ReLU that is not leaky', GOODPOINT, 'nn.LeakyReLU()', 'nn.ReLU()'),
    mutant('lfnet: block without what is skipped', LFNET,
           'return features + self.layers(features)', 'return self.layers(features)'),
    mutant('lfnet: head without BatchNorm and ReLU', LFNET,
           'nn.BatchNorm1d(config.hidden), nn.ReLU(),'),
    mutant('posfeat: decoder without ELU', POSFEAT,
           'functional.elu(self.bn(self.conv(x)))', 'self.bn(self.conv(x))'),
    mutant('posfeat: detection without its first instance norm', POSFEAT,
           'self.prelu(normalise(self.conv1(features)))', 'self.prelu(self.conv1(features))'),
    mutant('posfeat: detection without the image', POSFEAT, 'normalise(self.convimg(image))',
           'normalise(self.convimg(0 * image))'),
    # What pages say of the papers' claims.
    mutant('verdict: what is missing counts as held', VERDICT,
           'if all(one >= 0 for one in signs) and not missing:',
           'if all(one >= 0 for one in signs):'),
    mutant('verdict: a worse number holds', VERDICT, 'ours > one.least * theirs',
           'ours < one.least * theirs'),
    mutant("measured: windows stand for a paper's model", MEASURED,
           "OWN_FUSIONS = ('windows', ", 'OWN_FUSIONS = ('),
    mutant('convergence: the best seed decides', CONVERGENCE_CLAIM,
           'HOLDS if least >= published else PARTLY', 'HOLDS if most >= published else PARTLY'),
    mutant('training speed: the first step is timed', SPEED,
           "(last['step'] - first['step'])", "last['step']"),
    mutant('residual: validated with whole images', SHRINK,
           'dataclasses.replace(model.config, shrink=shrink)', 'model.config'),
    # The papers' recipes and printed numbers.
    mutant('residual: recipe paper with twice the batch', RESIDUAL_RECIPE, 'batch=4, lr=1e-3',
           'batch=8, lr=1e-3'),
    mutant('residual: recipe paper with a hundredth of the steps', RESIDUAL_RECIPE,
           'steps=59_000', 'steps=590'),
    mutant('lfnet: recipe with another batch', LFNET_RECIPE, 'steps=50_000, batch=6',
           'steps=50_000, batch=2'),
    mutant('superpoint: recipe paper with another rate', SUPERPOINT_RECIPE,
           'constant(200_000, 32, 1e-3)', 'constant(200_000, 32, 1e-4)'),
    mutant('goodpoint: recipe paper decays from the beginning', GOODPOINT_RECIPE,
           'decay_from=8 * EPOCH', 'decay_from=0'),
    mutant('posfeat: recipe paper with another batch', POSFEAT_RECIPE, 'batch=6, lr=1e-3',
           'batch=8, lr=1e-3'),
    mutant("published: PoSFeat's MMA@3", PUBLISHED, 'PoSFeat (Ours): .764',
           'PoSFeat (Ours): .964'),
    mutant("published: SURF's Cor-1", PUBLISHED, 'SURF: .397 .702', 'SURF: .997 .702'),
    # The weights of the papers' authors.
    mutant('import: what is unknown is left out', IMPORTING, 'name not in known', 'False'),
    mutant('goodpoint: accuracy of one direction',
           ('training/benchmarks/metrics.py', 'test/training/benchmarks/test_metrics.py'),
           '(first[similarity.argmax(0)][back], second[back]))]',
           '(first[forth], second[similarity.argmax(1)][forth]))]'),
    # The papers' ablations and other data sets.
    mutant('posfeat: joint training without the gradient of the scores',
           ('training/methods/posfeat/method.py', 'test/training/methods/posfeat/test_method.py'),
           '\n        dense, stem = model.h.description(blob)\n',
           '\n        dense, stem = (each.detach() for each in model.h.description(blob))\n'),
    mutant('posfeat: rewarded matches teach nothing',
           ('training/methods/posfeat/policy.py', 'test/training/methods/posfeat/test_policy.py'),
           'log_matches if config.matches else None', 'None'),
    mutant('posfeat: the coarse search learns from its windows alone',
           ('training/methods/posfeat/loss.py', 'test/training/methods/posfeat/test_loss.py'),
           ' + config.whole_view * whole, whole_count', ', whole_count'),
    mutant('airsim: depths are taken along the axis',
           ('residual_features_ros/datasets/airsim.py', 'test/datasets/test_airsim.py'),
           ', camera=camera)\n', ')\n'),
    mutant('airsim: corners that a roll opens are looked at',
           ('training/benchmarks/airsim.py', 'test/training/benchmarks/test_airsim.py'),
           'features.take(inside(before, features.image_size))', 'features'),
    mutant('fire: control points that fit decide alone',
           ('residual_features_ros/datasets/fire.py', 'test/datasets/test_fire.py'),
           'self.partners, 0)', 'self.partners, cv2.RANSAC)'),
    mutant('coverage: what is off the mask counts',
           ('training/benchmarks/coverage.py', 'test/training/benchmarks/test_coverage.py'),
           'covered if within is None else covered[within]', 'covered'),
    # What the trainer refuses.
    mutant('hinge: the hardest negative, whatever is set',
           ('training/methods/residual/loss.py', 'test/training/methods/residual/test_loss.py'),
           "if config.negative == 'hardest':", 'if True:'),
    mutant('resuming: other settings are taken', RESUMING, 'if decisive:', 'if False:'),
    mutant('resuming: other photographs are taken', RESUMING,
           'if photographs and state.photographs and not moved:', 'if False:'),
    mutant('resuming: a stage that is over gets another length', RESUMING,
           ' or (now.optim.steps > done and not current)'),
    mutant('training: settings are written before the first step', TRAINER,
           'progress = Progress(run, stages, state)',
           'progress = Progress(run, stages, state); folder.begin()'),
    mutant('training: a loss that is not finite goes on', TRAINER,
           'check_loss(means[0], stage.name, run.step, folder.kept())', 'pass'),
    mutant('training: Ctrl-C does not save', TRAINER,
           'config.checkpoint_every == 0 or stopping', 'config.checkpoint_every == 0'),
    # What words an image has, and which image is like another.
    mutant('vocabulary: of equally near children the last', LOOPS_DOWN, 'if differing < least:',
           'if differing <= least:'),
    mutant('vocabulary: a word counts once', TREE, 'weights = counts * self', 'weights = self'),
    mutant('vocabulary: nodes are counted from the leaf', TREE,
           'max(self.levels - levels_up, 0)', 'levels_up'),
    mutant('score: the larger weights', BAG, 'np.minimum(a', 'np.maximum(a'),
    mutant('vocabulary text: a line end that ORB-SLAM takes for a node', TEXT,
           "f'\\n{vocabulary.parents[node]}", "f'{vocabulary.parents[node]}"),
    mutant('inverted index: numbers of images that have left', INDEX,
           'scores[:max(before - self.first, 0)]', 'scores[:before]'),
    mutant('k-medians: a bit needs more than half', CLUSTERS, '2 * ones >= len(rows)',
           '2 * ones > len(rows)'),
    mutant('place recognition: precision 1 takes a score that a wrong answer has', PLACES,
           'scores > highest_wrong', 'scores >= highest_wrong'),
    # What other projects are told.
    mutant('RTAB-Map: rows and columns change places', RTABMAP, '[*rows.shape, CV',
           '[*rows.shape[::-1], CV'),
    mutant('RTAB-Map: both images of a pair have one principal point', RTABMAP,
           'right.K[0, 2])', 'left.K[0, 2])'),
    mutant('RTAB-Map: depth is read half a pixel away', RTABMAP, '(pixels + 0.5) * scale',
           'pixels * scale'),
    # What back-ends are told.
    mutant('levels: rounded down', ('residual_features_ros/levels.py', 'test/test_levels.py'),
           'np.rint(np.log(ratios) / np.log(levels.factor))',
           'np.floor(np.log(ratios) / np.log(levels.factor))'),
    mutant('thresholds: high is of the nearest of all, whatever the place', NEIGHBOURS,
           'led = np.where(apart <= WINDOW_PX, similarity, -np.inf)', 'led = similarity'),
    mutant('thresholds: a ratio in the midst of equal ones', THRESHOLDS,
           'is_last & (shares >= PRECISION)', 'shares >= PRECISION'),
    # The whole front end as one network.
    mutant('whole: images of a call are answered in the order of their sizes', WHOLE,
           'return [found[number] for number in range(len(images))]',
           'return list(found.values())'),
    mutant('whole: an image has the mask of another', WHOLE,
           '[masks[number] for number in numbers]', 'masks[:len(numbers)]'),
    mutant('whole: BGR', WHOLE, 'swapRB=True', 'swapRB=False'),
    mutant('whole: what is cut is chosen before the mask', WHOLE,
           'allowed = mask.keep(features)', 'allowed = mask.keep(features.take(np.arange(most)))'),
    mutant('whole: fixed settings count for nothing', WHOLE_NETWORKS,
           'if getattr(config, name, None) != value}', 'if False}'),
    mutant('whole: the largest network is taken', WHOLE_NETWORKS,
           'card.channels != channels, card.keypoints)',
           'card.channels != channels, -card.keypoints)'),
    mutant('whole: a size is told of at each image', WHOLE_NETWORKS,
           'self._announced.add(about)', 'pass'),
    mutant('whole: networks of other weights are taken', WHOLE_NETWORKS,
           'if card.networks != self.method_card.sha256:', 'if False:'),
    mutant('learn: frames to judge by are learned from', SEQUENCE_PAIRS,
           'self.source.names[rng.choice(own)]', 'str(rng.choice(self.source.names))'),
    mutant('learn: any gain is kept', JUDGE, 'elif gain < LEAST_GAIN:', 'elif False:'),
    mutant('learn: easy pairs decide', JUDGE, 'if key[1] - key[0] >= HARD_GAP}', 'if True}'),
    mutant('learn: photographs count for nothing', JUDGE, 'if lost > MOST_LOST:', 'if False:'),
    mutant('learn: a blend may lose on photographs', BLEND, 'if lost <= MOST_LOST / 2:',
           'if True:'),
    mutant('learn: no blend', BLEND, 'begun[name].lerp(value.float(), share)', 'value.float()'),
    mutant('learn: flow need not come back', FLOW,
           'known &= np.linalg.norm(back - begun, axis=1) < BACK_PX', 'pass'),
)


def occurrences(mutant):
    """Return how often this checkout's file has the text that the mutant changes."""
    path = ROOT / mutant.file
    return path.read_text(encoding='utf-8').count(mutant.text) if path.is_file() else 0


def copy_checkout(folder):
    """Copy what is not ignored into `folder`."""
    ignored = [line.strip('/') for line in (ROOT / '.gitignore').read_text().split()]
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns('.git', *ignored))


def run_tests(checkout, tests):
    """Run tests in a checkout until one fails and return pytest's exit code."""
    # Without files of bytecode none can be older than its source by less than a second.
    return subprocess.run(
        [sys.executable, '-m', 'pytest', '-q', '-x', '-p', 'no:cacheprovider', *tests],
        cwd=checkout, env={**os.environ, 'PYTHONDONTWRITEBYTECODE': '1'},
        capture_output=True).returncode


def verdict(mutant, checkout, without):
    """Return 'caught', or what is wrong in capital letters.

    Args:
        mutant: to make.
        checkout: a copy, which is as before afterwards.
        without: exit codes of tests without a mutant; those that are missing are added.
    """
    count = occurrences(mutant)
    if count != 1:
        return f'TEXT FOUND {count} TIMES'
    if mutant.tests not in without:
        without[mutant.tests] = run_tests(checkout, mutant.tests)
    if without[mutant.tests]:
        return f'TESTS FAIL WITHOUT IT ({without[mutant.tests]})'
    path = checkout / mutant.file
    text = path.read_text(encoding='utf-8')
    path.write_text(text.replace(mutant.text, mutant.replacement), encoding='utf-8')
    code = run_tests(checkout, mutant.tests)
    path.write_text(text, encoding='utf-8')
    return {0: 'SURVIVED', FAILED: 'caught'}.get(code, f'TESTS DO NOT RUN ({code})')


def main(words):
    """Make all mutants, or those that a word chooses, and return the exit code."""
    chosen = [mutant for mutant in MUTANTS
              if not words or any(word in f'{mutant.name} {mutant.file}' for word in words)]
    verdicts, without = [], {}
    with tempfile.TemporaryDirectory() as folder:
        checkout = Path(folder) / 'checkout'
        copy_checkout(checkout)
        for mutant in chosen:
            verdicts.append(verdict(mutant, checkout, without))
            print(f'{verdicts[-1]:10} {mutant.name}', flush=True)
    print(f'{verdicts.count("caught")} of {len(verdicts)} caught')
    return int(any(word != 'caught' for word in verdicts))


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
