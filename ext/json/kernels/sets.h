#pragma once
// What the files of the scanners share among themselves. Not for their users.

#include "json/kernels/scan.h"

namespace edgepack::json::kernels {

extern const Scanner kScalar;
extern const Scanner kSse2;
extern const Scanner kAvx2;
extern const Scanner kAvx512Vbmi2;
extern const Scanner kNeon;

}  // namespace edgepack::json::kernels
