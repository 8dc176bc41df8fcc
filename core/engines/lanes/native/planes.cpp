// Between PyTorch's order, [lane][image][height][width], and the kernels', the lanes last: for what
// comes in (grey values, the gradient of z) and what goes out (z). Both have one channel.
#include "map.hpp"

/// y[n][i][j] of each lane = planes[lane][n][i][j]; lanes from `count` on are 0.
EXPORT void lanes_from_planes(std::int32_t images, std::int32_t height, std::int32_t width,
                              const Scalar *planes, std::int32_t count, const Map *y) {
  const std::int64_t apart = std::int64_t(images) * height * width;
  for (int n = 0; n < images; n++)
    for (int i = 0; i < height; i++) {
      const Scalar *row = planes + (std::int64_t(n) * height + i) * width;
      Lane *out = y->lanes(n, i, 0);
      for (int from = 0; from < width; from += LANES) {  // as many pixels as a lane's cache line
        const int pixels = width - from < LANES ? width - from : LANES;
        Scalar block[LANES][LANES] = {};
        for (int lane = 0; lane < count; lane++)
          for (int p = 0; p < pixels; p++) block[p][lane] = row[lane * apart + from + p];
        for (int p = 0; p < pixels; p++) __builtin_memcpy(&out[from + p], block[p], sizeof(Lane));
      }
    }
}

/// planes[lane][n][i][j] = x[n][i][j] of each of the first `count` lanes.
EXPORT void lanes_to_planes(std::int32_t images, std::int32_t height, std::int32_t width,
                            const Map *x, std::int32_t count, Scalar *planes) {
  const std::int64_t apart = std::int64_t(images) * height * width;
  for (int n = 0; n < images; n++)
    for (int i = 0; i < height; i++) {
      Scalar *row = planes + (std::int64_t(n) * height + i) * width;
      const Lane *in = x->lanes(n, i, 0);
      for (int from = 0; from < width; from += LANES) {
        const int pixels = width - from < LANES ? width - from : LANES;
        Scalar block[LANES][LANES];
        for (int p = 0; p < pixels; p++) __builtin_memcpy(block[p], &in[from + p], sizeof(Lane));
        for (int lane = 0; lane < count; lane++)
          for (int p = 0; p < pixels; p++) row[lane * apart + from + p] = block[p][lane];
      }
    }
}
