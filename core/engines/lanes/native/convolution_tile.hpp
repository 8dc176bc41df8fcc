// The register tile of the 3x3 convolution, which both its forward pass and its input gradient use.
//
//   y[i][j][o] = bias[o] + sum over ky, kx in 0..2, c of  x[i+ky-pad][j+kx-pad][c] w[ky][kx][c][o]
//
// A tile is P neighbouring pixels of a row by T output channels, all kept in registers while input
// channels and kernel positions pass. The order of the sum is ky, c, kx for every pixel, whatever
// tile it is in, so that its bits do not depend on where it lies. x may be two maps, whose channels
// follow each other (a skip and what comes from below): they are concatenated without a copy.
#pragma once
#include "map.hpp"

struct Convolution {
  Map first, second;    // sources; the second may be null
  Map y;                // result [height][width][channel_out]
  Map gate;             // null, or as y: the result is 0 where this ReLU's output is (backward)
  const Lane *weights;  // [ky][kx][channel_in][channel_out][lane]
  const Lane *bias;     // [channel_out][lane], or null
  int channels_in;
  int pad;              // rows and columns of zeros that surround x: 0, 1 or 2
  bool relu;
};

/// Pixels of a tile, for T output channels: as many accumulators as the registers hold beside
/// P + 2 inputs and a weight. Found by measuring.
template <int T> constexpr int pixels_of_tile() {
  return REGISTERS == 32 ? (T == 4 ? 5 : T == 2 ? 8 : 12) : (T == 4 ? 2 : T == 2 ? 4 : 6);
}

/// From so many channels on a kernel row is summed by itself: shorter sums lose fewer digits.
constexpr int MANY_CHANNELS = 8;

/// Add one source's channels to the sums of a tile; x points at the upper left of what it sees.
template <int P, int T, bool SHARED>
INLINE void add_source(Lane (&sum)[P][T], const Scalar *x, const Map &source, const Lane *weights,
                       int channels_in, int channels_out) {
  const int channels = SHARED ? 1 : source.channels;
  const bool apart = channels >= MANY_CHANNELS;
  Lane before[P][T];
  for (int ky = 0; ky < 3; ky++, x += source.row) {
    if (apart) {
      UNROLL for (int p = 0; p < P; p++)
        UNROLL for (int o = 0; o < T; o++) before[p][o] = sum[p][o], sum[p][o] = Lane{};
      asm volatile("" : : "r"(before) : "memory");  // kept in memory: the registers are for sums
    }
    for (int c = 0; c < channels; c++) {
      Lane seen[P + 2];
      UNROLL for (int p = 0; p < P + 2; p++) {
        if constexpr (SHARED) seen[p] = broadcast(x[p]);
        else seen[p] = lanes_at(x)[p * channels + c];
      }
      const Lane *w = weights + (ptrdiff_t(ky) * 3 * channels_in + c) * channels_out;
      UNROLL for (int kx = 0; kx < 3; kx++)
        UNROLL for (int o = 0; o < T; o++) {
          const Lane weight = w[ptrdiff_t(kx) * channels_in * channels_out + o];
          UNROLL for (int p = 0; p < P; p++) sum[p][o] += seen[p + kx] * weight;
        }
    }
    if (apart)
      UNROLL for (int p = 0; p < P; p++)
        UNROLL for (int o = 0; o < T; o++) sum[p][o] += before[p][o];
  }
}

template <int P, int T>
INLINE void tile(const Convolution &of, int n, int i, int j, int o) {
  Lane sum[P][T];
  UNROLL for (int p = 0; p < P; p++)
    UNROLL for (int t = 0; t < T; t++) sum[p][t] = of.bias ? of.bias[o + t] : Lane{};
  const int channels_out = of.y.channels;
  const Lane *weights = of.weights + o;
  const Scalar *x = of.first.at(n, i - of.pad, j - of.pad);
  if (of.first.shared)
    add_source<P, T, true>(sum, x, of.first, weights, of.channels_in, channels_out);
  else
    add_source<P, T, false>(sum, x, of.first, weights, of.channels_in, channels_out);
  if (of.second.origin)
    add_source<P, T, false>(sum, of.second.at(n, i - of.pad, j - of.pad), of.second,
                            weights + ptrdiff_t(of.first.channels) * channels_out, of.channels_in,
                            channels_out);
  Lane *y = of.y.lanes(n, i, j) + o;
  const Lane *output = of.gate.origin ? of.gate.lanes(n, i, j) + o : nullptr;
  UNROLL for (int p = 0; p < P; p++)
    UNROLL for (int t = 0; t < T; t++) {
      Lane value = sum[p][t];
      if (of.relu) value = relu(value);
      if (output) value = gate(value, output[p * channels_out + t]);
      y[p * channels_out + t] = value;
    }
}

template <int T>
static void convolve_row(const Convolution &of, int n, int i, int width, int o) {
  constexpr int P = pixels_of_tile<T>();
  int j = 0;
  for (; j + P <= width; j += P) tile<P, T>(of, n, i, j, o);
  if constexpr (P > 4)
    for (; j + 4 <= width; j += 4) tile<4, T>(of, n, i, j, o);
  for (; j < width; j++) tile<1, T>(of, n, i, j, o);
}

/// Rows [from, to) of image n. Output channels are the outer loop: their weights stay in the cache.
static void convolve_rows(const Convolution &of, int n, int from, int to, int width) {
  for (int o = 0; o < of.y.channels;) {
    const int T = channels_of_tile(of.y.channels - o);
    for (int i = from; i < to; i++) {
      if (T == 4) convolve_row<4>(of, n, i, width, o);
      else if (T == 2) convolve_row<2>(of, n, i, width, o);
      else convolve_row<1>(of, n, i, width, o);
    }
    o += T;
  }
}
