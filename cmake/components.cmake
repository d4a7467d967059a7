# tsr_component(<name> [ROOMS folders...] [DEPENDS components...] [PRIVATE_LIBS libraries...])
#
# One component = one folder = one static library `tsr_<name>` of all C and C++ files in the folder, so that a file
# added to a room is part of it. ROOMS are folders inside that one that belong to the same library. Headers are included
# from the folder's parent: "<folder>/<file>.h", "<folder>/<room>/<file>.h".
function(tsr_component name)
  cmake_parse_arguments(ARG "" "" "ROOMS;DEPENDS;PRIVATE_LIBS" ${ARGN})
  set(patterns)
  foreach(folder IN ITEMS . LISTS ARG_ROOMS)
    list(APPEND patterns ${CMAKE_CURRENT_SOURCE_DIR}/${name}/${folder}/*.c ${CMAKE_CURRENT_SOURCE_DIR}/${name}/${folder}/*.cpp)
  endforeach()
  file(GLOB sources CONFIGURE_DEPENDS ${patterns})
  if(NOT sources)
    add_library(tsr_${name} INTERFACE)
    return()
  endif()
  add_library(tsr_${name} STATIC ${sources})
  target_include_directories(tsr_${name}
    PUBLIC $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/include>
    PRIVATE ${PROJECT_SOURCE_DIR}/models ${PROJECT_SOURCE_DIR}/sim)
  target_link_libraries(tsr_${name} PRIVATE tsr_compiler ${ARG_PRIVATE_LIBS})
  foreach(dependency IN LISTS ARG_DEPENDS)
    target_link_libraries(tsr_${name} PUBLIC tsr_${dependency})
  endforeach()
  set_property(GLOBAL APPEND PROPERTY TSR_COMPONENTS tsr_${name})
endfunction()
