// What a caller must know of this build.
#include "lane.hpp"

/// How many networks a register holds.
EXPORT std::int32_t lanes_count() { return LANES; }

/// The bytes of a number: 4, or 8 in a build for proofs.
EXPORT std::int32_t lanes_scalar_bytes() { return sizeof(Scalar); }
