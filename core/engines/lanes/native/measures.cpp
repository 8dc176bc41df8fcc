// What an evaluation adds up of every network's answer: some rows of a slice at a time, each lane by
// itself. Sums are of double precision. Annotations are [height][width] bytes of 0 and 1, which all
// lanes share; logits are maps of two channels, background and foreground, and z is their difference.
#include "elementary.hpp"
#include "map.hpp"

typedef double Sum __attribute__((vector_size(LANES * sizeof(double)), aligned(VECTOR_BYTES),
                                  may_alias));
INLINE Sum in_double(Lane a) { return __builtin_convertvector(a, Sum); }
INLINE Sum in_double(Mask a) { return __builtin_convertvector(a, Sum); }

/// -1 in every lane where a pixel is annotated.
INLINE Mask where(bool inside) { return Mask{} - Integer(inside); }

/// -1 where a number is infinite or NaN.
INLINE Mask unfinite(Lane a) { return a - a != Lane{}; }

/// log(1 + exp(x)); from 20 on x itself, as in PyTorch.  e: exp(-|x|)
INLINE Lane softplus(Lane x, Lane e) {
  return relu(x) + (x > broadcast(20) ? Lane{} : logarithm_of_one_more(e));
}
INLINE Lane exponential_of_minus(Lane x) { return exponential(x < Lane{} ? x : -x); }

/// The loss of a pixel, 2 (softplus(z) - q z), as `pixel_loss` in `core/losses.py`.
INLINE Lane pixel_loss(Lane z, Lane e, Scalar q) { return 2 * (softplus(z, e) - q * z); }

/// Validation: keep z, look for the extremes, and add up  sums = {loss, numbers that are not finite}.
///
/// z: room for [height][width][lane]. extremes: {least z, largest z} so far.
EXPORT void lanes_gather(std::int32_t images, std::int32_t height, std::int32_t width,
                         const Map *logits, const std::uint8_t *annotation, Scalar *z,
                         Scalar *extremes, double *sums) {
  Lane &least = lanes_at(extremes)[0], &largest = lanes_at(extremes)[1];
  Sum *total = reinterpret_cast<Sum *>(sums);
  Lane *kept = lanes_at(z);
  for (int n = 0; n < images; n++)
    for (int i = 0; i < height; i++, annotation += width, kept += width) {
      const Lane *in = logits->lanes(n, i, 0);
      Lane low = least, high = largest;
      Sum loss{};
      Mask broken{};
      for (int j = 0; j < width; j++, in += 2) {
        const Lane answer = in[1] - in[0];
        kept[j] = answer;
        broken += unfinite(answer);
        low = answer < low ? answer : low, high = answer > high ? answer : high;
        loss += in_double(pixel_loss(answer, exponential_of_minus(answer), annotation[j]));
      }
      least = low, largest = high;
      total[0] += loss, total[1] -= in_double(broken);
    }
}

/// Gather kept z in equal bins from `least` on: `LogitHistogram` in `core/evaluation/calibration.py`.
///
/// least, scale: [lane]; scale is bins / (largest - least). Of each lane below `count`, background and
/// foreground pixels are counted in counted[lane][bin][2], and z - least added to above[lane][bin].
EXPORT void lanes_histogram(std::int64_t pixels, const Scalar *z, const std::uint8_t *annotation,
                            const Scalar *least, const Scalar *scale, std::int32_t bins,
                            std::int32_t count, std::int64_t *counted, double *above) {
  const Lane low = *lanes_at(least), per_bin = *lanes_at(scale), last = broadcast(bins - 1);
  for (std::int64_t p = 0; p < pixels; p++) {
    const Lane offset = lanes_at(z)[p] - low;
    Lane place = offset * per_bin;
    place = place > Lane{} ? place : Lane{};  // NaN is of a lane that is not looked at: bin 0
    place = place < last ? place : last;
    const Mask bin = __builtin_convertvector(place, Mask);
    const int inside = annotation[p] != 0;
    for (int lane = 0; lane < count; lane++) {
      const std::int64_t at = std::int64_t(lane) * bins + bin[lane];
      counted[2 * at + inside]++;
      above[at] += double(offset[lane]);
    }
  }
}

/// Testing: add up  sums = {loss, calibrated loss, probability, z - origin, its square, overlap and
/// marked pixels where z > 0, both where z > threshold, numbers that are not finite}.
///
/// chosen: {slope, offset, threshold, origin}, each [lane]. first: null, or the same rows of another
/// slice's logits; differs[lane] is set where a logit is another one there.
EXPORT void lanes_measure(std::int32_t images, std::int32_t height, std::int32_t width,
                          const Map *logits, const std::uint8_t *annotation, const Scalar *chosen,
                          const Map *first, Scalar *differs, double *sums) {
  const Lane slope = lanes_at(chosen)[0], offset = lanes_at(chosen)[1];
  const Lane threshold = lanes_at(chosen)[2], origin = lanes_at(chosen)[3];
  Sum *total = reinterpret_cast<Sum *>(sums);
  for (int n = 0; n < images; n++)
    for (int i = 0; i < height; i++, annotation += width) {
      const Lane *in = logits->lanes(n, i, 0);
      Sum loss{}, calibrated{}, probability{}, deviation{}, square{};
      Mask overlap{}, marked{}, threshold_overlap{}, threshold_marked{}, broken{};
      for (int j = 0; j < width; j++, in += 2) {
        const Lane z = in[1] - in[0], e = exponential_of_minus(z);
        const Scalar q = annotation[j];
        const Mask inside = where(annotation[j] != 0);
        loss += in_double(pixel_loss(z, e, q));
        const Lane fitted = z * slope + offset;
        calibrated += in_double(pixel_loss(fitted, exponential_of_minus(fitted), q));
        probability += in_double((z < Lane{} ? e : broadcast(1)) / (e + 1));
        const Sum apart = in_double(z - origin);
        deviation += apart, square += apart * apart;
        const Mask half = z > Lane{}, above = z > threshold;
        overlap += half & inside, marked += half;
        threshold_overlap += above & inside, threshold_marked += above;
        broken += unfinite(z);
      }
      total[0] += loss, total[1] += calibrated, total[2] += probability;
      total[3] += deviation, total[4] += square;
      total[5] -= in_double(overlap), total[6] -= in_double(marked);
      total[7] -= in_double(threshold_overlap), total[8] -= in_double(threshold_marked);
      total[9] -= in_double(broken);
      if (!first) continue;
      const Lane *now = logits->lanes(n, i, 0), *then = first->lanes(n, i, 0);
      Mask unequal{};
      for (int j = 0; j < 2 * width; j++) unequal |= now[j] != then[j];
      *lanes_at(differs) = unequal ? broadcast(1) : *lanes_at(differs);
    }
}
