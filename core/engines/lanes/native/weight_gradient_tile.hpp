// The register tile of the 3x3 convolution's weight gradient:
//
//   dw[ky][kx][c][o] += sum over i, j of  x[i+ky-pad][j+kx-pad][c] dy[i][j][o]
//
// A tile is A input channels by B output channels by K kernel rows by all three kernel columns; its
// sums stay in registers while a block of rows passes.
#pragma once
#include "map.hpp"

struct WeightGradient {
  Map x;          // one source [height + ...][width + ...][channel]
  Map dy;         // [height][width][channel_out]
  Lane *dw;       // [ky][kx][channel_in][channel_out][lane]
  int channels_in, first;  // of the weights; where the source's channels begin among them
  int pad;
};

template <int A, int B, int K, bool SHARED>
static void gradient_tile(const WeightGradient &of, int n, int from, int to, int width, int ky,
                          int c, int o) {
  Lane sum[K][3][A][B];
  UNROLL for (int s = 0; s < K * 3 * A * B; s++) (&sum[0][0][0][0])[s] = Lane{};
  const int channels = of.x.channels, channels_out = of.dy.channels;
  for (int i = from; i < to; i++) {
    const Lane *dy = of.dy.lanes(n, i, 0) + o;
    const Scalar *x[K];
    for (int k = 0; k < K; k++) x[k] = of.x.at(n, i + ky + k - of.pad, -of.pad);
    for (int j = 0; j < width; j++, dy += channels_out) {
      UNROLL for (int k = 0; k < K; k++)
        UNROLL for (int kx = 0; kx < 3; kx++)
          UNROLL for (int a = 0; a < A; a++) {
            Lane seen;
            if constexpr (SHARED) seen = broadcast(x[k][j + kx]);
            else seen = lanes_at(x[k])[ptrdiff_t(j + kx) * channels + c + a];
            UNROLL for (int b = 0; b < B; b++) sum[k][kx][a][b] += seen * dy[b];
          }
    }
  }
  for (int k = 0; k < K; k++)
    for (int kx = 0; kx < 3; kx++)
      for (int a = 0; a < A; a++)
        for (int b = 0; b < B; b++)
          of.dw[(ptrdiff_t((ky + k) * 3 + kx) * of.channels_in + of.first + c + a) * channels_out +
                o + b] += sum[k][kx][a][b];
}

/// All three kernel rows, K at a time; a shared source has one channel.
template <int A, int B, int K>
static void gradient_tiles(const WeightGradient &of, int n, int from, int to, int width, int c,
                           int o) {
  for (int ky = 0; ky < 3; ky += K) {
    if constexpr (A == 1)
      if (of.x.shared) {
        gradient_tile<A, B, K, true>(of, n, from, to, width, ky, c, o);
        continue;
      }
    gradient_tile<A, B, K, false>(of, n, from, to, width, ky, c, o);
  }
}

/// Add what rows [from, to) of image n give. The tiles' sizes were found by measuring.
static void add_weight_gradient(const WeightGradient &of, int n, int from, int to, int width) {
  constexpr bool MANY = REGISTERS == 32;
  for (int c = 0; c < of.x.channels;) {
    const int A = of.x.channels - c >= 2 ? 2 : 1;
    for (int o = 0; o < of.dy.channels;) {
      int B = channels_of_tile(of.dy.channels - o);
      if (A == 2 && !MANY && B == 4) B = 2;
      if (A == 2) {
        if (B == 4) gradient_tiles<2, 4, 1>(of, n, from, to, width, c, o);
        else if (B == 2) gradient_tiles<2, 2, 1>(of, n, from, to, width, c, o);
        else gradient_tiles<2, 1, MANY ? 3 : 1>(of, n, from, to, width, c, o);
      } else {
        if (B == 4) gradient_tiles<1, 4, 1>(of, n, from, to, width, c, o);
        else if (B == 2) gradient_tiles<1, 2, MANY ? 3 : 1>(of, n, from, to, width, c, o);
        else gradient_tiles<1, 1, 3>(of, n, from, to, width, c, o);
      }
      o += B;
    }
    c += A;
  }
}

/// db[o] += sum over rows [from, to) and all columns of  dy[i][j][o]
INLINE void add_bias_gradient(const Map &dy, Lane *db, int n, int from, int to, int width) {
  for (int o = 0; o < dy.channels; o++) {
    Lane even{}, odd{};
    for (int i = from; i < to; i++) {
      const Lane *g = dy.lanes(n, i, 0) + o;
      int j = 0;
      for (; j + 2 <= width; j += 2, g += 2 * dy.channels) even += g[0], odd += g[dy.channels];
      if (j < width) even += g[0];
    }
    db[o] += even + odd;
  }
}
