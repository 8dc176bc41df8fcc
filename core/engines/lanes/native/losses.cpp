// The loss of one network and its gradient in one pass over the pixels: the terms that
// `Objective.terms` (core/objective.py) adds up, of the formulas in core/losses.py.
//
// Here a register holds neighbouring pixels of one network, because masks and teachers come as one
// plane a network, which lie apart from all others. Sums over pixels are in double precision.
#include "elementary.hpp"

typedef double Sum __attribute__((vector_size(LANES * sizeof(double)), may_alias));

/// log(1 + exp(x)) of x and of -x, and their slopes. From 20 on they are x and 1, as in PyTorch.
struct Softplus {
  Lane of_x, of_minus_x, slope, slope_of_minus_x;
  Lane sigmoid;  // of x
};

INLINE Softplus softplus(Lane x) {
  const Lane most = broadcast(20), one = broadcast(1);
  const Mask negative = x < Lane{}, high = x > most, low = -x > most;
  const Lane e = exponential(negative ? x : -x), rest = logarithm_of_one_more(e);
  const Lane larger = 1 / (e + 1), smaller = e * larger;
  const Lane up = negative ? smaller : larger, down = negative ? larger : smaller;
  return {relu(x) + (high ? Lane{} : rest), relu(-x) + (low ? Lane{} : rest), high ? one : up,
          low ? one : down, up};
}

/// The cross-entropy of a pixel with the target q, both channels together, and its slope.
struct PixelLoss {
  Lane value, slope;
};

/// w is the weight of the foreground; a weight of 1 is another formula in PyTorch too, which tells
/// at infinite x.
INLINE PixelLoss pixel_loss(Lane x, const Softplus &at, Lane q, Scalar w) {
  if (w == 1) return {2 * (at.of_x - q * x), 2 * (at.slope - q)};
  const Lane foreground = w * q, background = 1 - q;
  return {2 * (foreground * at.of_minus_x + background * at.of_x),
          2 * (background * at.slope - foreground * at.slope_of_minus_x)};
}

INLINE Lane load(const Scalar *from, int pixels) {
  Lane loaded{};
  if (pixels == LANES) __builtin_memcpy(&loaded, from, sizeof loaded);
  else __builtin_memcpy(&loaded, from, pixels * sizeof(Scalar));
  return loaded;
}

INLINE void add(Sum &sum, Lane values, int pixels) {
  if (pixels < LANES)
    for (int p = pixels; p < LANES; p++) values[p] = 0;
  sum += __builtin_convertvector(values, Sum);
}

/// One network's terms: what `lanes_losses` is given.
struct Terms {
  const Scalar *z, *masks, *teacher_z;
  Scalar hard_weight, soft_weight;  // of the foreground, in each term
  Scalar more;                      // what annotated pixels weigh in the soft term, beyond 1
  Scalar temperature;
  Scalar hard_share, soft_share;    // of a pixel's slope, in dz
  Scalar *dz;
};

enum { HARD_LOSS, SOFT_LOSS, ENTROPY, HARD_TARGET, SOFT_TARGET, SOFT_WEIGHT, SUMS };

template <bool HARD, bool SOFT, bool TEACHER>
INLINE void add_pixels(const Terms &of, std::int64_t first, int pixels, Sum (&sums)[SUMS]) {
  const Lane z = load(of.z + first, pixels), mask = load(of.masks + first, pixels);
  Lane dz{};
  if constexpr (HARD) {
    const PixelLoss loss = pixel_loss(z, softplus(z), mask, of.hard_weight);
    add(sums[HARD_LOSS], loss.value, pixels);
    add(sums[HARD_TARGET], mask, pixels);
    dz = of.hard_share * loss.slope;
  }
  if constexpr (SOFT) {
    const Lane student = z / of.temperature;
    const Lane teacher = load(of.teacher_z + first, pixels) / of.temperature;
    const Softplus of_teacher = softplus(teacher);
    const Lane q = of_teacher.sigmoid, weight = of.more * mask + 1;
    const PixelLoss loss = pixel_loss(student, softplus(student), q, of.soft_weight);
    add(sums[SOFT_LOSS], weight * loss.value, pixels);
    add(sums[SOFT_TARGET], weight * q, pixels);
    add(sums[SOFT_WEIGHT], weight, pixels);
    if constexpr (TEACHER)
      add(sums[ENTROPY], weight * pixel_loss(teacher, of_teacher, q, of.soft_weight).value, pixels);
    const Lane slope = of.soft_share * (weight * loss.slope);
    if constexpr (HARD) dz += slope;
    else dz = slope;
  }
  __builtin_memcpy(of.dz + first, &dz, pixels * sizeof(Scalar));
}

template <bool HARD, bool SOFT, bool TEACHER>
static void add_all(const Terms &of, std::int64_t pixels, double *totals) {
  Sum sums[SUMS] = {};
  std::int64_t first = 0;
  for (; first + LANES <= pixels; first += LANES)
    add_pixels<HARD, SOFT, TEACHER>(of, first, LANES, sums);
  if (first < pixels) add_pixels<HARD, SOFT, TEACHER>(of, first, int(pixels - first), sums);
  for (int s = 0; s < SUMS; s++) {
    totals[s] = 0;
    for (int p = 0; p < LANES; p++) totals[s] += sums[s][p];
  }
}

/// dz, and the sums over all pixels of: hard loss, soft loss, the teacher's own soft loss, hard
/// target, soft target, weight of the soft loss, which the three before the last are multiplied by.
///
/// hard, soft, teacher: which terms there are; those that are not sum up to 0.
EXPORT void lanes_losses(std::int64_t pixels, std::int32_t hard, std::int32_t soft,
                         std::int32_t teacher, const Scalar *z, const Scalar *masks,
                         const Scalar *teacher_z, Scalar hard_weight, Scalar soft_weight,
                         Scalar more, Scalar temperature, Scalar hard_share, Scalar soft_share,
                         Scalar *dz, double *totals) {
  const Terms of{z,    masks,       teacher_z,  hard_weight, soft_weight,
                 more, temperature, hard_share, soft_share,  dz};
  if (!soft) add_all<true, false, false>(of, pixels, totals);
  else if (hard) add_all<true, true, true>(of, pixels, totals);
  else if (teacher) add_all<false, true, true>(of, pixels, totals);
  else add_all<false, true, false>(of, pixels, totals);
}
