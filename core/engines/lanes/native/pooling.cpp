// 2x2 max-pooling and its gradient.
#include "map.hpp"

/// y[i][j][c] = max of x[2i][2j], x[2i][2j+1], x[2i+1][2j], x[2i+1][2j+1] (channel c).
///
/// height, width: of y, half as many as of x.
EXPORT void lanes_pool(std::int32_t images, std::int32_t height, std::int32_t width, const Map *x,
                       const Map *y) {
  const int C = x->channels;
  for (int n = 0; n < images; n++)
    for (int i = 0; i < height; i++) {
      const Lane *upper = x->lanes(n, 2 * i, 0), *lower = x->lanes(n, 2 * i + 1, 0);
      Lane *out = y->lanes(n, i, 0);
      for (int j = 0; j < width; j++, upper += 2 * C, lower += 2 * C, out += C)
        for (int c = 0; c < C; c++) {
          Lane best = upper[c];
          best = displaces(upper[C + c], best) ? upper[C + c] : best;
          best = displaces(lower[c], best) ? lower[c] : best;
          best = displaces(lower[C + c], best) ? lower[C + c] : best;
          out[c] = best;
        }
    }
}

/// dx += dy at the maximum of each 2x2 square, the first one (row by row) where several are equal.
///
/// height, width: of dy, half as many as of x and dx. dx holds the skip's gradient already.
EXPORT void lanes_pool_gradient(std::int32_t images, std::int32_t height, std::int32_t width,
                                const Map *x, const Map *dy, const Map *dx) {
  const int C = x->channels;
  for (int n = 0; n < images; n++)
    for (int i = 0; i < height; i++) {
      const Lane *upper = x->lanes(n, 2 * i, 0), *lower = x->lanes(n, 2 * i + 1, 0);
      Lane *to_upper = dx->lanes(n, 2 * i, 0), *to_lower = dx->lanes(n, 2 * i + 1, 0);
      const Lane *from = dy->lanes(n, i, 0);
      for (int j = 0; j < width; j++, upper += 2 * C, lower += 2 * C, from += C, to_upper += 2 * C,
               to_lower += 2 * C)
        for (int c = 0; c < C; c++) {
          Lane best = upper[c];
          const Mask second = displaces(upper[C + c], best);
          best = second ? upper[C + c] : best;
          const Mask third = displaces(lower[c], best);
          best = third ? lower[c] : best;
          const Mask fourth = displaces(lower[C + c], best);
          const Lane d = from[c], none{};
          to_upper[c] += (second | third | fourth) ? none : d;
          to_upper[C + c] += (second & ~(third | fourth)) ? d : none;
          to_lower[c] += (third & ~fourth) ? d : none;
          to_lower[C + c] += fourth ? d : none;
        }
    }
}

/// x = 0: where a gradient is added into a map that only its centre was written of.
EXPORT void lanes_clear(std::int32_t images, std::int32_t height, std::int32_t width,
                        const Map *x) {
  for (int n = 0; n < images; n++)
    for (int i = 0; i < height; i++) {
      Lane *row = x->lanes(n, i, 0);
      for (int j = 0; j < width * x->channels; j++) row[j] = Lane{};
    }
}

/// maxima[c] = max of itself and of x over all images and pixels; NaN wins, as in PyTorch.
EXPORT void lanes_channel_maxima(std::int32_t images, std::int32_t height, std::int32_t width,
                                 const Map *x, Scalar *maxima) {
  Lane *highest = lanes_at(maxima);
  for (int n = 0; n < images; n++)
    for (int i = 0; i < height; i++) {
      const Lane *row = x->lanes(n, i, 0);
      for (int c = 0; c < x->channels; c++) {
        Lane best = highest[c];
        for (int j = 0; j < width; j++) {
          const Lane next = row[ptrdiff_t(j) * x->channels + c];
          best = displaces(next, best) ? next : best;
        }
        highest[c] = best;
      }
    }
}
