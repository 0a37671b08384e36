#pragma once
// The page for people.

#include <string>

#include "serve/api.h"

namespace edgepack::serve {

/// HTML that shows the databases, where they stand, and who asks for them.
std::string page(const Catalog& catalog, const Traffic& traffic, std::size_t connections);

}  // namespace edgepack::serve
