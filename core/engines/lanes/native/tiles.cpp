// One training tile, deformed, mirrored, flipped and normalised, straight from a slice and its
// annotation: what core/training/tiles.py and core/training/augment.py compute in several passes.
//
// Tiles belong to no lane, and are of single precision in every build. Where the compiler
// vectorises, it is the neighbouring pixels of a row.
#include "lane.hpp"

constexpr int PART = 128;  // pixels of a row that are sampled together

/// A side of the tile as it is looked at, flipped or not.
///
/// knots: [3][size], what each knot of the coarse grid weighs at a pixel; at: [size], its position.
struct Side {
  const float *knots, *at;
  int size;
  Side(const float *line, int pixels) : knots(line), at(line + 3 * pixels), size(pixels) {}
};

/// A position mirrored about the first and the last pixel, as the pixel before it and how far it is
/// on the way to the next one. Whatever the position is, both pixels are of the slice.
struct Mirrored {
  int pixel;
  float fraction;
};

INLINE Mirrored mirrored(float position, int side) {
  const float last = float(side - 1), period = 2 * last;
  const float turns = __builtin_rintf(position / period);
  const float folded = __builtin_fabsf(position - period * turns);
  const float inside = folded < last ? folded : last;  // and where it is no number
  const int whole = int(inside), pixel = whole < side - 2 ? whole : side - 2;
  return {pixel, inside - float(pixel)};
}

/// Where the pixels of a part of a row lie in the slice.
struct Places {
  std::int32_t offset[PART];  // of the upper left one of the four pixels around
  float down[PART], across[PART];
};

/// field: [3][2], this row's displacement (y, x) at each knot along it.
static void place(Places &places, int pixels, const float (&field)[3][2], float row, float left,
                  const Side &across, int first, int height, int width) {
  const float *a = across.knots + first, *b = a + across.size, *c = b + across.size;
  const float *at = across.at + first;
  for (int p = 0; p < pixels; p++) {
    const float dy = field[0][0] * a[p] + field[1][0] * b[p] + field[2][0] * c[p];
    const float dx = field[0][1] * a[p] + field[1][1] * b[p] + field[2][1] * c[p];
    const Mirrored y = mirrored(dy + row, height), x = mirrored(dx + (at[p] + left), width);
    places.offset[p] = y.pixel * width + x.pixel;
    places.down[p] = y.fraction;
    places.across[p] = x.fraction;
  }
}

/// Bilinear: exact at a pixel's centre. `to` may hold any number of pixels up to PART.
template <class Grey>
static void sample(const Grey *plane, int width, const Places &places, int from, int to,
                   float *sampled) {
  Grey upper[PART][2], lower[PART][2];
  for (int p = from; p < to; p++) {
    const Grey *corner = plane + places.offset[p];
    __builtin_memcpy(upper[p], corner, sizeof upper[p]);
    __builtin_memcpy(lower[p], corner + width, sizeof lower[p]);
  }
  for (int p = from; p < to; p++) {
    const float right = places.across[p], left = 1 - right, below = places.down[p];
    const float above = float(upper[p][0]) * left + float(upper[p][1]) * right;
    const float beneath = float(lower[p][0]) * left + float(lower[p][1]) * right;
    sampled[p] = above * (1 - below) + beneath * below;
  }
}

struct Slice {
  const void *image;
  const std::uint8_t *mask;
  int height, width, top, left;
  float shift, divisor;
};

template <class Grey>
static void tile(const Slice &of, int size, int answered, const float *coarse, const Side &down,
                 const Side &across, float *image, float *mask) {
  const int rim = (size - answered) / 2;
  for (int i = 0; i < size; i++) {
    float field[3][2] = {};
    for (int b = 0; b < 3; b++)
      for (int axis = 0; axis < 2; axis++)
        for (int a = 0; a < 3; a++)
          field[b][axis] += down.knots[a * size + i] * coarse[(axis * 3 + a) * 3 + b];
    const bool row_answered = i >= rim && i < rim + answered;
    for (int first = 0; first < size; first += PART) {
      const int pixels = size - first < PART ? size - first : PART;
      Places places;
      place(places, pixels, field, down.at[i] + float(of.top), float(of.left), across, first,
            of.height, of.width);
      float sampled[PART];
      sample(static_cast<const Grey *>(of.image), of.width, places, 0, pixels, sampled);
      float *row = image + std::int64_t(i) * size + first;
      for (int p = 0; p < pixels; p++) row[p] = (sampled[p] - of.shift) / of.divisor;
      const int from = rim > first ? rim - first : 0, end = rim + answered - first;
      const int to = end < pixels ? end : pixels;
      if (!row_answered || from >= to) continue;
      sample(of.mask, of.width, places, from, to, sampled);
      row = mask + std::int64_t(i - rim) * answered + (first - rim);
      for (int p = from; p < to; p++) row[p] = sampled[p] > 0.5f ? 1.f : 0.f;
    }
  }
}

/// image: [size][size], (grey value - shift) / divisor. mask: [answered][answered], 0 or 1, of the
/// tile's centre.
///
/// grey_type: of the slice, 0 uint8, 1 uint16, 2 int16, 3 float. top, left: the undeformed corner.
/// coarse: [y, x][3][3], displacements in pixels. down, across: [4][size], a `Side` each.
EXPORT void lanes_tile(std::int32_t size, std::int32_t answered, std::int32_t height,
                       std::int32_t width, std::int32_t grey_type, const void *grey,
                       const std::uint8_t *annotation, std::int32_t top, std::int32_t left,
                       const float *coarse, const float *down, const float *across, Scalar shift,
                       Scalar divisor, float *image, float *mask) {
  const Slice of{grey, annotation, height, width, top, left, float(shift), float(divisor)};
  const Side y(down, size), x(across, size);
  if (grey_type == 0) tile<std::uint8_t>(of, size, answered, coarse, y, x, image, mask);
  else if (grey_type == 1) tile<std::uint16_t>(of, size, answered, coarse, y, x, image, mask);
  else if (grey_type == 2) tile<std::int16_t>(of, size, answered, coarse, y, x, image, mask);
  else tile<float>(of, size, answered, coarse, y, x, image, mask);
}
