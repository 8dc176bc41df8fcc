// The 3x3 convolution with bias, stride 1: forward, and all its gradients in one pass.
#include "convolution_tile.hpp"
#include "weight_gradient_tile.hpp"

/// y = [relu] (x * w + bias), the equation of `convolution_tile.hpp`.
///
/// height, width: of y. x is `first`'s channels, then `second`'s; the latter may be null. pad is 1
/// where y is as large as x ("same"), 0 where it is two pixels smaller a side ("valid").
EXPORT void lanes_convolution(std::int32_t images, std::int32_t height, std::int32_t width,
                              std::int32_t pad, const Map *first, const Map *second,
                              const Scalar *weights, const Scalar *bias, std::int32_t with_relu,
                              const Map *y) {
  Convolution of{};
  of.first = *first, of.y = *y, of.pad = pad, of.relu = with_relu;
  if (second) of.second = *second;
  of.weights = lanes_at(weights), of.bias = lanes_at(bias);
  of.channels_in = first->channels + (second ? second->channels : 0);
  const int rows = rows_of_block(width);
  for (int n = 0; n < images; n++)
    for (int i = 0; i < height; i += rows)
      convolve_rows(of, n, i, i + rows < height ? i + rows : height, width);
}

/// The kernel turned by 180 degrees and transposed, for the channels of one source:
/// turned[2-ky][2-kx][o][c] = w[ky][kx][first + c][o]
static void turn(const Lane *w, int channels_in, int channels_out, int first, int channels,
                 Lane *turned) {
  for (int k = 0; k < 9; k++)
    for (int c = 0; c < channels; c++)
      for (int o = 0; o < channels_out; o++)
        turned[(ptrdiff_t(8 - k) * channels_out + o) * channels + c] =
            w[(ptrdiff_t(k) * channels_in + first + c) * channels_out + o];
}

/// dx[i][j][c] = sum over ky, kx, o of  dy[i-ky+pad][j-kx+pad][o] w[ky][kx][c][o]: a convolution of
/// dy, padded by 2 - pad, with the turned kernel.
static Convolution input_gradient(const Map &dy, const Lane *turned, const Map &dx, const Map *gate,
                                  int pad) {
  Convolution of{};
  of.first = dy, of.y = dx, of.weights = turned, of.channels_in = dy.channels, of.pad = 2 - pad;
  if (gate) of.gate = *gate;
  return of;
}

/// dw += ..., db += ..., dx = ..., from dy, the gradient of what the convolution gave (before any
/// ReLU). Rows go in blocks through all three, so that dy is read from memory once.
///
/// height, width: of dy, whose border of 2 - pad pixels holds zeros; dx is 2 - 2 pad pixels larger.
/// db, dx_first, dx_second: may be null. gate_first, gate_second: null, or what the ReLU in front of
/// that source left (the source itself): dx is 0 where it was shut. turned: room for as many
/// numbers as w.
EXPORT void lanes_convolution_gradients(std::int32_t images, std::int32_t height,
                                        std::int32_t width, std::int32_t pad, const Map *dy,
                                        const Map *first, const Map *second, const Scalar *weights,
                                        Scalar *dw, Scalar *db, const Map *dx_first,
                                        const Map *gate_first, const Map *dx_second,
                                        const Map *gate_second, Scalar *turned) {
  const int channels_in = first->channels + (second ? second->channels : 0);
  const Map *sources[2] = {first, second}, *dx[2] = {dx_first, dx_second};
  const Map *gates[2] = {gate_first, gate_second};
  WeightGradient of_weights[2]{};
  Convolution of_input[2]{};
  int begin = 0;
  for (int s = 0; s < 2; s++) {
    if (!sources[s]) continue;
    const int channels = sources[s]->channels;
    of_weights[s] = {*sources[s], *dy, lanes_at(dw), channels_in, begin, pad};
    if (dx[s]) {
      Lane *room = lanes_at(turned) + ptrdiff_t(9) * begin * dy->channels;
      turn(lanes_at(weights), channels_in, dy->channels, begin, channels, room);
      of_input[s] = input_gradient(*dy, room, *dx[s], gates[s], pad);
    }
    begin += channels;
  }
  const int rows = rows_of_block(width), height_in = height + 2 - 2 * pad;
  const int width_in = width + 2 - 2 * pad;
  for (int n = 0; n < images; n++)
    for (int i = 0; i < height; i += rows) {
      const bool last = i + rows >= height;
      const int to = last ? height : i + rows;
      if (db) add_bias_gradient(*dy, lanes_at(db), n, i, to, width);
      for (int s = 0; s < 2; s++) {
        if (sources[s]) add_weight_gradient(of_weights[s], n, i, to, width);
        if (dx[s]) convolve_rows(of_input[s], n, i, last ? height_in : to, width_in);
      }
    }
}
