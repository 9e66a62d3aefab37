# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Numbers that papers print, each with its paper, place, row and column: all that are shown here.

Texts are as printed, without the zero before the point. They were read off the papers' own tables
and sentences, unless `note` says whence. Of PoSFeat's Tables 2 and 3 the methods are left out that
are not its own and not here. published_rows.py and paper.py say which rows stand beside ours.
"""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

NONE = '-'  # a cell that the paper leaves empty


@dataclass(frozen=True, eq=False)  # hashed as itself
class Table:
    """Numbers of one place of one paper.

    paper: its short name. place: the table, figure or section. about: data, sizes and settings
    there. columns: what the numbers are, as the paper heads them. lines: a row each: its name as
    printed, ': ', and a number for each column.
    note: whence the numbers are, where they were not read off that place itself.
    """

    paper: str
    place: str
    about: str
    columns: tuple[str, ...]
    lines: str
    note: str = ''

    @property
    def source(self) -> str:
        """Return paper and place, and the note."""
        return f'{self.paper}, {self.place}' + (f' ({self.note})' if self.note else '')

    @cached_property
    def rows(self) -> Mapping[str, Mapping[str, str]]:
        """Return the numbers as printed, by row and column; ValueError names a short row."""
        found = {}
        for line in self.lines.strip().splitlines():
            name, _, numbers = line.strip().rpartition(': ')
            texts = numbers.split()
            if len(texts) != len(self.columns):
                raise ValueError(f'{self.source}, {name}: {len(texts)} numbers for '
                                 f'{len(self.columns)} columns')
            found[name] = dict(zip(self.columns, texts, strict=True))
        return found

    def values(self, row: str) -> tuple[float, ...]:
        """Return the numbers of a row; ValueError where the paper leaves one out."""
        return tuple(float(text) for text in self.rows[row].values())


COR = ('cor@1', 'cor@3', 'cor@5', 'ms')  # of benchmarks/metrics.py
RESIDUAL_1_SMALL = Table('Residual', 'Table 1', 'HPatches, 240x320, 300 points', COR, """
    ORB: .112 .369 .474 .206
    SIFT: .583 .841 .884 .268
    SURF: .397 .702 .762 .255
    SuperPoint: .491 .833 .893 .318
    Ours (SIFT): .498 .868 .905 .400
    Ours (SURF): .492 .821 .901 .401""")
RESIDUAL_1_LARGE = Table(
    'Residual', 'Table 1', 'HPatches, 480x640, 1000 points (section 4.2 says 100)', COR, """
    ORB: .217 .528 .621 .200
    SIFT: .590 .867 .914 .289
    SURF: .421 .745 .812 .230
    SuperPoint: .509 .834 .900 .281
    Ours (SIFT): .547 .859 .933 .407
    Ours (SURF): .531 .821 .917 .401""")
DAY_NIGHT = ('day .25 m 2 deg', 'day .5 m 5 deg', 'day 5 m 10 deg',
             'night .25 m 2 deg', 'night .5 m 5 deg', 'night 5 m 10 deg')
RESIDUAL_2 = Table('Residual', 'Table 2', 'Aachen v1.1, per cent localised', DAY_NIGHT, """
    SIFT: 82.3 91.6 97.0 45.0 58.6 72.8
    SURF: 83.4 91.7 96.6 41.4 56.0 70.7
    SuperPoint: 86.8 93.8 97.9 62.3 81.7 94.8
    Ours (SIFT): 87.0 94.8 97.9 62.3 80.6 95.3
    Ours (SURF): 86.9 93.3 97.7 63.4 81.2 94.8""")
CHALLENGE = ('stereo NM', 'stereo NI', 'stereo mAA(5)', 'stereo mAA(10)', 'multiview NM',
             'multiview NL', 'multiview TL', 'multiview mAA(5)', 'multiview mAA(10)')
# The text at hand lost the name of Table 3's last column, which Table 5 has.
RESIDUAL_3_2K = Table(
    'Residual', 'Table 3', 'Image Matching Challenge, 2k keypoints', CHALLENGE, """
    RootSIFT: 163.1 86.0 .2161 .3112 164.1 1179.5 3.78 .3712 .4699
    RootSIFT Upright: 197.4 114.6 .2619 .3658 201.0 1400.6 4.06 .4333 .5413
    SURF: 145.9 56.3 .1277 .2020 147.8 900.2 3.38 .2476 .3269
    SuperPoint: 211.6 103.2 .2045 .3015 215.7 1392.7 4.24 .3982 .5117
    Ours (RootSIFT): 185.5 116.3 .2426 .3424 187.4 1454.2 4.10 .4142 .5235
    Ours (RootSIFT Up): 216.7 134.7 .2766 .3852 219.6 1582.8 4.14 .4575 .5713
    Ours (SURF): 160.2 103.9 .1907 .3125 159.0 1248.2 4.01 .3974 .4517""")
RESIDUAL_3_8K = Table(
    'Residual', 'Table 3', 'Image Matching Challenge, 8k keypoints', CHALLENGE, """
    RootSIFT: 613.3 327.8 .3667 .4837 624.9 4526.9 4.12 .5699 .6731
    RootSIFT Upright: 528.0 360.5 .3940 .5120 544.4 4417.6 4.36 .5755 .6760
    SURF: 370.2 118.4 .1594 .2402 375.6 2439.7 3.38 .3001 .4099
    SuperPoint: 599.5 273.6 .2667 .3546 406.8 3556.8 3.87 .3900 .5022
    Ours (RootSIFT): 607.8 397.7 .4020 .5265 626.1 5130.1 4.42 .6084 .7128
    Ours (RootSIFT Up): 884.3 561.3 .4279 .5524 910.0 6287.6 4.50 .6062 .6994
    Ours (SURF): 449.1 210.7 .2914 .4215 514.7 4025.8 4.19 .5567 .5941""")
RESIDUAL_4 = Table('Residual', 'Table 4', 'as Table 2; * without fusion', DAY_NIGHT, """
    Ours (SIFT)*: 83.7 91.7 97.1 56.0 75.9 90.1
    Ours (SURF)*: 83.6 92.2 97.2 58.1 76.4 90.6
    Small (SIFT): 86.8 93.9 98.4 60.7 78.5 91.6
    Small (SIFT)*: 84.0 92.0 96.6 55.5 71.2 86.4""")
RESIDUAL_5 = Table('Residual', 'Table 5', 'as Table 3, without fusion', CHALLENGE, """
    2k Ours (SIFT): 148.6 46.3 .0770 .1295 156.2 1578.5 4.21 .3214 .4126
    8k Ours (SIFT): 697.2 218.7 .1584 .2492 711.5 5405.7 3.98 .3336 .4640""")
RESIDUAL_SPEED = Table(
    'Residual', 'abstract, sections 4.1 and 4.6', 'convergence and cost beside SuperPoint',
    ('times as fast', 'epochs', 'epochs of SuperPoint', 'more computation, %'),
    'Ours: 50 2 100 10')

POSFEAT_1 = Table(
    'PoSFeat', 'Table 1', "HPatches' own sizes, 52 and 56 scenes, up to 8192 keypoints",
    ('mma_score', 'illumination', 'viewpoint'), """
    Hes. Aff. + Root-SIFT: .584 .544 .624
    HAN + HN++: .633 .634 .633
    SIFT + ContextDesc: .636 .613 .657
    D2Net: .519 .605 .440
    R2D2: .695 .727 .665
    ASLFeat: .739 .795 .687
    DISK: .763 .813 .716
    DELF: .571 .903 .262
    SuperPoint: .658 .715 .606
    SIFT + CAPS: .699 .764 .639
    DISK-W: .719 .803 .649
    PoSFeat (Ours): .775 .826 .728""")
POSFEAT_FIGURE_5 = Table(
    'PoSFeat', 'Figure 5', 'as Table 1', ('mma@3',), """
    SuperPoint: .645
    PoSFeat (Ours): .764""",
    note="not printed: the means of the errors that the authors' code draws it from, "
         'evaluations/hpatches/cache of The-Learning-And-Vision-Atelier-LAVA/PoSFeat at 116ee92')
NIGHTS = ('v1 .5 m 2 deg', 'v1 1 m 5 deg', 'v1 5 m 10 deg',
          'v1.1 .5 m 2 deg', 'v1.1 1 m 5 deg', 'v1.1 5 m 10 deg')
POSFEAT_2 = Table('PoSFeat', 'Table 2', 'Aachen Day-Night, per cent of the nights', NIGHTS, """
    SP: 74.5 78.6 89.8 - - -
    D2-Net: 74.5 86.7 100 - - -
    R2D2: 76.5 90.8 100 71.2 86.9 97.9
    ASLFeat: 81.6 87.8 100 - - -
    PoSFeat (Ours): 81.6 90.8 100 73.8 87.4 98.4""")
POSFEAT_3 = Table(
    'PoSFeat', 'Table 3', 'ETH local feature benchmark',
    ('images', 'points', 'track length', 'reprojection error, px'), """
    South Building, Root-SIFT: 128 108k 6.32 .55
    South Building, SuperPoint: 128 160k 7.83 .92
    South Building, PoSFeat (Ours): 128 148k 9.47 .58
    Madrid Metropolis, Root-SIFT: 500 116k 6.32 .60
    Madrid Metropolis, SuperPoint: 438 29k 9.03 1.02
    Madrid Metropolis, PoSFeat (Ours): 419 72k 9.18 .86
    Gendarmenmarkt, Root-SIFT: 1035 339k 5.52 .70
    Gendarmenmarkt, SuperPoint: 967 93k 7.22 1.03
    Gendarmenmarkt, PoSFeat (Ours): 956 240k 8.40 .92
    Tower of London, Root-SIFT: 806 239k 7.76 .61
    Tower of London, SuperPoint: 681 52k 8.67 .96
    Tower of London, PoSFeat (Ours): 778 262k 11.64 .90""")
POSFEAT_4 = Table('PoSFeat', 'Table 4', 'MMA score by N_line and w_patch, HPatches',
                  ('.075', '.100', '.125'), """
    75: .7703 .7705 .7666
    100: .7726 .7748 .7732
    125: .7732 .7745 .7744""")

LF_NET_SPEED = Table(
    'LF-Net', 'section 3.3', 'frames per second on a Titan X PASCAL',
    ('320x240', '640x480'), """
    512 keypoints: 62 25
    1024 keypoints: 42 20""")

GOODPOINT_1 = Table(
    'GoodPoint', 'Table 1', 'AirSim, 320x240, 3 px, 5 frames apart, radius 20 px',
    ('precision', 'repeatability', 'coverage', 'harmonic mean'), """
    SuperPoint, fantasy village: .86 .57 .57 .64
    SuperPoint, village: .72 .45 .65 .58
    GoodPoint, fantasy village: .85 .55 .65 .66
    GoodPoint, village: .74 .42 .70 .58
    SuperPoint 5 deg rotation, fantasy village: .85 .54 .56 .63
    SuperPoint 5 deg rotation, village: .70 .42 .62 .55
    GoodPoint 5 deg rotation, fantasy village: .85 .54 .63 .65
    GoodPoint 5 deg rotation, village: .70 .39 .67 .55""")
GOODPOINT_2 = Table(
    'GoodPoint', 'Table 2', 'HPatches, sizes not given, radius 25 px; light / view',
    ('light rep', 'view rep', 'light accuracy', 'view accuracy', 'light coverage',
     'view coverage', 'harmonic mean'), """
    GP 3 px: .48 .33 .69 .53 .60 .41 .48
    SP 3 px: .53 .45 .70 .64 .47 .42 .52
    GP 5 px: .63 .47 .82 .67 .64 .45 .59
    SP 5 px: .63 .55 .8 .72 .50 .45 .59""")
GOODPOINT_3 = Table('GoodPoint', 'Table 3', 'FIRE, radius 25 px',
                    ('accuracy', 'coverage', 'rep', 'harmonic mean'), """
    GoodPoint: .78 .66 .82 .75
    GP tuned on FIRE: .79 .70 .82 .77
    SuperPoint: .84 .54 .86 .71""")
GOODPOINT_4 = Table('GoodPoint', 'Table 4', 'as Table 3, threshold .075',
                    ('accuracy', 'coverage', 'rep', 'harmonic mean'),
                    'GoodPoint: .91 .21 .91 .44')

SUPERPOINT_4 = Table(
    'SuperPoint', 'Table 4', 'HPatches, 480x640, 1000 points',
    ('cor@1', 'cor@3', 'cor@5', 'rep@3', 'MLE', 'NN mAP', 'ms'),
    'SuperPoint: .310 .684 .829 .581 1.158 .821 .470',
    note='the paper was not at hand: as READMEs of public re-implementations quote it')

TABLES = (RESIDUAL_1_SMALL, RESIDUAL_1_LARGE, RESIDUAL_2, RESIDUAL_3_2K, RESIDUAL_3_8K, RESIDUAL_4,
          RESIDUAL_5, RESIDUAL_SPEED, POSFEAT_1, POSFEAT_FIGURE_5, POSFEAT_2, POSFEAT_3, POSFEAT_4,
          LF_NET_SPEED, GOODPOINT_1, GOODPOINT_2, GOODPOINT_3, GOODPOINT_4, SUPERPOINT_4)
