# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""python -m training {train,study,export,engine,evaluate,...}: heavy imports after parsing."""
from __future__ import annotations

import argparse
import importlib
import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from residual_features_ros.process_tuning import keep_freed_memory
from training.benchmarks import posed_options

if TYPE_CHECKING:
    from training.benchmarks.protocol import Protocol


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog='python -m training', description=__doc__)
    commands = parser.add_subparsers(dest='command', required=True)
    train = commands.add_parser('train', help='train a method; goes on where it was stopped')
    train.add_argument('method', help='for example residual_rootsift_small')
    train.add_argument('settings', nargs='*', metavar='key=value',
                       help='for example data.images=DIR optim.steps=200')
    train.add_argument('--recipe', default='',
                       help="of the residual methods ours, paper, finetune or convergence "
                       "(default: the method's first)")
    train.add_argument('--out', type=Path, help='default: runs/METHOD')
    train.add_argument('--restart', action='store_true', help='ignore an existing checkpoint')
    study = commands.add_parser('study', help='does fusion converge faster? three runs, one plot')
    study.add_argument('settings', nargs='*', metavar='key=value', help='as for train')
    study.add_argument('--method', default='residual_rootsift_small',
                       help='the fused one (default: residual_rootsift_small)')
    study.add_argument('--out', type=Path, required=True,
                       help='folder of study.json and study.png; goes on where it was stopped')
    study.add_argument('--data', default='not stated', help='what the photographs are, for the '
                       'results')
    curves = commands.add_parser('curves', help='validation scores of runs as a picture')
    curves.add_argument('runs', nargs='+', type=Path, metavar='RUN',
                        help='folder of a run, or a checkpoint')
    curves.add_argument('--out', type=Path, default=Path('curves.png'),
                        help='the picture, a table goes beside it (default: curves.png)')
    pack = commands.add_parser('pack', help='folder of photographs -> one small file')
    pack.add_argument('folder', type=Path)
    pack.add_argument('--size', type=image_size, default='320x240',
                      help='width x height of the largest views to train on (default: 320x240)')
    pack.add_argument('--margin', type=float, default=1.25,
                      help='pictures cover size * margin where they can (default: 1.25)')
    pack.add_argument('--quality', type=int, default=50, help='of the JPEG files (default: 50)')
    pack.add_argument('--out', type=Path, required=True, help='the file that data.images takes')
    export = commands.add_parser('export', help='checkpoint -> two ONNX graphs and a card')
    export.add_argument('checkpoint', type=Path)
    export.add_argument('--out', type=Path, help="default: the checkpoint's folder")
    export.add_argument('--licence', default='as the training data')
    export.add_argument('--data', default='not stated', help='what the weights saw, for the card')
    export.add_argument('--note', default='', help='for the card: what the run started from')
    export.add_argument('--calibrate', default='', metavar='DIR',
                        help='folder or pack of photographs: write h in int8 too')
    engine = commands.add_parser('engine', help='build and check TensorRT engines on this GPU')
    engine.add_argument('method', help='for example residual_rootsift_small')
    engine.add_argument('settings', nargs='*', metavar='key=value',
                        help='of the extractor, for example weights=DIR precision=fp32')
    evaluate = commands.add_parser('evaluate', help='run a benchmark')
    evaluate.add_argument('benchmark', choices=['papers', 'hpatches', 'rotation', 'rgbd',
                                                  *posed_options.BENCHMARKS])
    evaluate.add_argument('--root', type=Path, required=True,
                          help='papers, hpatches: folder of scenes; rotation: folder of images; '
                          'rgbd: of videos with depth and poses; the others: folder of posed '
                          'scenes (residual_features_ros/datasets/layouts.py)')
    evaluate.add_argument('--videos', type=Path, metavar='DIR',
                          help="papers: folder of videos as rgbd takes it, for LF-Net's numbers")
    evaluate.add_argument('--methods', default='rootsift,residual_rootsift_small')
    evaluate.add_argument('--size', type=image_size, default='640x480',
                          help='width x height in pixels (default: 640x480)')
    evaluate.add_argument('--keypoints', type=int, default=1000)
    evaluate.add_argument('--weights', default='', metavar='DIR[,DIR]',
                          help='folders of weights; a method takes the first that has its own '
                          '(default: shipped)')
    evaluate.add_argument('--backend', default='onnxruntime')
    evaluate.add_argument('--layout', default='rgbd', choices=['rgbd', 'tum', 'scannet'],
                          help='of the videos of rgbd and papers (default: rgbd)')
    evaluate.add_argument('--set', action='append', default=[], metavar='KEY=VALUE',
                          dest='settings',
                          help='another setting of the extractor; may be repeated')
    evaluate.add_argument('--out', type=Path,
                          help='write the results as JSON, tables and a plot beside it')
    evaluate.add_argument('--brief', action='store_true',
                          help='no rows of single pairs in the JSON')
    evaluate.add_argument('--data', default='not stated', help='what the images are, for --out')
    evaluate.add_argument('--cache', type=Path,
                          help='folder of predictions that a later run reads (1 MB for 1000 '
                          'keypoints of 256 numbers); default: none')
    posed_options.add_options(evaluate)
    colmap = commands.add_parser('export-colmap',
                                 help="a posed scene's features and matches for COLMAP and hloc")
    colmap.add_argument('--root', type=Path, required=True, help='one posed scene')
    colmap.add_argument('--methods', default='residual_rootsift_small', metavar='METHOD')
    colmap.add_argument('--size', type=image_size, default='2048x2048',
                        help='images are shrunk to fit into it (default: 2048x2048)')
    colmap.add_argument('--keypoints', type=int, default=4096)
    colmap.add_argument('--ratio', type=float, default=posed_options.RATIO)
    colmap.add_argument('--weights', default='', help='folder of weights, default: shipped')
    colmap.add_argument('--backend', default='onnxruntime')
    colmap.add_argument('--set', action='append', default=[], metavar='KEY=VALUE',
                        dest='settings', help='another setting of the extractor')
    colmap.add_argument('--database', type=Path, metavar='FILE', help="COLMAP's, a new one")
    colmap.add_argument('--hloc', type=Path, metavar='DIR',
                        help='features.h5, matches.h5 and pairs.txt, new ones')
    reproduction = commands.add_parser(
        'reproduction', help="the paper's numbers beside ours, and the README's table")
    reproduction.add_argument('--results', type=Path, default=Path('training/results'),
                              help='folder of what evaluate and study wrote (default: '
                              'training/results)')
    reproduction.add_argument('--out', type=Path, default=Path('docs/reproduction.md'),
                              help='default: docs/reproduction.md')
    reproduction.add_argument('--readme', type=Path, help='write the table of this README too')
    options, rest = parser.parse_known_args(arguments)
    # argparse takes no key=value that stands behind an option.
    if rest and (not hasattr(options, 'settings') or any('=' not in word or word.startswith('-')
                                                         for word in rest)):
        parser.error(f'unrecognized arguments: {" ".join(rest)}')
    if rest:
        options.settings += rest
    return options


def image_size(text: str) -> tuple[int, int]:
    """Read WIDTHxHEIGHT in pixels."""
    try:
        width, height = (int(side) for side in text.split('x'))
    except ValueError:
        raise argparse.ArgumentTypeError(f'expected WIDTHxHEIGHT, got {text!r}') from None
    return width, height


def run_train(options: argparse.Namespace) -> None:
    """Train and say where the checkpoint is."""
    from training.config import override
    from training.methods import create
    from training.train import train
    config = override(create(options.method, options.recipe), options.settings)
    path = train(config, options.out or Path('runs') / options.method, not options.restart)
    if os.environ.get('RANK', '0') == '0':  # of several processes (torchrun) one speaks
        print(path)


def run_study(options: argparse.Namespace) -> None:
    """Train the runs of the study and print what each reached, and when."""
    from training.config import override
    from training.methods.residual.recipe import create
    from training.study import study
    hidden = {'data.images': 'DIR', 'data.cache': 'CACHE'}
    settings = [f'{name}={hidden.get(name, value)}' for name, _, value in
                (text.partition('=') for text in options.settings)]
    command = shlex.join(['python', '-m', 'training', 'study', '--method', options.method,
                          '--out', 'OUT', '--data', options.data, *settings])
    config = override(create(options.method, 'convergence'), options.settings)
    print(study(config, options.out, command, options.data))


def run_curves(options: argparse.Namespace) -> None:
    """Draw and say where."""
    from training.curves import main as draw
    print(draw(options.runs, options.out))


def run_pack(options: argparse.Namespace) -> None:
    """Pack and say how many photographs are in how many bytes."""
    from training.data.sources.packed import write_pack
    pack = write_pack(options.folder, options.out, options.size, options.margin, options.quality)
    print(f'{pack.path}: {len(pack.names)} photographs, {pack.path.stat().st_size / 1e6:.1f} MB')


def run_export(options: argparse.Namespace) -> None:
    """Export and say what was written."""
    from training.data.sources.packed import open_images
    from training.export import export
    calibration = open_images(options.calibrate, (1, 1)) if options.calibrate else None
    card = export(options.checkpoint, options.out or options.checkpoint.parent, options.licence,
                  options.data, options.note, calibration)
    int8 = card.scores.get('int8')
    print(f'{card.folder / card.method}.json, parity with torch '
          f'{card.scores["parity"]["largest_difference_to_torch"]:.1e}'
          + (f', cosine of int8 {int8["cosine_mean"]:.4f}' if int8 else ''))


def run_engine(options: argparse.Namespace) -> None:
    """Do what "python -m residual_features_ros engine" does."""
    from residual_features_ros.tools.command_line import main as runtime
    status = runtime(['engine', '--method', options.method, *(
        word for setting in options.settings for word in ('--set', setting))])
    if status:
        sys.exit(status)


def protocol_of(options: argparse.Namespace) -> Protocol:
    """Return what the command line asks for."""
    from residual_features_ros.config import read_settings
    from training.benchmarks.protocol import Protocol
    settings, of_matcher = read_settings(options.settings)
    if of_matcher:
        raise ValueError(f'--set {next(iter(of_matcher))}: matches are mutual nearest neighbours')
    return Protocol(
        methods=tuple(options.methods.split(',')), size=options.size,
        keypoints=options.keypoints, weights=options.weights,
        backend=tuple(options.backend.split(',')), settings=settings)


def run_evaluate(options: argparse.Namespace) -> None:
    """Evaluate and print the table."""
    from training.benchmarks import hpatches, papers, rgbd, rotation
    from training.benchmarks.protocol import Files
    posed_options.check_taken(options)
    protocol = protocol_of(options)
    files = Files(options.out, options.cache, options.data, options.brief)
    if options.benchmark in posed_options.BENCHMARKS:
        posed = importlib.import_module(f'training.benchmarks.{options.benchmark}')
        print(posed.main(options.root, protocol, files, posed_options.read_options(options)))
        return
    if options.benchmark == 'papers':
        print(papers.main(options.root, options.videos, options.layout, protocol, files))
        return
    if options.benchmark == 'rgbd':
        print(rgbd.main(options.root, protocol, files, options.layout))
        return
    benchmark = {'hpatches': hpatches, 'rotation': rotation}[options.benchmark]
    print(benchmark.main(options.root, protocol, files))


def run_export_colmap(options: argparse.Namespace) -> None:
    """Write what COLMAP and hloc read and say where."""
    from training.benchmarks.export_colmap import main as write
    print(write(options.root, protocol_of(options), options.ratio, options.database,
                options.hloc))


def run_reproduction(options: argparse.Namespace) -> None:
    """Write the document and say from how many results."""
    from training.benchmarks.reports.reproduction import main as write
    print(write(options.results, options.out, options.readme))


def main(arguments: list[str] | None = None) -> int:
    """Run a command; an error of the user's is one sentence and status 2."""
    options = parse(arguments)
    commands = {'train': run_train, 'study': run_study, 'curves': run_curves, 'pack': run_pack,
                'export': run_export, 'engine': run_engine, 'export-colmap': run_export_colmap,
                'evaluate': run_evaluate, 'reproduction': run_reproduction}
    try:
        commands[options.command](options)
    except (ValueError, RuntimeError) as error:
        # torch puts the traceback of a worker process before the sentence.
        print(f'error: {str(error).strip().splitlines()[-1]}', file=sys.stderr)
        return 2
    return 0


if __name__ == '__main__':
    keep_freed_memory()  # before other threads have memory of their own
    sys.exit(main())
