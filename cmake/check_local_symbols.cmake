# Script of a test: fails when one of OBJECTS defines a symbol that the linker shares by name with other
# files. Code of one instruction set must not be picked for a processor that lacks it.

set(checked 0)
foreach(object IN LISTS OBJECTS)
  if(NOT object MATCHES "(avx|avx2|avx512[a-z0-9]*)\\.cc\\.o$")
    continue()
  endif()
  execute_process(COMMAND ${NM} --demangle --defined-only ${object} OUTPUT_VARIABLE symbols
                  COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL "[^\n]* [WwVvu] [^\n]*" shared "${symbols}")
  # A pointer to the runtime's exception handler, not code.
  list(FILTER shared EXCLUDE REGEX "DW\\.ref\\.__gxx_personality_v0")
  if(shared)
    message(SEND_ERROR "${object} shares by name: ${shared}")
  endif()
  math(EXPR checked "${checked} + 1")
endforeach()
if(NOT checked)
  message(FATAL_ERROR "no object of a kernel set among: ${OBJECTS}")
endif()
