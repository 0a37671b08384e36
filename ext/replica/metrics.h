#pragma once
// Statuses as Prometheus text.

#include <span>
#include <string>

#include "replica/status.h"

namespace edgepack::replica {

/// One sample of each metric for each replica, labelled with its path, in Prometheus' text format
/// 0.0.4. Metrics that mean what LiteFS's of the same name mean have LiteFS's names.
std::string metrics_of(std::span<const Status> replicas);

}  // namespace edgepack::replica
