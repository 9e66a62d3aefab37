# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Loops that numba compiles; each has a twin in numpy, which its docstring names.

They take arrays and fill arrays, without the interpreter's lock, so that two images can be worked
on at once. Their callers choose between them and their twins (compiling.has_compiler).
"""
# numba reads types off the arrays; annotations would be of numpy's classes, which it ignores.
from __future__ import annotations

import math

import numpy as np

from residual_features_ros.compiling import compiled

CLEAR = 4  # pixels to the border, of a maximum
MOST_OFFSET, KEPT_OFFSET = 1.0, 0.6  # pixels or scales, of a maximum from its sample
CELLS = 4  # along a side of SIFT's descriptor; known when it is compiled, for vectors of four
HALF, ONE, TWO, FLOOR = np.float32(0.5), np.float32(1), np.float32(2), np.float32(1e-20)
LEAST = np.int32(np.iinfo(np.int32).min)
# Of the arctangent on [0, 1] (Hastings 1955), right to 1e-5.
ARCTANGENT = tuple(map(np.float32, (0.9998660, -0.3302995, 0.1801410, -0.0851330, 0.0208351)))


@compiled
def determinants(blurred: np.ndarray, norms: np.ndarray, out: np.ndarray) -> None:
    """Fill the inside of `out` (S, H, W) as hessian.determinants does.

    Args:
        blurred: (S, H, W) float32.
        norms: (S,) float32, of each scale.
        out: (S, H, W) float32; its border of one pixel stays.
    """
    scales, height, width = blurred.shape
    for scale in range(scales):
        norm = norms[scale] / np.float32(16)
        for y in range(1, height - 1):
            above, row = blurred[scale, y - 1], blurred[scale, y]
            below, to = blurred[scale, y + 1], out[scale, y]
            for x in range(1, width - 1):
                left, middle = above[x - 1] + below[x - 1], above[x] + below[x]
                right, beside = above[x + 1] + below[x + 1], row[x - 1] + row[x + 1]
                xx = left + right - TWO * middle + TWO * (beside - TWO * row[x])
                yy = left + right + TWO * middle - TWO * (beside + TWO * row[x])
                xy = above[x - 1] - above[x + 1] - below[x - 1] + below[x + 1]
                to[x] = (xx * yy - xy * xy) * norm


@compiled
def maxima(response: np.ndarray, first: int, threshold: float) -> np.ndarray:
    """Return (N, 3) int32 scale, y, x, as hessian.maxima does."""
    scales, height, width = response.shape
    found = np.empty((scales * height * width // 4 + 1, 3), np.int32)
    likely = np.empty(width, np.bool_)
    count = 0
    for scale in range(first, scales - 1):
        for y in range(CLEAR, height - CLEAR):
            row, coarser = response[scale, y], response[scale + 1, y]
            above, below = response[scale, y - 1], response[scale, y + 1]
            for x in range(CLEAR, width - CLEAR):  # by vectors, since it has no branches
                value = row[x]
                likely[x] = ((value > threshold) & (value >= row[x - 1]) & (value >= row[x + 1])
                             & (value >= above[x]) & (value >= below[x]) & (value > coarser[x]))
            for x in range(CLEAR, width - CLEAR):
                if likely[x] and is_maximum(response, scale, y, x, row[x]):
                    found[count, 0], found[count, 1], found[count, 2] = scale, y, x
                    count += 1
    return found[:count].copy()


@compiled
def is_maximum(response: np.ndarray, scale: int, y: int, x: int, value: float) -> bool:
    """Return whether no neighbour is larger, and none of the next scale as large."""
    for b in range(y - 1, y + 2):
        for a in range(x - 1, x + 2):
            if value < response[scale, b, a] or value <= response[scale + 1, b, a]:
                return False
            if scale > 0 and value < response[scale - 1, b, a]:
                return False
    return True


@compiled
def read(image: np.ndarray, frame: np.ndarray, out: np.ndarray) -> None:
    """Fill `out` (S, S) with samples of an image, as squares.read_squares does for one.

    Args:
        image: (H, W) float32.
        frame: (4,) float32 x, y, along, across.
        out: (S, S) float32.
    """
    x, y, along, across = frame[0], frame[1], frame[2], frame[3]
    side, (height, width) = len(out), image.shape
    half = np.float32(side - 1) * HALF
    reach = (abs(along) + abs(across)) * half + ONE
    flat = image.ravel()
    right, bottom = np.float32(width - 1), np.float32(height - 1)
    inside = x >= reach and y >= reach and x + reach < right and y + reach < bottom
    for row in range(side):
        off = np.float32(row) - half
        start_x = x - along * half - across * off
        start_y = y - across * half + along * off
        for column in range(side):
            step = np.float32(column)
            u, v = start_x + along * step, start_y + across * step
            if not inside:  # the border is repeated
                u, v = min(max(u, np.float32(0)), right), min(max(v, np.float32(0)), bottom)
            # The last column and row are read from the pixel before, at a share of 1. Unsigned
            # indices, since numba looks at signed ones for those that count from the end.
            left = min(np.uint32(u), np.uint32(width - 2))
            top = min(np.uint32(v), np.uint32(height - 2))
            a, b = u - np.float32(left), v - np.float32(top)
            i = np.uint64(top) * np.uint64(width) + np.uint64(left)
            j = i + np.uint64(width)
            upper = flat[i] + a * (flat[i + np.uint64(1)] - flat[i])
            lower = flat[j] + a * (flat[j + np.uint64(1)] - flat[j])
            out[row, column] = upper + b * (lower - upper)


@compiled
def smooth(samples: np.ndarray, kernel: np.ndarray, room: np.ndarray) -> None:
    """Blur (S, S) in place by 7 taps in each direction; the first and last are repeated.

    Args:
        samples: (S, S) float32.
        kernel: (4,) float32, from the middle outwards.
        room: (S, S + 6) float32 to work in.
    """
    side, last = len(samples), len(samples) - 1
    k0, k1, k2, k3 = kernel[0], kernel[1], kernel[2], kernel[3]
    for y in range(side):
        middle, to = samples[y], room[y]
        above1, below1 = samples[max(y - 1, 0)], samples[min(y + 1, last)]
        above2, below2 = samples[max(y - 2, 0)], samples[min(y + 2, last)]
        above3, below3 = samples[max(y - 3, 0)], samples[min(y + 3, last)]
        for x in range(side):
            to[x + 3] = (k0 * middle[x] + k1 * (above1[x] + below1[x])
                         + k2 * (above2[x] + below2[x]) + k3 * (above3[x] + below3[x]))
        for x in range(3):
            to[x], to[side + 3 + x] = to[3], to[side + 2]
    for y in range(side):
        row, to = room[y], samples[y]
        for x in range(side):
            to[x] = (k0 * row[x + 3] + k1 * (row[x + 2] + row[x + 4])
                     + k2 * (row[x + 1] + row[x + 5]) + k3 * (row[x] + row[x + 6]))


@compiled
def gradients(samples: np.ndarray, directions: int, length: np.ndarray,
              direction: np.ndarray) -> None:
    """Fill (S - 2, S - 2) with lengths and directions of the gradients of (S, S) samples.

    Args:
        samples: (S, S) float32.
        directions: how many make a turn; they count from the right towards the top.
        length: float32.
        direction: float32, in [0, directions].
    """
    inner = len(samples) - 2
    turn = np.float32(directions / (2 * math.pi))
    quarter = np.float32(directions / 4)
    c0, c1, c2, c3, c4 = ARCTANGENT
    for y in range(inner):
        above, row, below = samples[y], samples[y + 1], samples[y + 2]
        for x in range(inner):
            right, up = row[x + 2] - row[x], above[x + 1] - below[x + 1]
            a, b = abs(right), abs(up)
            t = min(a, b) / (max(a, b) + FLOOR)
            s = t * t
            angle = t * (c0 + s * (c1 + s * (c2 + s * (c3 + s * c4)))) * turn
            angle = quarter - angle if b > a else angle
            angle = TWO * quarter - angle if right < 0 else angle
            angle = TWO * TWO * quarter - angle if up < 0 else angle
            direction[y, x] = angle
            length[y, x] = math.sqrt(right * right + up * up)


@compiled
def room_for(inner: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return what `gradients_around` works in: samples, and room to blur them; its results."""
    side = inner + 2
    return (np.empty((side, side), np.float32), np.empty((side, side + 6), np.float32),
            np.empty((inner, inner), np.float32), np.empty((inner, inner), np.float32))


@compiled
def gradients_around(image: np.ndarray, frame: np.ndarray, kernel: np.ndarray, directions: int,
                     room: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]) -> None:
    """Fill lengths and directions of `room` with the gradients of one square of samples.

    Args:
        image: (H, W) float32, the level of a pyramid.
        frame: (4,) float32 x, y, along, across.
        kernel: (4,) float32, as for `smooth`.
        directions: how many make a turn.
        room: of `room_for`.
    """
    samples, blurred, length, direction = room
    read(image, frame, samples)
    smooth(samples, kernel, blurred)
    gradients(samples, directions, length, direction)


@compiled
def histograms(levels: tuple[np.ndarray, ...], level: np.ndarray, frames: np.ndarray,
               kernel: np.ndarray, shares: np.ndarray, out: np.ndarray) -> None:
    """Fill `out` (N, CELLS * CELLS * 8) as sift_rows.cell_histograms does.

    Args:
        levels: of a pyramid.
        level: (N,) int32.
        frames: (N, 4) float32 x, y, along, across, of that level.
        kernel: (4,) float32, as for `smooth`.
        shares: (S - 2, CELLS) float32, of a sample in each cell.
        out: float32.
    """
    inner = len(shares)
    room = room_for(inner)
    length, direction = room[2], room[3]
    line = np.empty((9, CELLS), np.float32)
    total = np.empty((CELLS, 9, CELLS), np.float32)
    for n in range(len(level)):
        gradients_around(levels[level[n]], frames[n], kernel, 8, room)
        total[:] = 0
        for y in range(inner):
            line[:] = 0
            for x in range(inner):
                low = np.uint32(direction[y, x])
                high = (direction[y, x] - np.float32(low)) * length[y, x]
                rest = length[y, x] - high
                low = low & np.uint32(7)
                for c in range(CELLS):
                    line[low, c] += rest * shares[x, c]
                    line[low + np.uint32(1), c] += high * shares[x, c]
            for i in range(CELLS):
                if shares[y, i]:
                    for k in range(9):
                        for c in range(CELLS):
                            total[i, k, c] += shares[y, i] * line[k, c]
        for i in range(CELLS):
            for j in range(CELLS):
                at = 8 * (CELLS * i + j)
                for k in range(8):
                    out[n, at + k] = total[i, k, j]
                out[n, at] += total[i, 8, j]


@compiled
def turn_histograms(levels: tuple[np.ndarray, ...], level: np.ndarray, frames: np.ndarray,
                    kernel: np.ndarray, weights: np.ndarray, out: np.ndarray) -> None:
    """Fill `out` (N, B) as orientation.turn_histograms does.

    Args:
        levels: of a pyramid.
        level: (N,) int32.
        frames: (N, 4) float32 x, y, along, across, of that level.
        kernel: (4,) float32, as for `smooth`.
        weights: (S - 2, S - 2) float32, of a sample.
        out: float32.
    """
    inner, bins = len(weights), out.shape[1]
    room = room_for(inner)
    length, direction = room[2], room[3]
    line = np.empty(bins + 2, np.float32)
    for n in range(len(level)):
        gradients_around(levels[level[n]], frames[n], kernel, bins, room)
        line[:] = 0
        for y in range(inner):
            for x in range(inner):
                low = np.uint32(direction[y, x])
                weight = length[y, x] * weights[y, x]
                high = (direction[y, x] - np.float32(low)) * weight
                line[low] += weight - high
                line[low + np.uint32(1)] += high
        line[0] += line[bins]
        line[1] += line[bins + 1]
        out[n] = line[:bins]


@compiled
def refine(response: np.ndarray, at: np.ndarray, offset: np.ndarray, value: np.ndarray) -> None:
    """Fill offsets (N, 3) and values (N,) float64 as hessian.refined does; nan where it has none.

    Args:
        response: (S, H, W) float32.
        at: (N, 3) int32 scale, y, x.
        offset: float64.
        value: float64.
    """
    for n in range(len(at)):
        scale, y, x = at[n, 0], at[n, 1], at[n, 2]
        here = response[scale]
        middle = np.float64(here[y, x])
        gx = (np.float64(here[y, x + 1]) - here[y, x - 1]) / 2
        gy = (np.float64(here[y + 1, x]) - here[y - 1, x]) / 2
        xx = np.float64(here[y, x + 1]) + here[y, x - 1] - 2 * middle
        yy = np.float64(here[y + 1, x]) + here[y - 1, x] - 2 * middle
        xy = (np.float64(here[y + 1, x + 1]) + here[y - 1, x - 1]
              - here[y + 1, x - 1] - here[y - 1, x + 1]) / 4
        gs, ss, xs, ys = 0.0, -1.0, 0.0, 0.0
        if scale > 0:
            above, below = response[scale + 1], response[scale - 1]
            gs = (np.float64(above[y, x]) - below[y, x]) / 2
            ss = np.float64(above[y, x]) + below[y, x] - 2 * middle
            xs = (np.float64(above[y, x + 1]) + below[y, x - 1]
                  - above[y, x - 1] - below[y, x + 1]) / 4
            ys = (np.float64(above[y + 1, x]) + below[y - 1, x]
                  - above[y - 1, x] - below[y + 1, x]) / 4
        # Cramer's rule for the symmetric (s, y, x).
        a, b, c = yy * xx - xy * xy, ys * xx - xy * xs, ys * xy - yy * xs
        determinant = ss * a - ys * b + xs * c
        if abs(determinant) <= 1e-30:
            value[n] = np.nan
            continue
        e, f, d = ss * xx - xs * xs, ss * xy - ys * xs, ss * yy - ys * ys
        offset[n, 0] = -(a * gs - b * gy + c * gx) / determinant
        offset[n, 1] = -(-b * gs + e * gy - f * gx) / determinant
        offset[n, 2] = -(c * gs - f * gy + d * gx) / determinant
        value[n] = middle
        slopes = (gs, gy, gx)
        for axis in range(3):
            step = offset[n, axis]
            if not abs(step) <= MOST_OFFSET:
                value[n] = np.nan
            step = min(max(step, -KEPT_OFFSET), KEPT_OFFSET)
            offset[n, axis] = step
            value[n] += slopes[axis] * step / 2
        if value[n] < middle:  # a saddle
            value[n] = np.nan


@compiled
def bit_products(a: np.ndarray, b: np.ndarray, bits: int, out: np.ndarray) -> None:
    """Fill `out` (N, M) int32 with the products of rows of bits that count as -1 and 1.

    The twin in numpy is nearest.sign_products.

    Args:
        a: (N, W) uint64.
        b: (M, W) uint64.
        bits: in a row; what is beyond in the last words is the same in all rows.
        out: int32.
    """
    columns = np.ascontiguousarray(b.T)  # (W, M): neighbours in memory are counted together
    for i in range(len(a)):
        row = out[i]
        for j in range(len(row)):
            row[j] = bits
        for k in range(len(columns)):
            word, column = a[i, k], columns[k]
            for j in range(len(row)):
                row[j] -= np.int32(2) * np.int32(ones_of(word ^ column[j]))


@compiled
def ones_of(word: np.uint64) -> np.uint64:
    """Return how many bits are 1, as compilers know to replace by one instruction."""
    word -= (word >> np.uint64(1)) & np.uint64(0x5555555555555555)
    word = ((word & np.uint64(0x3333333333333333))
            + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333)))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return (word * np.uint64(0x0101010101010101)) >> np.uint64(56)


@compiled
def integer_products(a: np.ndarray, b: np.ndarray, out: np.ndarray) -> None:
    """Fill `out` (N, M) int32 with the dot products of rows (N, D) and (M, D) int8.

    The twin in numpy is products.row_products of the same numbers in float32.
    """
    for i in range(len(a)):
        for j in range(len(b)):
            total = np.int32(0)
            for k in range(a.shape[1]):
                total += np.int32(a[i, k]) * np.int32(b[j, k])
            out[i, j] = total


@compiled
def nearest(similarity: np.ndarray, best: np.ndarray, back: np.ndarray, second: np.ndarray,
            second_back: np.ndarray) -> None:
    """Find the first largest of each row and of each column of (N, M) int32, neither zero.

    The twins in numpy are argmax over either axis, and nearest.seconds_of.

    Args:
        similarity: int32.
        best: (N,) int32, filled with a column for each row.
        back: (M,) int32, filled with a row for each column.
        second: (N,) int32, filled with the largest of each row but for the one at `best`, LEAST
            where that is alone; (0,) where it is not wanted.
        second_back: (M,) or (0,) int32, the same of each column.
    """
    columns = similarity.shape[1]
    largest = np.full(columns, LEAST, np.int32)
    back[:] = 0
    second_back[:] = LEAST
    for i in range(len(similarity)):
        row = similarity[i]
        top = row[0]
        for j in range(columns):
            top = max(top, row[j])
        first = 0
        while row[first] != top:
            first += 1
        best[i] = first
        if len(second):
            runner_up = LEAST
            for j in range(first):
                runner_up = max(runner_up, row[j])
            for j in range(first + 1, columns):
                runner_up = max(runner_up, row[j])
            second[i] = runner_up
            for j in range(columns):
                second_back[j] = max(second_back[j], min(largest[j], row[j]))
                back[j] = np.int32(i) if row[j] > largest[j] else back[j]
                largest[j] = max(largest[j], row[j])
        else:
            for j in range(columns):
                back[j] = np.int32(i) if row[j] > largest[j] else back[j]
                largest[j] = max(largest[j], row[j])


@compiled
def neighbours(points: np.ndarray, others: np.ndarray, nearest: np.ndarray,
               squared: np.ndarray) -> None:
    """Find the nearest of others (S, 2) to each of points (N, 2), in no order.

    The twin in numpy is guided.neighbours.

    Args:
        points: float32.
        others: float32, as many as are asked for at least.
        nearest: (N, K) int32, filled with rows of `others`.
        squared: (N, K) float32, filled with their squared distances.
    """
    count = nearest.shape[1]
    for i in range(len(points)):
        furthest = 0
        for j in range(len(others)):
            x, y = others[j, 0] - points[i, 0], others[j, 1] - points[i, 1]
            apart = x * x + y * y
            slot = j
            if j >= count:
                if apart >= squared[i, furthest]:
                    continue
                slot = furthest
            nearest[i, slot], squared[i, slot] = j, apart
            if j >= count - 1:
                furthest = 0
                for k in range(1, count):
                    if squared[i, k] > squared[i, furthest]:
                        furthest = k


@compiled
def within(places: np.ndarray, radius: np.ndarray, points: np.ndarray, lines: np.ndarray,
           reach: np.ndarray, others_reach: np.ndarray, out: np.ndarray) -> None:
    """Fill `out` (N, M) bool with which points are near a place and near its line.

    The twin in numpy is guided.within.

    Args:
        places: (N, 2) float64.
        radius: (N,) float64, largest distances from them.
        points: (M, 2) float64.
        lines: (N, 3) float64, of each place.
        reach: (N,) float64, largest products of a line and a point.
        others_reach: (M,) float64, the same by point; the smaller one counts.
        out: bool.
    """
    for i in range(len(places)):
        furthest = radius[i] * radius[i]
        for j in range(len(points)):
            x, y = points[j, 0] - places[i, 0], points[j, 1] - places[i, 1]
            product = abs(lines[i, 0] * points[j, 0] + lines[i, 1] * points[j, 1] + lines[i, 2])
            out[i, j] = (x * x + y * y <= furthest) & (
                product <= min(reach[i], others_reach[j]))


@compiled
def descend_bits(rows: np.ndarray, children: np.ndarray, starts: np.ndarray, nodes: np.ndarray,
                 out: np.ndarray) -> None:
    """Fill `out` with the leaf of a tree that each row of bits comes to.

    The twin in numpy is descent.leaves_in_numpy.

    Args:
        rows: (N, W) uint64.
        children: (M - 1, W) uint64, of all nodes but the root.
        starts: (M + 1,) int32, where those of each node begin.
        nodes: (M - 1,) int32, their ids.
        out: (N,) int32.
    """
    for i in range(len(rows)):
        at = np.int32(0)
        while starts[at] < starts[at + 1]:
            nearest, least = starts[at], np.uint64(2**63)
            for child in range(starts[at], starts[at + 1]):
                differing = np.uint64(0)
                for k in range(rows.shape[1]):
                    differing += ones_of(rows[i, k] ^ children[child, k])
                if differing < least:
                    nearest, least = child, differing
            at = nodes[nearest]
        out[i] = at


@compiled
def descend(rows: np.ndarray, children: np.ndarray, starts: np.ndarray, nodes: np.ndarray,
            out: np.ndarray) -> None:
    """Fill `out` as descend_bits does, of rows and children (N, D), (M - 1, D) float32."""
    for i in range(len(rows)):
        at = np.int32(0)
        while starts[at] < starts[at + 1]:
            nearest, least = starts[at], np.float32(np.inf)
            for child in range(starts[at], starts[at + 1]):
                apart = np.float32(0)
                for k in range(rows.shape[1]):
                    difference = rows[i, k] - children[child, k]
                    apart += difference * difference
                if apart < least:
                    nearest, least = child, apart
            at = nodes[nearest]
        out[i] = at
