# pack/version.h: the version, and the commit as it is at each build.

set(EDGEPACK_VERSION_HEADER ${CMAKE_BINARY_DIR}/generated/pack/version.h)
add_custom_target(edgepack_version
  COMMAND ${CMAKE_COMMAND} -DSOURCE=${CMAKE_SOURCE_DIR} -DOUTPUT=${EDGEPACK_VERSION_HEADER}
          -DVERSION=${PROJECT_VERSION} -P ${CMAKE_SOURCE_DIR}/cmake/write_version.cmake
  BYPRODUCTS ${EDGEPACK_VERSION_HEADER}
  COMMENT "Asking git for the commit")
