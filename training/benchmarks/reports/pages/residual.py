# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The page of 'Residual Learning for Image Point Descriptors' (arXiv 2312.15471)."""
from __future__ import annotations

from training.benchmarks.reports import paper, published
from training.benchmarks.reports.pages.comparing import judged, pairs, posed, seeds
from training.benchmarks.reports.pages.computation import over_superpoint
from training.benchmarks.reports.pages.convergence import no_longer_rises, times_as_fast
from training.benchmarks.reports.pages.measured import Found, Measured, of_file, together
from training.benchmarks.reports.pages.page import (
    SHARES,
    Claim,
    Page,
    Reader,
    Schedule,
    Shown,
    localised,
    of_pairs,
)
from training.benchmarks.reports.pages.residual_deviations import DEVIATIONS
from training.benchmarks.reports.published import Table

FEW, MANY, AACHEN = 2000, 8000, 4096  # keypoints of Tables 3 and 5, and of Table 2
LITTLE = 0.95  # the share of its MS that the half-size network must keep to lose little
ACCURACY = ('mAA@5', 'mAA@10')
HERE = {'ORB': 'orb', 'SIFT': 'sift', 'SURF': 'surf', 'SuperPoint': 'superpoint',
        'RootSIFT': 'rootsift', 'RootSIFT Upright': 'rootsift_upright',
        'Ours (SIFT)': 'residual_sift', 'Ours (SURF)': 'residual_surf',
        'Ours (RootSIFT)': 'residual_rootsift', 'Ours (RootSIFT Up)': 'residual_rootsift_upright',
        'Ours (SIFT)*': 'cnn_sift', 'Ours (SURF)*': 'cnn_surf',
        'Small (SIFT)': 'residual_sift_half', 'Small (SIFT)*': 'cnn_sift_half',
        '2k Ours (SIFT)': 'cnn_sift', '8k Ours (SIFT)': 'cnn_sift'}
FASTER = float(published.RESIDUAL_SPEED.rows['Ours']['times as fast'])
MORE = published.RESIDUAL_SPEED.rows['Ours']['more computation, %']


def of_challenge(keypoints: int) -> Reader:
    """Return what reads stereo's and multiview's numbers, each with the benchmark's name.

    Rows whose names begin with 8k are of MANY keypoints.
    """
    def read(measured: Measured, method: str, row: str) -> Found | None:
        count = MANY if row.startswith('8k') else keypoints
        return together(
            of_file({f'{benchmark} {name}': number for name, number in found.numbers.items()},
                    next(iter(found.sources.values())))
            for benchmark in ('stereo', 'multiview')
            if (found := measured.posed(benchmark, method, count)))
    return read


def day_and_night(table: Table) -> Shown:
    """Return Table 2 or 4; ours have neither day nor night."""
    return Shown(table, published.DAY_NIGHT, HERE, localised(AACHEN), SHARES, 'Aachen',
                 'within .25, .5, 5 m by day and by night', percent=True)


def challenge(table: Table, keypoints: int) -> Shown:
    """Return a part of Table 3 or 5: its accuracies."""
    names = tuple(f'{benchmark} {name}' for benchmark in ('stereo', 'multiview')
                  for name in ACCURACY)
    return Shown(table, tuple(name.replace('@', '(') + ')' for name in names), HERE,
                 of_challenge(keypoints), names, 'IMC',
                 'mAA at 5 and 10 deg: stereo, multiview')


def quoted(table: Table, column: str, *rows: str) -> str:
    """Return a column of rows as 'first v second'."""
    return ' v '.join(table.rows[row][column] for row in rows)


def both(column: str, *rows: str) -> str:
    """Return a column of Table 1's rows at both sizes."""
    return '; '.join(quoted(table, column, *rows) for table in (
        published.RESIDUAL_1_LARGE, published.RESIDUAL_1_SMALL))


UP = ('Ours (RootSIFT Up)', 'RootSIFT Upright')
CLAIMS = (
    Claim("More of its matches are right than of SIFT's (MS)", 'Table 1',
          both('ms', 'Ours (SIFT)', 'SIFT'), judged(pairs('residual_sift', 'sift')),
          ('halves', 'first', 'data', 'training', 'protocol')),
    Claim("More of its matches are right than of SURF's", 'Table 1',
          both('ms', 'Ours (SURF)', 'SURF'),
          judged(pairs('residual_surf', 'surf')), ('first', 'data', 'training', 'surf')),
    Claim("More of its matches are right than of SuperPoint's", 'Table 1',
          both('ms', 'Ours (SIFT)', 'SuperPoint'),
          judged(pairs('residual_sift', 'superpoint')), ('data', 'training', 'superpoint')),
    Claim("More of its homographies are within 5 px than of SIFT's", 'Table 1',
          both('cor@5', 'Ours (SIFT)', 'SIFT'),
          judged(pairs('residual_sift', 'sift', 'cor@5')),
          ('halves', 'first', 'data', 'training', 'protocol')),
    Claim('It localises more images by day than SIFT (.25 m, 2 deg)', 'Table 2',
          quoted(published.RESIDUAL_2, 'day .25 m 2 deg', 'Ours (SIFT)', 'SIFT'),
          judged(posed('localisation', SHARES[0], 'residual_sift', 'sift', AACHEN)),
          ('aachen',)),
    Claim("Its stereo poses are better than upright RootSIFT's (2k)", 'Table 3',
          quoted(published.RESIDUAL_3_2K, 'stereo mAA(10)', *UP),
          judged(posed('stereo', 'mAA@10', 'residual_rootsift_upright', 'rootsift_upright', FEW)),
          ('first', 'imc')),
    Claim("Its poses of bags of photographs are better than upright RootSIFT's", 'Table 3',
          quoted(published.RESIDUAL_3_2K, 'multiview mAA(10)', *UP),
          judged(posed('multiview', 'mAA@10', 'residual_rootsift_upright', 'rootsift_upright',
                       FEW)), ('first', 'imc')),
    Claim('Without fusion it is worse', 'Tables 4, 5',
          quoted(published.RESIDUAL_2, 'day .25 m 2 deg', 'Ours (SIFT)')
          + ' v ' + quoted(published.RESIDUAL_4, 'day .25 m 2 deg', 'Ours (SIFT)*'),
          judged(*(make for fused, alone in (('residual_sift', 'cnn_sift'),
                                             ('residual_sift_half', 'cnn_sift_half'))
                   for make in (pairs(fused, alone), seeds(fused, alone),
                                posed('stereo', 'mAA@10', fused, alone, FEW)))),
          ('first', 'data', 'training')),
    Claim('Half the network loses little', 'Table 4',
          quoted(published.RESIDUAL_4, 'day .25 m 2 deg', 'Small (SIFT)') + ' v '
          + quoted(published.RESIDUAL_2, 'day .25 m 2 deg', 'Ours (SIFT)'),
          judged(pairs('residual_sift_half', 'residual_sift', least=LITTLE),
                 seeds('residual_sift_half', 'residual_sift', LITTLE)),
          ('halves', 'first', 'half', 'data', 'training')),
    Claim('It converges 50 times as fast as SuperPoint', 'abstract, section 4.1',
          f'{FASTER:g}', lambda measured: times_as_fast(measured, 'superpoint', FASTER),
          ('halves', 'convergence')),
    Claim('Longer training does not help', 'section 4.1', 'no number',
          no_longer_rises, ('halves', 'convergence', 'training')),
    Claim('It computes a tenth more than SuperPoint at most', 'section 4.6', f'{MORE} %',
          lambda measured: over_superpoint(measured, 'residual_sift', 1 + float(MORE) / 100),
          ('cost',)),
)
PAGE = Page(
    'residual', f'The Residual paper: {paper.TITLE}', CLAIMS,
    (Shown(published.RESIDUAL_1_LARGE, published.COR, HERE, of_pairs((640, 480), 1000),
           published.COR, 'HPatches'),
     Shown(published.RESIDUAL_1_SMALL, published.COR, HERE, of_pairs((320, 240), 300),
           published.COR, 'HPatches'),
     day_and_night(published.RESIDUAL_2),
     challenge(published.RESIDUAL_3_2K, FEW), challenge(published.RESIDUAL_3_8K, MANY),
     day_and_night(published.RESIDUAL_4), challenge(published.RESIDUAL_5, FEW)),
    DEVIATIONS, (Schedule('residual_sift', 'paper', 8, 'COCO'),))
