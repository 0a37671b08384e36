# Settings of the build; the presets in CMakePresets.json are the supported combinations.

option(EDGEPACK_TESTS "Build the C++ tests" OFF)
option(EDGEPACK_BENCHMARKS "Build the kernel benchmarks" OFF)
option(EDGEPACK_FUZZERS "Build the libFuzzer targets (clang only)" OFF)
set(EDGEPACK_SANITIZE "" CACHE STRING "Sanitizers for everything, as for -fsanitize=")
set(EDGEPACK_DIST ${CMAKE_BINARY_DIR}/dist CACHE PATH "Where the modules are put")

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

# Kernels of one ISA must not be replaced by another's copy of the same inline function, and the
# compiler must not change what the arithmetic rounds to.
add_compile_options(-ffp-contract=off)

if(EDGEPACK_SANITIZE)
  add_compile_options(-fsanitize=${EDGEPACK_SANITIZE} -fno-sanitize-recover=all
                      -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${EDGEPACK_SANITIZE})
endif()

# Fuzzers learn from the branches that an input takes, in all code that they run.
if(EDGEPACK_FUZZERS)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# Our own targets take these; third-party sources do not.
add_library(edgepack_warnings INTERFACE)
target_compile_options(edgepack_warnings INTERFACE -Wall -Wextra -Wconversion -Wshadow -Werror)
# GCC 12 sees overlapping copies inside its own std::string when `"text" + string` is inlined.
target_compile_options(edgepack_warnings INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
