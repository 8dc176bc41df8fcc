// A feature map of all networks, seen through a window: no kernel owns memory or allocates any.
#pragma once
#include "lane.hpp"

/// Pixels [image][height][width][channel][lane], with rows and images further apart than needed
/// where the window is part of a larger map: that is how a border of zeros surrounds a map, and how
/// a skip is cropped without a copy. `core/engines/lanes/maps.py` mirrors this struct.
struct Map {
  Scalar *origin;         // first channel of pixel (0, 0) of image 0; null: no such map
  std::int64_t row;       // scalars from one row to the next
  std::int64_t image;     // scalars from one image to the next
  std::int32_t channels;
  std::int32_t shared;    // 1: one number a pixel, which all lanes see ([image][height][width])

  int pixel() const { return shared ? 1 : channels * LANES; }
  Scalar *at(std::int64_t n, std::int64_t i, std::int64_t j) const {
    return origin + n * image + i * row + j * pixel();
  }
  Lane *lanes(std::int64_t n, std::int64_t i, std::int64_t j) const {
    return lanes_at(at(n, i, j));
  }
};

/// The largest of 4, 2, 1 that is at most `left`: how many channels a register tile takes.
INLINE int channels_of_tile(int left) { return left >= 4 ? 4 : left >= 2 ? 2 : 1; }

/// Rows that are computed together, so that what one pass loads is in the cache for the next.
INLINE int rows_of_block(int width) { return width >= 256 ? 1 : 256 / width; }
