# How the parts, modules, tests and fuzzers of edgepack are built.

# edgepack_part(NAME SOURCES ... [DEPENDS ...]): a static library of one part.
function(edgepack_part name)
  cmake_parse_arguments(PART "" "" "SOURCES;DEPENDS" ${ARGN})
  add_library(edgepack_${name} STATIC ${PART_SOURCES})
  target_include_directories(edgepack_${name} PUBLIC ${CMAKE_SOURCE_DIR}/ext)
  target_include_directories(edgepack_${name} SYSTEM PUBLIC ${SQLITE_INCLUDE_DIR})
  target_link_libraries(edgepack_${name} PRIVATE edgepack_warnings PUBLIC ${PART_DEPENDS})
endfunction()

# edgepack_module(FILE ENTRY SOURCE PARTS ...): FILE.so with the parts inside, exporting only
# sqlite3_ENTRY_init. The C++ runtime is inside too, so that the host's own does not matter. Once
# loaded a module stays (nodelete): the runtime inside leaves memory behind when it is unloaded, and
# SQLite would unload it with every last connection.
function(edgepack_module file entry source)
  cmake_parse_arguments(MODULE "" "" "PARTS" ${ARGN})
  add_library(${file} MODULE ${source})
  target_link_libraries(${file} PRIVATE edgepack_warnings ${MODULE_PARTS})
  set(exports ${CMAKE_CURRENT_BINARY_DIR}/${file}.exports)
  file(CONFIGURE OUTPUT ${exports} CONTENT "{ global: sqlite3_${entry}_init; local: *; };\n")
  target_link_options(${file} PRIVATE -Wl,--version-script=${exports} -Wl,--exclude-libs,ALL
                      -Wl,-z,now -Wl,-z,relro -Wl,-z,nodelete -Wl,--gc-sections -Wl,--as-needed)
  if(NOT EDGEPACK_SANITIZE)
    target_link_options(${file} PRIVATE -static-libstdc++ -static-libgcc -Wl,--no-undefined)
  endif()
  set_target_properties(${file} PROPERTIES PREFIX "" LINK_DEPENDS ${exports}
                        LIBRARY_OUTPUT_DIRECTORY ${EDGEPACK_DIST})
endfunction()

# edgepack_test(NAME [ONE_THREAD] SOURCES ... [DEPENDS ...]): a GoogleTest program, run test by
# test by ctest.
# ONE_THREAD: its tests start no thread, so that the thread sanitizer would only make them slow.
function(edgepack_test name)
  cmake_parse_arguments(TEST "ONE_THREAD" "" "SOURCES;DEPENDS" ${ARGN})
  if(NOT EDGEPACK_TESTS OR (TEST_ONE_THREAD AND EDGEPACK_SANITIZE STREQUAL "thread"))
    return()
  endif()
  add_executable(${name} ${TEST_SOURCES})
  target_link_libraries(${name} PRIVATE edgepack_warnings edgepack_testing ${TEST_DEPENDS}
                        GTest::gtest_main)
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 600)
endfunction()

# edgepack_fuzzer(NAME SOURCE [DEPENDS ...]): a libFuzzer program build/<preset>/fuzz/NAME.
function(edgepack_fuzzer name source)
  if(NOT EDGEPACK_FUZZERS)
    return()
  endif()
  cmake_parse_arguments(FUZZER "" "" "DEPENDS" ${ARGN})
  add_executable(${name} ${source})
  target_link_libraries(${name} PRIVATE edgepack_warnings edgepack_testing ${FUZZER_DEPENDS})
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
endfunction()
