// The 2x2 transposed convolution of stride 2 with bias, and its gradients:
//
//   y[2i+a][2j+b][o] = bias[o] + sum over c of  x[i][j][c] w[a][b][c][o]        for a, b in 0..1
//
// In all kernels height and width are of x, half as many as of y. A register tile is P neighbouring
// pixels of x by T channels.
#include "map.hpp"

constexpr int pixels_of_tile(int T) { return T == 4 ? REGISTERS / 8 : REGISTERS / 4; }

/// acc[p][t] += sum over c of  in[p * step + c] w[c * stride + t]
template <int P, int T>
INLINE void accumulate(Lane (&sum)[P][T], const Lane *in, ptrdiff_t step, int channels,
                       const Lane *w, int stride) {
  for (int c = 0; c < channels; c++) {
    Lane weight[T];
    UNROLL for (int t = 0; t < T; t++) weight[t] = w[ptrdiff_t(c) * stride + t];
    UNROLL for (int p = 0; p < P; p++) {
      const Lane seen = in[p * step + c];
      UNROLL for (int t = 0; t < T; t++) sum[p][t] += seen * weight[t];
    }
  }
}

struct Forward {
  Map x, y;
  const Lane *w, *bias;
  int a, b;  // one of the four kernel positions: its weights stay in the cache along a row

  template <int P, int T> void tile(int n, int i, int j, int o) const {
    const int in = x.channels, out = y.channels;
    Lane sum[P][T];
    UNROLL for (int p = 0; p < P; p++)
      UNROLL for (int t = 0; t < T; t++) sum[p][t] = bias[o + t];
    accumulate<P, T>(sum, x.lanes(n, i, j), in, in, w + ptrdiff_t(2 * a + b) * in * out + o, out);
    Lane *to = y.lanes(n, 2 * i + a, 2 * j + b) + o;
    UNROLL for (int p = 0; p < P; p++)
      UNROLL for (int t = 0; t < T; t++) to[ptrdiff_t(2) * p * out + t] = sum[p][t];
  }
};

struct InputGradient {
  Map dy, dx, gate;
  const Lane *w;  // transposed: [a][b][o][c]

  template <int P, int T> void tile(int n, int i, int j, int c) const {
    const int in = dx.channels, out = dy.channels;
    Lane sum[P][T];
    UNROLL for (int p = 0; p < P; p++)
      UNROLL for (int t = 0; t < T; t++) sum[p][t] = Lane{};
    for (int ab = 0; ab < 4; ab++)
      accumulate<P, T>(sum, dy.lanes(n, 2 * i + ab / 2, 2 * j + ab % 2), ptrdiff_t(2) * out, out,
                       w + ptrdiff_t(ab) * in * out + c, in);
    Lane *to = dx.lanes(n, i, j) + c;
    const Lane *output = gate.origin ? gate.lanes(n, i, j) + c : nullptr;
    UNROLL for (int p = 0; p < P; p++)
      UNROLL for (int t = 0; t < T; t++)
        to[p * in + t] = output ? ::gate(sum[p][t], output[p * in + t]) : sum[p][t];
  }
};

template <int T, class Kernel>
static void row_of_tiles(const Kernel &kernel, int n, int i, int width, int channel) {
  constexpr int P = pixels_of_tile(T);
  int j = 0;
  for (; j + P <= width; j += P) kernel.template tile<P, T>(n, i, j, channel);
  for (; j < width; j++) kernel.template tile<1, T>(n, i, j, channel);
}

template <class Kernel>
static void row_of_all_channels(const Kernel &kernel, int n, int i, int width, int channels) {
  for (int c = 0; c < channels;) {
    const int T = channels_of_tile(channels - c);
    if (T == 4) row_of_tiles<4>(kernel, n, i, width, c);
    else if (T == 2) row_of_tiles<2>(kernel, n, i, width, c);
    else row_of_tiles<1>(kernel, n, i, width, c);
    c += T;
  }
}

EXPORT void lanes_transposed(std::int32_t images, std::int32_t height, std::int32_t width,
                             const Map *x, const Scalar *weights, const Scalar *bias,
                             const Map *y) {
  Forward kernel{*x, *y, lanes_at(weights), lanes_at(bias), 0, 0};
  for (int n = 0; n < images; n++)
    for (int i = 0; i < height; i++)
      for (kernel.a = 0; kernel.a < 2; kernel.a++)
        for (kernel.b = 0; kernel.b < 2; kernel.b++)
          row_of_all_channels(kernel, n, i, width, y->channels);
}

/// dw[a][b][c][o] += sum over rows [from, to) and j of  x[i][j][c] dy[2i+a][2j+b][o], for A input
/// and B output channels at a time.
template <int A, int B>
static void weight_tile(const Map &x, const Map &dy, Lane *dw, int n, int from, int to, int width,
                        int ab, int c, int o) {
  Lane sum[A][B];
  UNROLL for (int s = 0; s < A * B; s++) (&sum[0][0])[s] = Lane{};
  for (int i = from; i < to; i++) {
    const Lane *in = x.lanes(n, i, 0) + c, *g = dy.lanes(n, 2 * i + ab / 2, ab % 2) + o;
    for (int j = 0; j < width; j++, in += x.channels, g += ptrdiff_t(2) * dy.channels)
      UNROLL for (int a = 0; a < A; a++)
        UNROLL for (int b = 0; b < B; b++) sum[a][b] += in[a] * g[b];
  }
  for (int a = 0; a < A; a++)
    for (int b = 0; b < B; b++)
      dw[(ptrdiff_t(ab) * x.channels + c + a) * dy.channels + o + b] += sum[a][b];
}

template <int A>
static void weight_tiles(const Map &x, const Map &dy, Lane *dw, int n, int from, int to, int width,
                         int ab, int c) {
  for (int o = 0; o < dy.channels;) {
    const int B = channels_of_tile(dy.channels - o);
    if (B == 4) weight_tile<A, 4>(x, dy, dw, n, from, to, width, ab, c, o);
    else if (B == 2) weight_tile<A, 2>(x, dy, dw, n, from, to, width, ab, c, o);
    else weight_tile<A, 1>(x, dy, dw, n, from, to, width, ab, c, o);
    o += B;
  }
}

static void add_weight_gradient(const Map &x, const Map &dy, Lane *dw, int n, int from, int to,
                                int width) {
  constexpr int MOST = REGISTERS == 32 ? 4 : 2;
  for (int ab = 0; ab < 4; ab++)
    for (int c = 0; c < x.channels;) {
      const int fits = channels_of_tile(x.channels - c), A = fits < MOST ? fits : MOST;
      if (A == 4) weight_tiles<4>(x, dy, dw, n, from, to, width, ab, c);
      else if (A == 2) weight_tiles<2>(x, dy, dw, n, from, to, width, ab, c);
      else weight_tiles<1>(x, dy, dw, n, from, to, width, ab, c);
      c += A;
    }
}

/// dw += ..., db[o] += sum of dy[.][.][o], and dx[i][j][c] = sum over a, b, o of
/// dy[2i+a][2j+b][o] w[a][b][c][o], 0 where the ReLU that left `gate` (x itself) was shut.
///
/// db may be null. transposed: room for as many numbers as w.
EXPORT void lanes_transposed_gradients(std::int32_t images, std::int32_t height, std::int32_t width,
                                       const Map *dy, const Map *x, const Scalar *weights,
                                       Scalar *dw, Scalar *db, const Map *dx, const Map *gate,
                                       Scalar *transposed) {
  const int in = x->channels, out = dy->channels;
  Lane *turned = lanes_at(transposed);
  for (int ab = 0; ab < 4; ab++)
    for (int c = 0; c < in; c++)
      for (int o = 0; o < out; o++)
        turned[(ptrdiff_t(ab) * out + o) * in + c] =
            lanes_at(weights)[(ptrdiff_t(ab) * in + c) * out + o];
  const InputGradient kernel{*dy, *dx, *gate, turned};
  const int rows = rows_of_block(width);
  for (int n = 0; n < images; n++)
    for (int from = 0; from < height; from += rows) {
      const int to = from + rows < height ? from + rows : height;
      for (int o = 0; db && o < out; o++) {
        Lane sum{};
        for (int i = 2 * from; i < 2 * to; i++) {
          const Lane *g = dy->lanes(n, i, 0) + o;
          for (int j = 0; j < 2 * width; j++, g += out) sum += *g;
        }
        lanes_at(db)[o] += sum;
      }
      add_weight_gradient(*x, *dy, lanes_at(dw), n, from, to, width);
      for (int i = from; i < to; i++) row_of_all_channels(kernel, n, i, width, in);
    }
}
