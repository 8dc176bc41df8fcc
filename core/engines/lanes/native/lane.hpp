// One SIMD register holds the same number of LANES networks; every operation here is lane by lane.
//
// No kernel of networks ever combines two lanes, so that a network's result is a function of its
// own lane, bit for bit. Losses and tiles are computed one network at a time. Vectors are those of GCC and Clang; the compiler chooses the instructions.
#pragma once
#include <cstddef>
#include <cstdint>

#ifdef LANES_DOUBLE  // for proofs: the same kernels in double precision
using Scalar = double;
using Integer = std::int64_t;
#else
using Scalar = float;
using Integer = std::int32_t;
#endif

#if defined(__AVX512F__)
constexpr int VECTOR_BYTES = 64, REGISTERS = 32;
#elif defined(__AVX__)
constexpr int VECTOR_BYTES = 32, REGISTERS = 16;
#elif defined(__aarch64__)
constexpr int VECTOR_BYTES = 16, REGISTERS = 32;
#else
constexpr int VECTOR_BYTES = 16, REGISTERS = 16;
#endif
constexpr int LANES = VECTOR_BYTES / sizeof(Scalar);

typedef Scalar Lane __attribute__((vector_size(VECTOR_BYTES), aligned(VECTOR_BYTES), may_alias));
typedef Integer Mask __attribute__((vector_size(VECTOR_BYTES), aligned(VECTOR_BYTES), may_alias));

#define INLINE static inline __attribute__((always_inline))
#define EXPORT extern "C" __attribute__((visibility("default")))
#ifdef __clang__
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 64")
#endif

INLINE Lane *lanes_at(Scalar *first) { return reinterpret_cast<Lane *>(first); }
INLINE const Lane *lanes_at(const Scalar *first) { return reinterpret_cast<const Lane *>(first); }

/// The same number in every lane.
INLINE Lane broadcast(Scalar value) { return value - Lane{}; }

/// max(0, a); NaN stays NaN, as in PyTorch.
INLINE Lane relu(Lane a) { return Lane{} > a ? Lane{} : a; }

/// `gradient` where the ReLU that left `output` was open, else 0; open at NaN, as in PyTorch.
INLINE Lane gate(Lane gradient, Lane output) { return output <= Lane{} ? Lane{} : gradient; }

/// Whether `next` displaces `best` as a maximum: it is greater, or NaN, as in PyTorch.
INLINE Mask displaces(Lane next, Lane best) { return (next > best) | (next != next); }

INLINE Lane square_root(Lane a) {
  Lane root;
  UNROLL
  for (int lane = 0; lane < LANES; lane++)
    root[lane] = sizeof(Scalar) == 8 ? (Scalar)__builtin_sqrt(a[lane])
                                     : (Scalar)__builtin_sqrtf((float)a[lane]);
  return root;
}
