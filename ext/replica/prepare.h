#pragma once
// Making a database file one that pages of a source can be appended to.

#include <functional>

#include "replica/connection.h"
#include "replica/position_file.h"

namespace edgepack::replica {

/// Puts `replica` into WAL mode; one that is empty gets pages of `page_size()` first, which is
/// asked only then. A file that is not yet known as a replica is made known by `first` before
/// anything else, so that a crash cannot leave one that is neither. Refuses a database with data of
/// its own unless `repair`; its data stays. Does nothing for a replica that is ready. Throws Error.
void prepare(const Connection& replica, PositionFile& position, const Record& first,
             const std::function<std::uint32_t()>& page_size, bool repair);

/// Rebuilds `replica`, a prepared one that nobody writes to, with pages of `page_size`, for a
/// source whose pages have that size now. Its data stays until the next sync replaces it. Refuses
/// if anybody else has the file open. A crash at any point leaves a replica that prepare() or the
/// next call continues with. Throws Error.
void rebuild(const Connection& replica, PositionFile& position, std::uint32_t page_size);

}  // namespace edgepack::replica
