# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest

from residual_features_ros.datasets.time_units import UNITS_NS, read_times_of

EPOCH_NS, BOOT_NS = 1_403_636_579_763_555_584, 98_765_432_100_000


@pytest.mark.parametrize('usual', ['seconds', 'nanoseconds'])
@pytest.mark.parametrize('unit', UNITS_NS)
@pytest.mark.parametrize('first_ns', [EPOCH_NS, BOOT_NS], ids=['of the day', 'since the start'])
@pytest.mark.parametrize('hz', [10, 30])
def test_the_unit_is_told_by_size_and_rate(usual, unit, first_ns, hz):
    true = [first_ns + round(i * 1e9 / hz) for i in range(50)]
    size = UNITS_NS[unit]
    places = len(str(size)) - 1
    words = [f'{ns // size}.{ns % size:0{places}}' if places else str(ns) for ns in true]
    found = read_times_of(words, usual)
    assert found.stamps_ns == true and found.unit == unit


@pytest.mark.parametrize(('words', 'usual', 'unit'), [
    (['1000000000', '1000000001', '1000000002'], 'seconds', 'seconds'),
    (['1000000000', '1000000001', '1000000002'], 'nanoseconds', 'seconds'),
    (['0', '50000000', '100000000'], 'seconds', 'nanoseconds'),
    (['0', '50000', '100000'], 'seconds', 'microseconds'),
    (['0', '0.1', '0.2'], 'seconds', 'seconds'),
    (['1e9', '1000000060', '1000000120'], 'seconds', 'seconds'),
    (['1000', '1033', '1066'], 'seconds', 'milliseconds'),
    ([str(BOOT_NS + i * 5_000_000) for i in range(9)], 'seconds', 'nanoseconds'),
    (['1403636579763555584'], 'seconds', 'nanoseconds'), (['1403636579.76'], 'seconds', 'seconds'),
    (['0'], 'nanoseconds', 'nanoseconds'), (['5', '5'], 'seconds', 'seconds'),
    (['1e200', '2e200'], 'seconds', 'seconds')])
def test_whole_small_and_single_times(words, usual, unit):
    assert read_times_of(words, usual).unit == unit


def test_scientific_notation_keeps_all_digits_and_what_is_too_large_is_none():
    assert read_times_of(['1.403636579763555584e+18'], 'seconds').stamps_ns == [EPOCH_NS]
    assert read_times_of(['1.4e9', '1e300', '1.5e9'], 'seconds').stamps_ns[1] is None
