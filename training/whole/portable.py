# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A whole network under the names, types and shapes that another project's loader expects.

Nodes are put before and behind the file's own. What the loaders feed and read is in
docs/onnx-back-ends.md, with its sources.
"""
from __future__ import annotations

import shutil
from pathlib import Path
from string import Template

import onnx
from onnx import compose, helper, parser

from residual_features_ros.outputs import undone_on_error
from residual_features_ros.whole_card import NETWORK, WholeCard
from training.whole import colmap_matcher, rtabmap_detector
from training.whole.loaders import refuse

PREFIX = 'whole/'  # of the names inside
SCRIPT = Path(rtabmap_detector.__file__)
# float32 in [0, 1] -> grey levels.
BEFORE = """
before (float[1, $channels, $height, $width] image)
  => (uint8[1, $channels, $height, $width] levels)
<float black = {0.0}, float white = {255.0}> {
  scaled = Mul(image, white)
  rounded = Round(scaled)
  bounded = Clip(rounded, black, white)
  levels = Cast<to = 2>(bounded)
}"""
# Places from -1 to 1, and a score for the rank, which lies above the loader's own limit of .2.
COLMAP = """
after (float[1, $count, 2] places, float[1, $count, $dim] rows, int32[1] number,
       int64 max_keypoints, float min_score)
  => (float[1, k, 2] keypoints, float[1, k, $dim] descriptors, float[1, k] scores)
<float[2] half = {$half_width, $half_height}, float unit = {1.0}, float none = {0.0},
 float all = {$count.0}, float step = {$step}, int64[1] one = {1}, int64[1] start = {0},
 int64[1] axis = {1}> {
  share = Div(places, half)
  normalised = Sub(share, unit)
  rank = Range(none, all, unit)
  below = Mul(rank, step)
  graded = Sub(unit, below)
  good = GreaterOrEqual(graded, min_score)
  counted = Cast<to = 7>(good)
  above = ReduceSum(counted)
  asked = Reshape(max_keypoints, one)
  found = Cast<to = 7>(number)
  kept = Min(found, asked, above)
  keypoints = Slice(normalised, start, kept, axis)
  descriptors = Slice(rows, start, kept, axis)
  graded_row = Unsqueeze(graded, start)
  scores = Slice(graded_row, start, kept, axis)
}"""
RTABMAP = """
after (float[1, $count, 2] places, float[1, $count, $dim] rows, int32[1] number,
       float[1, $count] responses)
  => (float[1, k, 2] keypoints, float[1, k] scores, float[1, k, $dim] descriptors)
<int64[1] start = {0}, int64[1] axis = {1}> {
  kept = Cast<to = 7>(number)
  keypoints = Slice(places, start, kept, axis)
  scores = Slice(responses, start, kept, axis)
  descriptors = Slice(rows, start, kept, axis)
}"""
AFTER = {'colmap': COLMAP, 'rtabmap': RTABMAP}
READ = {'places': 'keypoints', 'rows': 'descriptors', 'number': 'count', 'responses': 'scores'}


def rewrite(model: onnx.ModelProto, card: WholeCard, loader: str) -> onnx.ModelProto:
    """Return a whole network as a loader of loaders.LOADERS takes it, for one image at a time.

    The image is float32 (1, channels, H, W) in [0, 1]. What comes out ends at the last keypoint:
        colmap: keypoints (1, K, 2) from -1, the centre of the first pixel, to 1, that of the
            last; descriptors (1, K, dim); scores (1, K) = 1 - rank / (2 N), strongest first.
            K is at most the input max_keypoints (int64), and no score is under the input
            min_score.
        rtabmap: keypoints (1, K, 2) in pixels, scores (1, K), descriptors (1, K, dim).

    Args:
        model: that of `card`.
        card: of the whole network.
        loader: a key of LOADERS.

    Raises:
        ConfigError: the loader cannot use it.
    """
    refuse(loader, (card.width, card.height), card.channels, card.bits)
    values = {'channels': card.channels, 'width': card.width, 'height': card.height,
              'count': card.keypoints, 'dim': card.dim, 'step': f'{0.5 / card.keypoints:.9f}',
              'half_width': (card.width - 1) / 2, 'half_height': (card.height - 1) / 2}

    def part(text: str) -> onnx.ModelProto:
        opset = next(each.version for each in model.opset_import if each.domain in ('', 'ai.onnx'))
        header = f'<ir_version: {model.ir_version}, opset_import: ["" : {opset}]>'
        return parser.parse_model(header + Template(text).substitute(values))

    after = part(AFTER[loader])
    whole = compose.add_prefix(model, PREFIX)
    joined = compose.merge_models(part(BEFORE), whole, [('levels', f'{PREFIX}image')])
    read = [(PREFIX + READ[item.name], item.name) for item in after.graph.input
            if item.name in READ]
    joined = compose.merge_models(joined, after, read,
                                  outputs=[item.name for item in after.graph.output])
    joined.graph.name = f'{card.method} for {loader}'
    helper.set_model_props(joined, {
        'method': card.method, 'loader': loader, 'whole': card.name,
        'sha256': card.files[NETWORK]['sha256'],
        'networks': card.networks, 'licence': card.licence, 'data': card.data})
    onnx.checker.check_model(joined)
    return joined


def write_for(loader: str, card: WholeCard) -> list[Path]:
    """Write <method>_<W>x<H>_<N>_<loader>.onnx beside a whole network, and what goes with it.

    colmap: <...>_matcher.onnx, see colmap_matcher.
    rtabmap: <...>.py, see rtabmap_detector; names have no dots because RTAB-Map takes for the
        module what stands before the first one.

    Returns:
        the files.

    Raises:
        OutputError: one of the files is there.
        ConfigError: see rewrite.
    """
    model = rewrite(onnx.load(str(card.path(NETWORK))), card, loader)
    name = f'{card.method}_{card.width}x{card.height}_{card.keypoints}_{loader}'
    network = card.folder / f'{name}.onnx'
    beside = card.folder / (f'{name}_matcher.onnx' if loader == 'colmap' else f'{name}.py')
    with undone_on_error(card.folder, [network.name, beside.name]) as unfinished:
        onnx.save(model, str(network))
        if loader == 'colmap':
            onnx.save(colmap_matcher.matcher(), str(beside))
        else:
            shutil.copyfile(SCRIPT, beside)
        unfinished.clear()
    return [network, beside]
