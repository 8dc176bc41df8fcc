// The exponential and the logarithm that losses need, of a whole register at once. Both are series
// cut where the rest is below rounding, and every coefficient is a plain fraction.
#pragma once
#include "lane.hpp"

#ifdef LANES_DOUBLE
using Bits = std::uint64_t;
constexpr int FRACTION_BITS = 52, EXPONENTIAL_TERMS = 14, LOGARITHM_TERMS = 17;
constexpr Scalar LEAST_EXPONENT = -708, LN2_HIGH = 0x1.62e42feep-1, LN2_LOW = 0x1.a39ef35793c76p-33;
#else
using Bits = std::uint32_t;
constexpr int FRACTION_BITS = 23, EXPONENTIAL_TERMS = 8, LOGARITHM_TERMS = 8;
constexpr Scalar LEAST_EXPONENT = -87, LN2_HIGH = 0x1.62e4p-1f, LN2_LOW = 0x1.7f7d1cp-20f;
#endif
typedef Bits LaneBits __attribute__((vector_size(VECTOR_BYTES), aligned(VECTOR_BYTES), may_alias));

/// exp(x) for x <= 0; 0 below LEAST_EXPONENT, NaN at NaN.
///
/// x = n ln 2 + r with |r| <= ln 2 / 2 and a whole n. Adding a large number leaves n in the lowest
/// bits of the sum: no conversion to a whole number, which NaN would make undefined.
INLINE Lane exponential(Lane x) {
  constexpr Scalar LARGE = Scalar(3) * (Bits(1) << (FRACTION_BITS - 1));
  const Mask vanishes = x < broadcast(LEAST_EXPONENT);
  x = vanishes ? Lane{} : x;
  const Lane sum = x * Scalar(1.4426950408889634) + LARGE, n = sum - LARGE;
  const Lane r = (x - n * LN2_HIGH) - n * LN2_LOW;
  Lane series = broadcast(1);  // 1 + r (1 + r / 2 (1 + r / 3 (...)))
  UNROLL for (int k = EXPONENTIAL_TERMS - 1; k > 0; k--)
    series = series * (r * (Scalar(1) / k)) + 1;
  const LaneBits power = ((LaneBits)sum << FRACTION_BITS) + (LaneBits)broadcast(1);  // 2^n
  return vanishes ? Lane{} : series * (Lane)power;
}

/// log(1 + x) for x from 0 to 1:  2 atanh(s)  with  s = x / (2 + x) <= 1/3.
INLINE Lane logarithm_of_one_more(Lane x) {
  const Lane s = x / (x + 2), square = s * s;
  Lane series{};  // 1 + s^2 / 3 + s^4 / 5 + ...
  UNROLL for (int k = LOGARITHM_TERMS - 1; k >= 0; k--)
    series = series * square + Scalar(1) / (2 * k + 1);
  return 2 * s * series;
}
