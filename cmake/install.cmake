# One static library of all components, its headers, a pkg-config file and a CMake package.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

get_property(components GLOBAL PROPERTY TSR_COMPONENTS)
set(objects)
foreach(component IN LISTS components)
  list(APPEND objects $<TARGET_OBJECTS:${component}>)
endforeach()
add_library(libtessera STATIC ${objects})
set_target_properties(libtessera PROPERTIES OUTPUT_NAME tessera ARCHIVE_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib
  EXPORT_NAME tessera LINKER_LANGUAGE CXX)
target_include_directories(libtessera INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_link_libraries(libtessera INTERFACE systemc cjson sqlite3 png z m stdc++)

install(TARGETS libtessera EXPORT tessera-targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS tessera RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY models/include/tessera sim/include/tessera DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES ${CMAKE_BINARY_DIR}/generated/tsr_uarch.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY configs/ DESTINATION ${CMAKE_INSTALL_DATADIR}/tessera/configs)
# What --engine rtl and validate verilate: sources, generated constants and the shim in one folder.
install(DIRECTORY rtl/ DESTINATION ${CMAKE_INSTALL_DATADIR}/tessera/rtl FILES_MATCHING PATTERN "*.sv" PATTERN "*.svh"
  PATTERN formal EXCLUDE PATTERN lint EXCLUDE PATTERN mutation EXCLUDE PATTERN coverage EXCLUDE PATTERN vivado EXCLUDE)
install(DIRECTORY sim/rtl/shim DESTINATION ${CMAKE_INSTALL_DATADIR}/tessera/rtl)
install(FILES ${CMAKE_BINARY_DIR}/generated/tsr_uarch.vh DESTINATION ${CMAKE_INSTALL_DATADIR}/tessera/rtl)
install(EXPORT tessera-targets NAMESPACE tessera:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/tessera)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/tessera-config-version.cmake COMPATIBILITY SameMinorVersion)
file(WRITE ${CMAKE_BINARY_DIR}/tessera-config.cmake
  "include(\${CMAKE_CURRENT_LIST_DIR}/tessera-targets.cmake)\n")
install(FILES ${CMAKE_BINARY_DIR}/tessera-config.cmake ${CMAKE_BINARY_DIR}/tessera-config-version.cmake
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/tessera)
configure_file(cmake/tessera.pc.in ${CMAKE_BINARY_DIR}/tessera.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/tessera.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
