# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import json
from pathlib import Path

import pytest
from support import fake_tensorrt
from support.needs import need_backend
from support.pictures import textured

from residual_features_ros import create_extractor
from residual_features_ros.config import ExtractorConfig
from residual_features_ros.errors import OutputError
from residual_features_ros.model_card import load_card
from training.__main__ import main
from training.engines import copied, networks

METHODS = ('residual_hessian_small_binary', 'lfnet')
SMALL = ('--max-size', '160')


@pytest.fixture
def fake(monkeypatch, tmp_path):
    """Put the stand-ins in place, without a driver; return CUDA's."""
    made = fake_tensorrt.install(monkeypatch, tmp_path / 'cache')
    made.driver = 0
    return made


@pytest.mark.parametrize('precision', ['auto', 'int8'])
@pytest.mark.parametrize('method', METHODS)
def test_a_node_takes_what_was_built_ahead_for_every_network(fake, tmp_path, method, precision,
                                                            capsys, caplog):
    if precision == 'int8' and 'h_int8' not in load_card(method).files:
        pytest.skip('these weights have no int8')
    out = tmp_path / 'made'
    assert main(['engine', method, '--out', str(out), '--precision', precision, *SMALL]) == 0
    lines = capsys.readouterr().out.splitlines()
    count = len(list(out.glob('*.engine')))
    assert count == len(lines) == fake_tensorrt.Builder.built >= 2
    assert load_card(method, out).sha256 == load_card(method).sha256
    fake.driver = 13050
    node = create_extractor(method, 100, 'tensorrt_rtx', weights=str(out), max_size=160,
                            precision=precision)
    assert fake_tensorrt.Builder.built == count  # nothing was built again
    assert caplog.text.count('the engine beside it differs') == count
    assert len(node.extract(textured(160, 120)))
    assert main(['engine', method, '--out', str(out), '--precision', precision, *SMALL]) == 0
    assert fake_tensorrt.Builder.built == count


def test_tensorrt_without_a_gpu_is_told(fake, tmp_path, capsys):
    assert main(['engine', 'lfnet', '--backend', 'tensorrt', '--out', str(tmp_path / 'x')]) == 2
    assert 'error: no NVIDIA driver here: install one' in capsys.readouterr().err


def test_a_card_and_any_network_are_built_where_they_lie(fake, tmp_path, capsys):
    card = copied(load_card('lfnet'), tmp_path / 'weights')
    assert main(['engine', str(card.folder / 'lfnet.json'), *SMALL]) == 0
    assert len(list(card.folder.glob('*.engine'))) == 2
    assert main(['engine', str(card.path('f'))]) == 0
    printed = capsys.readouterr().out.splitlines()[-1]
    assert printed.startswith(str(card.folder)) and 'fp16' in printed and ' MB, ' in printed


def test_other_weights_are_not_written_over(tmp_path):
    card = load_card('lfnet')
    copied(card, tmp_path)
    copied(card, tmp_path)
    (tmp_path / 'lfnet.h.onnx').write_bytes(b'others')
    with pytest.raises(OutputError, match=r'lfnet\.h\.onnx'):
        copied(card, tmp_path)


def test_what_the_nodes_settings_say_of_images():
    card = load_card('residual_hessian_small')
    (path, precision, expected), *others = networks(card, ExtractorConfig(
        max_size=320, network_shrink=1, precision='fp16'))
    assert path == card.path('h') and precision == 'fp16'
    assert expected.sizes == ((240, 320),) and expected.largest == (320, 320)
    assert [item[1] for item in others] == ['fp16', 'fp32']
    assert networks(card, ExtractorConfig(precision='int8'))[0][0] == card.path('h_int8')


def test_the_real_builder_needs_no_gpu(tmp_path, capsys):
    pytest.importorskip('tensorrt_rtx', reason='pip install tensorrt-rtx-cu13')
    assert main(['engine', 'residual_hessian_small', '--out', str(tmp_path)]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert len(printed) == 3 and 'fp16' in printed[0] and 'fp32' in printed[1]
    facts = [json.loads(file.read_text()) for file in tmp_path.glob('*-*.json')]
    assert len(facts) == 3
    for each in facts:
        assert each['facts']['gpu'] == '' and each['difference_to_onnxruntime'] is None
        assert each['facts']['sdk'].startswith('tensorrt_rtx 1.')


def test_seconds_and_bytes_are_saved_with_what_built_them(fake, tmp_path, capsys):
    fake.driver = 13050
    out, result = tmp_path / 'made', tmp_path / 'results/engines.json'
    network = tmp_path / 'mine.onnx'
    network.write_bytes(load_card('lfnet').path('f').read_bytes())
    words = ['engine', 'residual_hessian_small_binary', 'lfnet', str(network), *SMALL,
             '--backend', 'tensorrt', '--precision', 'fp32', '--result', str(result)]
    assert main([*words, '--out', str(out)]) == 0
    saved = json.loads(result.read_text())
    assert saved['sdk'] == f'tensorrt {fake_tensorrt.__version__}'
    assert 'compute capability' in saved['gpu'] and saved['environment']['cpu']
    assert saved['command'] == (
        'python -m training engine residual_hessian_small_binary lfnet mine.onnx --backend '
        'tensorrt --precision fp32 --max-size 160 --out DIR')
    assert [(row['method'], row['network']) for row in saved['engines']] == [
        *(('residual_hessian_small_binary', load_card('residual_hessian_small_binary').path(
            part).stem) for part in 'hfpb'), ('lfnet', 'lfnet.h'), ('lfnet', 'lfnet.f'),
        ('', 'mine')]
    for row, line in zip(saved['engines'], capsys.readouterr().out.splitlines(), strict=True):
        file, _, facts = line.partition(': ')
        assert row['precision'] == 'fp32' and row['bytes'] == Path(file).stat().st_size
        precision, size, seconds = facts.split(', ')
        assert (precision, size) == ('fp32', f'{row["bytes"] / 1e6:.1f} MB')
        assert float(seconds.removesuffix(' s')) == pytest.approx(row['seconds'], abs=0.06)
    assert str(tmp_path) not in result.read_text()


def test_seconds_of_another_day_are_not_saved(fake, tmp_path, capsys):
    out, result = tmp_path / 'made', tmp_path / 'engines.json'
    words = ['engine', 'lfnet', '--out', str(out), *SMALL]
    assert main(words) == 0
    assert main([*words, '--result', str(result)]) == 2
    said = capsys.readouterr().err
    assert '.engine' in said and 'there already' in said and '--out' in said
    assert not result.exists()
    result.write_text('mine')
    assert main([*words[:2], '--out', str(tmp_path / 'other'), '--result', str(result)]) == 2
    assert 'choose another --result' in capsys.readouterr().err
    assert result.read_text() == 'mine' and not (tmp_path / 'other').exists()


def test_several_sources_lie_where_each_belongs(fake, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    card = copied(load_card('lfnet'), tmp_path / 'weights')
    assert main(['engine', 'goodpoint', str(card.folder / 'lfnet.json'), *SMALL]) == 0
    assert list((tmp_path / 'exports/goodpoint').glob('goodpoint.h-*.engine'))
    assert len(list(card.folder.glob('lfnet.*.engine'))) == 2


@pytest.mark.parametrize('backend', ['tensorrt_rtx', 'tensorrt'])
def test_the_real_builders_seconds_are_saved(backend, tmp_path):
    if backend == 'tensorrt':
        need_backend(backend)  # measures on a GPU
    else:
        pytest.importorskip('tensorrt_rtx', reason='pip install tensorrt-rtx-cu13')
    result = tmp_path / 'engines.json'
    network = load_card('lfnet').path('f')
    assert main(['engine', str(network), '--backend', backend, '--precision', 'fp32',
                 '--out', str(tmp_path / 'made'), '--result', str(result)]) == 0
    saved = json.loads(result.read_text())
    assert saved['sdk'].startswith(f'{backend} 1') and bool(saved['gpu']) == (
        backend == 'tensorrt')
    row, = saved['engines']
    assert row['network'] == 'lfnet.f' and row['precision'] == 'fp32'
    assert row['seconds'] > 0 and row['bytes'] > 1e5
