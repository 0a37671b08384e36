#include "serve/step.h"

namespace edgepack::serve {

void (*on_step)(Step) = nullptr;

}  // namespace edgepack::serve
