# find_package(splitsign CONFIG): the targets splitsign::splitsign (shared) and splitsign::static.

get_filename_component(_splitsign_prefix "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)

if(NOT TARGET splitsign::splitsign)
  add_library(splitsign::splitsign SHARED IMPORTED)
  set_target_properties(splitsign::splitsign PROPERTIES
    IMPORTED_LOCATION "${_splitsign_prefix}/lib/libsplitsign.so.@VERSION@"
    IMPORTED_SONAME "@SONAME@"
    INTERFACE_INCLUDE_DIRECTORIES "${_splitsign_prefix}/include")

  add_library(splitsign::static STATIC IMPORTED)
  set_target_properties(splitsign::static PROPERTIES
    IMPORTED_LOCATION "${_splitsign_prefix}/lib/libsplitsign.a"
    INTERFACE_LINK_LIBRARIES "pthread;dl;m"
    INTERFACE_INCLUDE_DIRECTORIES "${_splitsign_prefix}/include")
endif()

unset(_splitsign_prefix)
