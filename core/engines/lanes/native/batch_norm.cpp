// Batch norm over images and pixels, a channel at a time, followed by a ReLU:
//
//   y = relu(scale x + shift),   scale = gamma / sqrt(variance + epsilon),   shift = beta - scale mean
//
// In training mean and (biased) variance are the batch's, in evaluation the running ones.
// `table` is [4][channel][lane]: mean, 1 / sqrt(variance + epsilon), scale, shift.
#include "map.hpp"

struct Table {
  Lane *mean, *inverse, *scale, *shift;
  Table(Scalar *table, int channels)
      : mean(lanes_at(table)), inverse(mean + channels), scale(inverse + channels),
        shift(scale + channels) {}

  void fill(int c, Lane mean_of_c, Lane variance, Lane gamma, Lane beta, Scalar epsilon) {
    mean[c] = mean_of_c;
    inverse[c] = Scalar(1) / square_root(variance + epsilon);
    scale[c] = gamma * inverse[c];
    shift[c] = beta - scale[c] * mean_of_c;
  }
};

static void normalise(std::int32_t images, std::int32_t height, std::int32_t width, const Map &x,
                      const Map &y, const Table &table) {
  const int C = x.channels;
  for (int n = 0; n < images; n++)
    for (int i = 0; i < height; i++) {
      const Lane *in = x.lanes(n, i, 0);
      Lane *out = y.lanes(n, i, 0);
      for (int j = 0; j < width; j++, in += C, out += C)
        for (int c = 0; c < C; c++) out[c] = relu(in[c] * table.scale[c] + table.shift[c]);
    }
}

/// Mean of channel c, and the sum of squared deviations from it. Each row's are taken about the
/// row's first pixel and merged (Chan, Golub and LeVeque 1979), which loses no digits.
static void moments(std::int32_t images, std::int32_t height, std::int32_t width, const Map &x,
                    int c, Lane &mean, Lane &squares) {
  const int C = x.channels;
  Scalar seen = 0;
  mean = squares = Lane{};
  for (int n = 0; n < images; n++)
    for (int i = 0; i < height; i++, seen += width) {
      const Lane *in = x.lanes(n, i, 0) + c, first = in[0];
      Lane sum{}, square{}, odd_sum{}, odd_square{};
      int j = 0;
      for (; j + 2 <= width; j += 2, in += 2 * C) {
        const Lane even = in[0] - first, odd = in[C] - first;
        sum += even, square += even * even, odd_sum += odd, odd_square += odd * odd;
      }
      if (j < width) sum += in[0] - first, square += (in[0] - first) * (in[0] - first);
      sum += odd_sum, square += odd_square;
      const Lane row_mean = sum / Scalar(width), row_squares = square - sum * row_mean;
      const Lane apart = row_mean + first - mean;
      mean += apart * (width / (seen + width));
      squares += row_squares + apart * apart * (seen * width / (seen + width));
    }
}

/// Training: y from x (they may be the same map), the table filled, running statistics moved by
/// `momentum` towards the batch's mean and unbiased variance. running_*: null moves none.
EXPORT void lanes_norm(std::int32_t images, std::int32_t height, std::int32_t width, const Map *x,
                       const Scalar *gamma, const Scalar *beta, Scalar epsilon, Scalar momentum,
                       Scalar *running_mean, Scalar *running_variance, Scalar *table,
                       const Map *y) {
  Table rows(table, x->channels);
  const Scalar count = Scalar(images) * height * width;
  for (int c = 0; c < x->channels; c++) {
    Lane mean, squares;
    moments(images, height, width, *x, c, mean, squares);
    rows.fill(c, mean, squares / count, lanes_at(gamma)[c], lanes_at(beta)[c], epsilon);
    if (!running_mean) continue;
    Lane &old_mean = lanes_at(running_mean)[c], &old_variance = lanes_at(running_variance)[c];
    old_mean = momentum * mean + (1 - momentum) * old_mean;
    old_variance = momentum * (squares / (count - 1)) + (1 - momentum) * old_variance;
  }
  normalise(images, height, width, *x, *y, rows);
}

/// Evaluation: y from x (they may be the same map) by the running statistics.
EXPORT void lanes_norm_running(std::int32_t images, std::int32_t height, std::int32_t width,
                               const Map *x, const Scalar *gamma, const Scalar *beta,
                               Scalar epsilon, const Scalar *running_mean,
                               const Scalar *running_variance, Scalar *table, const Map *y) {
  Table rows(table, x->channels);
  for (int c = 0; c < x->channels; c++)
    rows.fill(c, lanes_at(running_mean)[c], lanes_at(running_variance)[c], lanes_at(gamma)[c],
              lanes_at(beta)[c], epsilon);
  normalise(images, height, width, *x, *y, rows);
}

/// Gradients of training, from dy, which the ReLU has gated already. With N numbers a channel and
/// x' = (x - mean) inverse:
///   dgamma += sum of dy x',   dbeta += sum of dy,
///   dx = scale (dy - (sum of dy) / N - x' (sum of dy x') / N)
/// dx may be the same map as dy. sums: room for [2][channel][lane].
EXPORT void lanes_norm_gradients(std::int32_t images, std::int32_t height, std::int32_t width,
                                 const Map *dy, const Map *x, Scalar *table, Scalar *dgamma,
                                 Scalar *dbeta, Scalar *sums, const Map *dx) {
  const int C = x->channels;
  const Table of(table, C);
  Lane *slope = lanes_at(sums), *offset = slope + C;
  const Scalar share = 1 / (Scalar(images) * height * width);
  for (int c = 0; c < C; c++) {
    Lane total{}, product{};
    const Lane mean = of.mean[c];
    for (int n = 0; n < images; n++)
      for (int i = 0; i < height; i++) {
        const Lane *g = dy->lanes(n, i, 0) + c, *in = x->lanes(n, i, 0) + c;
        Lane row_total{}, row_product{};
        for (int j = 0; j < width; j++, g += C, in += C)
          row_total += *g, row_product += *g * (*in - mean);
        total += row_total, product += row_product;
      }
    product *= of.inverse[c];
    lanes_at(dgamma)[c] += product, lanes_at(dbeta)[c] += total;
    slope[c] = of.inverse[c] * product * share;
    offset[c] = total * share - slope[c] * mean;
  }
  for (int n = 0; n < images; n++)
    for (int i = 0; i < height; i++) {
      const Lane *g = dy->lanes(n, i, 0), *in = x->lanes(n, i, 0);
      Lane *out = dx->lanes(n, i, 0);
      for (int j = 0; j < width; j++, g += C, in += C, out += C)
        for (int c = 0; c < C; c++) out[c] = of.scale[c] * (g[c] - (slope[c] * in[c] + offset[c]));
    }
}
