#include "pack/pack.h"

namespace edgepack::pack {

void register_pack(sqlite3*) {}

}  // namespace edgepack::pack
