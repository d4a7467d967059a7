# Builds uarch_gen and runs it: sim/arch/uarch.json -> <build>/generated/tsr_uarch.h, seen by everyone who links tsr_arch,
# and tsr_uarch.vh for rtl/.
add_executable(uarch_gen
  ${CMAKE_CURRENT_LIST_DIR}/uarch_gen.c ${CMAKE_CURRENT_LIST_DIR}/uarch_model.c ${CMAKE_CURRENT_LIST_DIR}/emit_c.c
  ${CMAKE_CURRENT_LIST_DIR}/emit_verilog.c)
target_link_libraries(uarch_gen PRIVATE tsr_compiler ${CJSON_LIBRARIES})
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/generated)
add_custom_command(OUTPUT ${CMAKE_BINARY_DIR}/generated/tsr_uarch.h
  COMMAND uarch_gen c ${PROJECT_SOURCE_DIR}/sim/arch/uarch.json ${CMAKE_BINARY_DIR}/generated/tsr_uarch.h
  DEPENDS uarch_gen ${PROJECT_SOURCE_DIR}/sim/arch/uarch.json VERBATIM)
add_custom_command(OUTPUT ${CMAKE_BINARY_DIR}/generated/tsr_uarch.vh
  COMMAND uarch_gen verilog ${PROJECT_SOURCE_DIR}/sim/arch/uarch.json ${CMAKE_BINARY_DIR}/generated/tsr_uarch.vh
  DEPENDS uarch_gen ${PROJECT_SOURCE_DIR}/sim/arch/uarch.json VERBATIM)
add_custom_target(uarch_verilog ALL DEPENDS ${CMAKE_BINARY_DIR}/generated/tsr_uarch.vh)
# As a source of tsr_arch, so that Ninja orders it before the objects of every component that links tsr_arch.
target_sources(tsr_arch PRIVATE ${CMAKE_BINARY_DIR}/generated/tsr_uarch.h)
target_include_directories(tsr_arch PUBLIC $<BUILD_INTERFACE:${CMAKE_BINARY_DIR}/generated>)
