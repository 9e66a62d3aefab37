# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Made files of weights in the authors' layouts, and networks written from their source.

The names, shapes and steps are those of the repositories that training.authors.layouts names.
"""
import numpy as np
import pytest
import torch
from support.pictures import textured
from support.plain_layers import (
    at_points,
    batch_norm,
    cells_to_pixels,
    convolve,
    leaky,
    read_lines,
    relu,
    softmax,
    unit,
)
from torch.nn import functional

from residual_features_ros import create_extractor
from residual_features_ros.backends import load_backend
from residual_features_ros.errors import ConfigError
from residual_features_ros.image import to_grey
from residual_features_ros.model_card import load_card, sha256_of
from residual_features_ros.network import prepare
from training.__main__ import main
from training.authors.importing import import_weights
from training.methods.posfeat.encoder import Encoder
from training.pretrained import load_pretrained

CHANNELS = {'conv1a': (1, 64), 'conv1b': (64, 64), 'conv2a': (64, 64), 'conv2b': (64, 64),
            'conv3a': (64, 128), 'conv3b': (128, 128), 'conv4a': (128, 128),
            'conv4b': (128, 128), 'convPa': (128, 256), 'convPb': (256, 65),
            'convDa': (128, 256), 'convDb': (256, 256)}
NORMS = {**{f'batchnorm{number}': 64 if number < 4 else 128 for number in range(8)},
         'batchnormPa': 256, 'batchnormPb': 64, 'batchnormDa': 256}


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def convolution(inputs, outputs, side, bias=True):
    """Return weights that fp16 holds exactly."""
    weight = torch.randn(outputs, inputs, side, side) * (2 / (inputs * side**2)) ** 0.5
    made = {'weight': weight.half().float()}
    return {**made, 'bias': (0.1 * torch.randn(outputs)).half().float()} if bias else made


def norm(width):
    made = {'weight': 1 + 0.1 * torch.randn(width), 'bias': 0.1 * torch.randn(width)}
    return {**{name: value.half().float() for name, value in made.items()},
            'running_mean': 0.1 * torch.randn(width), 'running_var': 0.5 + torch.rand(width),
            'num_batches_tracked': torch.tensor(7)}


def flat(layers):
    return {f'{layer}.{name}': value for layer, tensors in layers.items()
            for name, value in tensors.items()}


def superpoint():
    return {name: convolution(*channels, 1 if name in ('convPb', 'convDb') else 3)
            for name, channels in CHANNELS.items()}


def goodpoint():
    layers = superpoint() | {name: norm(width) for name, width in NORMS.items()}
    return layers | {'convPb': convolution(256, 64, 1)}


def posfeat():
    """Return the layers of backbone.pth and of localheader.pth, torchvision's ResNet-50 in it."""
    backbone = {}
    for key, value in Encoder('bottleneck', (3, 4, 6), 64).state_dict().items():
        layer = key.rpartition('.')[0]
        theirs = {'conv1': 'firstconv', 'bn1': 'firstbn'}.get(layer, layer)
        if value.ndim == 4:
            outputs, inputs, side, _ = value.shape
            backbone[theirs] = convolution(inputs, outputs, side, bias=False)
        else:
            backbone[theirs] = backbone.get(theirs) or norm(len(value))
    for name, inputs, outputs, side in (
            ('conv_coarse', 1024, 128, 1), ('upconv3.conv', 1024, 512, 3),
            ('iconv3', 1024, 512, 3), ('upconv2.conv', 512, 256, 3), ('iconv2', 512, 256, 3),
            ('conv_fine', 256, 128, 1)):
        backbone |= {f'{name}.conv': convolution(inputs, outputs, side),
                     f'{name}.bn': norm(outputs)}
    header = {'conv1': convolution(192, 192, 3), 'conv2': convolution(256, 128, 3),
              'conv3': convolution(128, 1, 1), 'convimg': convolution(3, 64, 3),
              'relu': {'weight': torch.tensor([0.25])}}
    return backbone, header


def heads_of_superpoint(image, layers):
    """Return logits (1, 65, h, w) and unit descriptors (1, 256, h, w), as their forward does."""
    for name in list(CHANNELS)[:8]:
        image = relu(convolve(image, layers[name]))
        if name in ('conv1b', 'conv2b', 'conv3b'):
            image = functional.max_pool2d(image, 2)
    points, rows = (convolve(relu(convolve(image, layers[f'conv{head}a'])),
                             layers[f'conv{head}b']) for head in 'PD')
    return points, unit(rows, 1)


def heads_of_goodpoint(image, layers):
    for number, name in enumerate(list(CHANNELS)[:8]):
        image = batch_norm(leaky(convolve(image, layers[name]), 0.01),
                           layers[f'batchnorm{number}'])
        if name in ('conv1b', 'conv2b', 'conv3b'):
            image = functional.max_pool2d(image, 2)

    def activated(x, name):
        return batch_norm(leaky(convolve(x, layers[f'conv{name}']), 0.01),
                          layers[f'batchnorm{name}'])
    return (activated(activated(image, 'Pa'), 'Pb'),
            unit(convolve(activated(image, 'Da'), layers['convDb']), 1))


def run_h(card, image):
    """Return the maps of the exported h for an image, by name."""
    session = load_backend('onnxruntime').open_session(card.path('h'), 1)
    maps = session.run({'image': prepare([image], card)})
    return {name: torch.from_numpy(array) for name, array in maps.items()}


def grey_input(image):
    return torch.from_numpy(to_grey(image))[None, None].float() / 255


def test_superpoints_file_gives_what_the_authors_network_gives(tmp_path, capsys):
    layers = superpoint()
    torch.save(flat(layers), tmp_path / 'superpoint_v1.pth')
    assert main(['import', 'superpoint', str(tmp_path / 'superpoint_v1.pth'), '--out',
                 str(tmp_path / 'out')]) == 0
    said = capsys.readouterr().out
    assert f'{tmp_path}/out/superpoint.json, parity with torch' in said
    assert 'noncommercial research only' in said and 'normalises the cells' in said
    card, image = load_card('superpoint', tmp_path / 'out'), textured(96, 64)
    maps = run_h(card, image)
    logits, rows = heads_of_superpoint(grey_input(image), layers)
    torch.testing.assert_close(maps['scores'], cells_to_pixels(softmax(logits, 1)[:, :64]),
                               rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(unit(maps['dense'], 1), rows, rtol=1e-4, atol=1e-5)
    assert card.licence.startswith('as its authors state')
    assert card.training['command'] == 'python -m training import superpoint FILE'
    assert 'magicleap/SuperPointPretrainedNetwork at 1fda796' in card.training['source']
    assert card.training['source_sha256'] == sha256_of(tmp_path / 'superpoint_v1.pth')
    assert (card.training['steps'], card.training['stage']) == (0, 'imported')
    assert str(tmp_path) not in (tmp_path / 'out' / 'superpoint.json').read_text()
    assert sorted(path.name for path in (tmp_path / 'out').iterdir()) == [
        'superpoint.f.onnx', 'superpoint.h.onnx', 'superpoint.json']


def test_goodpoints_snapshot_runs_in_the_extractor_and_starts_a_run(tmp_path):
    from training import methods
    layers = goodpoint()
    weights = {f'module.{name}': value for name, value in flat(layers).items()}
    torch.save({'superpoint': weights, 'optimizer': {'state': {}}}, tmp_path / 'super.pt')
    card = import_weights('goodpoint', tmp_path / 'super.pt', tmp_path / 'out', 'mine')
    image = textured(96, 64)
    maps = run_h(card, image)
    logits, rows = heads_of_goodpoint(grey_input(image), layers)
    torch.testing.assert_close(maps['scores'], cells_to_pixels(softmax(logits, 1)), rtol=1e-4,
                               atol=1e-5)
    torch.testing.assert_close(maps['dense'], rows, rtol=1e-4, atol=1e-5)
    features = create_extractor('goodpoint', 50, weights=str(tmp_path / 'out')).extract(image)
    expected = unit(at_points(rows, torch.from_numpy(features.keypoints[None]), 8))[0]
    assert len(features) > 20 and card.licence == 'mine'
    np.testing.assert_allclose(features.descriptors, expected.numpy(), atol=1e-4)
    model = methods.load('goodpoint').build(methods.create('goodpoint', 'paper'))
    assert 'h and f start as' in load_pretrained(model, str(tmp_path / 'out' / 'goodpoint.json'))
    assert torch.equal(model.h.backbone[0].weight, layers['conv1a']['weight'])


def expected_of_posfeat(image, backbone, header):
    """Return scores (1, H, W) and descriptors (1, 128, H/4, W/4), as the authors' forward does."""
    def normed(x, conv, bn, stride=1):
        return batch_norm(convolve(x, backbone[conv], stride), backbone[bn])

    def activated(x, name):
        return functional.elu(normed(x, f'{name}.conv', f'{name}.bn'))

    def twice(x):  # corners on corners
        for axis in (2, 3):
            x = read_lines(x, axis, torch.linspace(0, x.shape[axis] - 1, 2 * x.shape[axis]))
        return x

    stem = functional.max_pool2d(relu(normed(image, 'firstconv', 'firstbn', 2)), 3, 2, 1)
    x, maps = stem, []
    for layer, count in enumerate((3, 4, 6), 1):
        for number in range(count):
            place, stride, kept = f'layer{layer}.{number}', 2 if layer > 1 and not number else 1, x
            if not number:
                kept = normed(x, f'{place}.downsample.0', f'{place}.downsample.1', stride)
            x = relu(normed(x, f'{place}.conv1', f'{place}.bn1'))
            x = relu(normed(x, f'{place}.conv2', f'{place}.bn2', stride))
            x = relu(normed(x, f'{place}.conv3', f'{place}.bn3') + kept)
        maps.append(x)
    for kept, number in ((maps[1], 3), (maps[0], 2)):
        up = activated(twice(x), f'upconv{number}.conv')
        x = activated(torch.cat([kept, up], 1), f'iconv{number}')
    dense = activated(x, 'conv_fine')

    def headed(x, name):
        return functional.instance_norm(convolve(x, header[name]))

    slope = header['relu']['weight']
    x = leaky(headed(torch.cat([dense, stem], 1), 'conv1'), slope)
    x = functional.interpolate(x, image.shape[2:], mode='bilinear', align_corners=False)
    x = leaky(headed(torch.cat([x, headed(image, 'convimg')], 1), 'conv2'), slope)
    return functional.softplus(headed(x, 'conv3'))[:, 0], dense


def test_posfeats_two_files_give_what_the_authors_networks_give(tmp_path):
    backbone, header = posfeat()
    for name, layers in (('backbone', backbone), ('localheader', header)):
        torch.save(flat(layers), tmp_path / f'{name}.pth')
    card = import_weights('posfeat', tmp_path, tmp_path / 'out')
    image = textured(96, 64)
    maps = run_h(card, image)
    rgb = torch.from_numpy(image[None, ..., ::-1].copy()).permute(0, 3, 1, 2).float() / 255
    mean, std = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    blob = (rgb - torch.tensor(mean).view(1, 3, 1, 1)) / torch.tensor(std).view(1, 3, 1, 1)
    scores, dense = expected_of_posfeat(blob, backbone, header)
    size = dense.abs().max()
    torch.testing.assert_close(maps['dense'] / size, dense / size, rtol=0, atol=1e-4)
    torch.testing.assert_close(maps['scores'], scores, rtol=0, atol=1e-3)
    assert 'Apache-2.0' in card.licence and 'PoSFeat at 116ee92' in card.training['source']


def test_what_is_wrong_with_a_file_is_named(tmp_path, capsys):
    def refused(weights):
        torch.save(weights, tmp_path / 'wrong.pth')
        assert main(['import', 'superpoint', str(tmp_path / 'wrong.pth'), '--out',
                     str(tmp_path / 'out')]) == 2
        assert not (tmp_path / 'out').exists()
        return capsys.readouterr().err.strip()

    right = flat(superpoint())
    missing = {name: value for name, value in right.items() if not name.startswith('convD')}
    assert refused(missing).endswith('SuperPointPretrainedNetwork at 1fda796, superpoint_v1.pth: '
                                     'convDa.weight, convDa.bias, convDb.weight and 1 more is '
                                     'missing')
    assert refused(right | {'bn1a.weight': torch.ones(64)}).endswith('bn1a.weight is unknown')
    assert refused(right | {'convPb.weight': torch.ones(64, 256, 1, 1)}).endswith(
        'convPb.weight (64, 256, 1, 1) instead of (65, 256, 1, 1) is misshaped')
    assert refused(right | {'conv1a.bias': torch.full((64,), torch.nan)}).endswith(
        'conv1a.bias is not finite')
    assert 'expected tensors by their names' in refused([1, 2])
    assert 'expected tensors by their names' in refused({})
    (tmp_path / 'text.pth').write_text('no weights')
    for source, words in (('text.pth', 'not a file of weights'), ('none.pth', 'no such file')):
        assert main(['import', 'superpoint', str(tmp_path / source), '--out',
                     str(tmp_path / 'out')]) == 2
        assert words in capsys.readouterr().err


def test_a_folder_without_one_of_its_files_and_a_method_without_a_layout(tmp_path):
    torch.save({}, tmp_path / 'backbone.pth')
    with pytest.raises(ValueError, match=r'localheader.pth: no such file; expected a folder with '
                                         r'backbone.pth and localheader.pth'):
        import_weights('posfeat', tmp_path, tmp_path / 'out')
    with pytest.raises(ConfigError, match='goodpoint, posfeat, superpoint'):
        import_weights('lfnet', tmp_path, tmp_path / 'out')
