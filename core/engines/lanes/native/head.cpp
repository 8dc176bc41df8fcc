// The 1x1 head of two classes, and the difference of its logits:
//
//   l[q] = bias[q] + sum over c of  x[i][j][c] w[q][c]     for class q in 0..1,     z = l[1] - l[0]
//
// Both logits are computed, so that infinities and NaN come about as in PyTorch.
#include "map.hpp"

/// weights: [class][channel][lane]; bias: [class][lane]. z has one channel, logits has two: either may
/// be null.
EXPORT void lanes_head(std::int32_t images, std::int32_t height, std::int32_t width, const Map *x,
                       const Scalar *weights, const Scalar *bias, const Map *z,
                       const Map *logits) {
  const int C = x->channels;
  const Lane *w = lanes_at(weights), *b = lanes_at(bias);
  for (int n = 0; n < images; n++)
    for (int i = 0; i < height; i++) {
      const Lane *in = x->lanes(n, i, 0);
      Lane *out = z ? z->lanes(n, i, 0) : nullptr;
      Lane *both = logits ? logits->lanes(n, i, 0) : nullptr;
      for (int j = 0; j < width; j++, in += C) {
        Lane background = b[0], foreground = b[1];
        for (int c = 0; c < C; c++) background += in[c] * w[c], foreground += in[c] * w[C + c];
        if (z) out[j] = foreground - background;
        if (logits) both[2 * j] = background, both[2 * j + 1] = foreground;
      }
    }
}

/// From dz, one channel:  dw[1][c] += sum of dz x[c],  db[1] += sum of dz,  the negative of both for
/// class 0, and  dx[c] = dz (w[1][c] - w[0][c]),  0 where the ReLU that left x was shut.
EXPORT void lanes_head_gradients(std::int32_t images, std::int32_t height, std::int32_t width,
                                 const Map *dz, const Map *x, const Scalar *weights, Scalar *dw,
                                 Scalar *db, const Map *dx) {
  const int C = x->channels;
  const Lane *w = lanes_at(weights);
  Lane *to_weights = lanes_at(dw), *to_bias = lanes_at(db);
  for (int n = 0; n < images; n++)
    for (int i = 0; i < height; i++) {
      const Lane *g = dz->lanes(n, i, 0);
      Lane sum{};
      for (int j = 0; j < width; j++) sum += g[j];
      to_bias[1] += sum, to_bias[0] -= sum;
      for (int c = 0; c < C; c++) {
        const Lane *in = x->lanes(n, i, 0) + c, difference = w[C + c] - w[c];
        Lane *out = dx->lanes(n, i, 0) + c, product{};
        for (int j = 0; j < width; j++) {
          const Lane seen = in[ptrdiff_t(j) * C];
          product += g[j] * seen;
          out[ptrdiff_t(j) * C] = gate(g[j] * difference, seen);
        }
        to_weights[C + c] += product, to_weights[c] -= product;
      }
    }
}
