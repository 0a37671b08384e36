#include "replica/step.h"

namespace edgepack::replica {

void (*on_step)(Step) = nullptr;

}  // namespace edgepack::replica
