"""Several small networks are computed at once, one in each lane of a CPU's SIMD registers.

Of what lives here, `network` is what callers use: a pack of k-Unets of one shape that gives logit
differences and gradients; `optimisers` steps it, and `inspection` looks at its gradients. Beneath
them, `parameters` and `maps` lay numbers out with the lanes last, `plan` is the order of kernel
calls for one input shape, `streamed_plan` (of `strips`) the one that evaluates a slice some rows at
a time, for `measures` to add up, and `kernels` are the functions of a compiled library. `native/`
holds their C++, and `compiler` and `cache` compile it when it is first used: importing compiles
nothing.
"""
