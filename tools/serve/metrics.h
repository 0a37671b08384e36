#pragma once
// Figures for Prometheus.

#include <string>

#include "serve/api.h"

namespace edgepack::serve {

/// Text in Prometheus' format. Names of LiteFS where the meaning is the same.
std::string metrics(const Catalog& catalog, const Traffic& traffic, std::size_t connections);

}  // namespace edgepack::serve
