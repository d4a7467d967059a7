# `cmake --build build/release --target fit_data`: Yosys's counts of the RTL as it is now and the model fitted on them,
# written into the source tree (rtl/synth/*.csv, sim/fit/fit_table.h). Minutes; not part of any build.
add_executable(fit_solve EXCLUDE_FROM_ALL ${CMAKE_CURRENT_LIST_DIR}/fit_solve.c
  ${CMAKE_CURRENT_LIST_DIR}/least_squares.c ${CMAKE_CURRENT_LIST_DIR}/counts_file.c)
target_include_directories(fit_solve PRIVATE ${PROJECT_SOURCE_DIR}/sim ${PROJECT_SOURCE_DIR}/models)
target_link_libraries(fit_solve PRIVATE tsr_compiler tsr_fit m)
add_custom_target(fit_data
  COMMAND ${CMAKE_CURRENT_LIST_DIR}/fit_data.sh ${CMAKE_BINARY_DIR}/generated $<TARGET_FILE:fit_solve>
  USES_TERMINAL VERBATIM)
add_dependencies(fit_data fit_solve uarch_verilog)
