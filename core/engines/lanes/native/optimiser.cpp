// Adam and SGD, as PyTorch's, over one buffer of all parameters: [parameter][lane]. Learning rate,
// weight decay (which is added to the gradient), momentum and the number of steps are each lane's.
#include "lane.hpp"

/// Adam (Kingma and Ba 2015):  g = gradient + decay p,  m += (1 - beta1) (g - m),
/// v = beta2 v + (1 - beta2) g^2,  p -= rate m / (sqrt(v) / root + epsilon)
///
/// rate: [lane], lr / (1 - beta1^step). root: [lane], sqrt(1 - beta2^step).
EXPORT void lanes_adam(std::int64_t count, Scalar *parameters, const Scalar *gradients,
                       Scalar *first_moment, Scalar *second_moment, const Scalar *rate,
                       const Scalar *root, const Scalar *decay, Scalar beta1, Scalar beta2,
                       Scalar epsilon) {
  const Lane step = *lanes_at(rate), correction = *lanes_at(root), shrink = *lanes_at(decay);
  for (std::int64_t p = 0; p < count; p++) {
    Lane &weight = lanes_at(parameters)[p], &m = lanes_at(first_moment)[p];
    Lane &v = lanes_at(second_moment)[p];
    const Lane g = lanes_at(gradients)[p] + shrink * weight;
    m += (1 - beta1) * (g - m);
    v = beta2 * v + (1 - beta2) * g * g;
    weight -= step * m / (square_root(v) / correction + epsilon);
  }
}

/// SGD:  g = gradient + decay p,  velocity = momentum velocity + g,  p -= lr velocity
EXPORT void lanes_sgd(std::int64_t count, Scalar *parameters, const Scalar *gradients,
                      Scalar *velocity, const Scalar *lr, const Scalar *momentum,
                      const Scalar *decay) {
  const Lane step = *lanes_at(lr), keep = *lanes_at(momentum), shrink = *lanes_at(decay);
  for (std::int64_t p = 0; p < count; p++) {
    Lane &weight = lanes_at(parameters)[p], &v = lanes_at(velocity)[p];
    const Lane g = lanes_at(gradients)[p] + shrink * weight;
    v = keep * v + g;
    weight -= step * v;
  }
}
