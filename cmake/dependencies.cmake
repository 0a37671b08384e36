# Everything that edgepack is built from and did not write itself.

find_package(Threads REQUIRED)
find_path(SQLITE_INCLUDE_DIR sqlite3ext.h REQUIRED)
find_library(SQLITE_LIBRARY sqlite3 REQUIRED)
find_path(XSIMD_INCLUDE_DIR xsimd/xsimd.hpp REQUIRED)
find_path(LZ4_INCLUDE_DIR lz4.h REQUIRED)
find_library(LZ4_STATIC_LIBRARY liblz4.a REQUIRED)
find_path(CURL_INCLUDE_DIR curl/curl.h REQUIRED)

add_library(edgepack_lz4 INTERFACE)
target_include_directories(edgepack_lz4 SYSTEM INTERFACE ${LZ4_INCLUDE_DIR})
target_link_libraries(edgepack_lz4 INTERFACE ${LZ4_STATIC_LIBRARY})

# Distributions ship simdjson as a shared library only. The modules carry it inside, so it is built
# from the distribution's source package, fetched once into the build folder.
set(EDGEPACK_SIMDJSON_SOURCE ${CMAKE_SOURCE_DIR}/build/sources/simdjson
    CACHE PATH "Source tree of simdjson (fetched when it is not there)")
if(NOT EXISTS ${EDGEPACK_SIMDJSON_SOURCE}/include/simdjson.h)
  execute_process(COMMAND ${CMAKE_SOURCE_DIR}/cmake/fetch_simdjson.sh ${EDGEPACK_SIMDJSON_SOURCE}
                  COMMAND_ERROR_IS_FATAL ANY)
endif()
add_library(edgepack_simdjson STATIC ${EDGEPACK_SIMDJSON_SOURCE}/src/simdjson.cpp)
target_include_directories(edgepack_simdjson SYSTEM
                           PUBLIC ${EDGEPACK_SIMDJSON_SOURCE}/include
                           PRIVATE ${EDGEPACK_SIMDJSON_SOURCE}/src)
target_compile_options(edgepack_simdjson PRIVATE -w)

if(EDGEPACK_TESTS OR EDGEPACK_FUZZERS)
  enable_testing()
  find_package(GTest REQUIRED)
  include(GoogleTest)
endif()
if(EDGEPACK_BENCHMARKS)
  find_package(benchmark REQUIRED)
endif()
